"""How large a picture may be, and how what the libraries throw becomes a named fault."""

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from recognizer.page import Fault

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 8192 * 6144  # the largest picture that a 50-megapixel phone writes
MAX_SIDE = 65_535
MAX_PAGES = 100  # of a TIFF


def check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Fault("no_size")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise Fault("too_many_pixels", width=width, height=height, most=MAX_PIXELS // 10**6)


def check_bytes(count: int) -> None:
    if count > MAX_BYTES:
        raise Fault("file_too_large", size=round(count / 2**20), most=MAX_BYTES // 2**20)


@contextmanager
def faults_named() -> Iterator[None]:
    """The one place where the libraries' exceptions become ours.

    It catches Exception on purpose. On malformed files Pillow and the decoders below it were seen to raise OSError,
    ValueError, SyntaxError, NotImplementedError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    MemoryError, RuntimeError, struct.error, zlib.error, cv2.error and DecompressionBombError; the next release
    will find another, and a worker must outlive it.
    """
    try:
        yield
    except Fault:
        raise
    except (Image.DecompressionBombError, MemoryError) as fault:
        raise Fault("too_large") from fault
    except UnidentifiedImageError as fault:
        raise Fault("damaged_header") from fault
    except Exception as fault:
        if isinstance(fault, EOFError) or "truncated" in str(fault).lower():
            raise Fault("truncated") from fault
        raise Fault("damaged") from fault
