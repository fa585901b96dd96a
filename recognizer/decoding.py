"""Bytes of a picture file in, one upright picture out: every format, every limit and every named error.

Nothing here trusts the file: its name is never looked at, its header is measured before a pixel is unpacked,
and whatever the libraries below throw at hostile bytes leaves as one `UnreadablePicture`.
"""

import io
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
import pillow_heif
from PIL import Image, UnidentifiedImageError

# OpenCV would tell the terminal about each damaged PNG; the picture's owner is told instead.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 8192 * 6144  # the largest picture that a 50-megapixel phone writes
MAX_SIDE = 65_535
MAX_PAGES = 100
MAX_METADATA = 8 * 2**20  # bytes, once unpacked: real profiles and comments stay far below
MAX_PNG_CHUNKS = 100_000
MAX_SCAN_PIXELS = 1_500_000_000  # pixels times scans of a progressive JPEG: each scan visits every pixel
WORK_SIDE = 2400  # longest side of the pixels kept for finding; a digit 1 % of it high still has 24 rows
TINY_SIDE = 96
DISPLAY_SIDE = 640

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"})
PNG_PACKED = frozenset({b"zTXt", b"iTXt", b"iCCP"})
EXIF_ORIENTATION = 0x0112

# What is not on this list is refused, whatever Pillow could do with it (EPS would start Ghostscript).
SIGNATURES = (
    (PNG_SIGNATURE, "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
STRANGERS = (
    (b"%PDF", "a PDF: hand in its pages as pictures"),
    (b"%!PS", "PostScript"),
    (b"PK\x03\x04", "a zip archive: unpack it and hand in the folder"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "XML"),
    (b"<", "a web page"),
)


class UnreadablePicture(Exception):
    """A file that gives no picture. `code` is a slug for programs, `str()` one sentence for the file's owner."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright picture.

    `grey` is uint8 [H, W] and `colour` uint8 [H, W, 3] in RGB order (None where every pixel is grey), both shrunk
    so that neither side exceeds `WORK_SIDE`; `width` and `height` are those of the upright original.
    """

    grey: np.ndarray
    colour: np.ndarray | None
    notes: tuple[str, ...]
    width: int
    height: int

    @classmethod
    def drawn(cls, grey: np.ndarray) -> "Picture":
        """One that was made as pixels, uint8 [H, W], and needs no decoding."""
        return cls(grey, None, (), grey.shape[1], grey.shape[0])


def decode(data: bytes) -> Picture:
    """The first page or frame of a file's bytes. Raises UnreadablePicture and nothing else."""
    kind = _recognise(data)
    with _faults_named():
        if kind == "PNG":
            data, plain = _without_metadata(data)
            if plain:
                return _decode_plain_png(data)
        with _open(data, kind) as image:
            return _upright(image)


def decode_pages(data: bytes) -> Iterator[Picture | UnreadablePicture]:
    """Every page of a TIFF, up to MAX_PAGES; of any other file its first frame. Yields what fails, raises nothing."""
    try:
        if _recognise(data) != "TIFF":
            yield decode(data)
            return
        with _faults_named(), _open(data, "TIFF") as image:
            for page in range(MAX_PAGES):
                if page and not _turned_to(image, page):
                    return
                yield _page(image)
            if _turned_to(image, MAX_PAGES):
                raise UnreadablePicture("too_many_pages", f"Only the first {MAX_PAGES} pages of a file are read.")
    except UnreadablePicture as fault:
        yield fault


def display_copy(picture: Picture, side: int = DISPLAY_SIDE) -> bytes:
    """A copy to show on a page: PNG where both sides are at most 96 pixels, else WebP of at most `side`.

    Encoded afresh from pixels alone, so that no metadata and no foreign bytes of the upload are ever served.
    """
    pixels = picture.grey if picture.colour is None else cv2.cvtColor(picture.colour, cv2.COLOR_RGB2BGR)
    pixels = _fit(pixels, side)
    if max(pixels.shape[:2]) <= TINY_SIDE:
        return cv2.imencode(".png", pixels)[1].tobytes()
    return cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes()


def _recognise(data: bytes) -> str:
    if not data:
        raise UnreadablePicture("empty", "This file is empty.")
    if len(data) > MAX_BYTES:
        raise UnreadablePicture(
            "too_large", f"This file is {len(data) / 2**20:,.0f} MB; the limit is {MAX_BYTES // 2**20} MB."
        )
    for signature, kind in SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _recognise_boxes(data)
    raise UnreadablePicture("not_a_picture", f"This file is not a picture we can read{_looks_like(data)}.")


def _recognise_boxes(data: bytes) -> str:
    brands = data[8 : min(struct.unpack_from(">I", data)[0], 256)]
    if b"avif" in brands or b"avis" in brands:
        return "AVIF"
    if any(brand in brands for brand in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")):
        return "HEIF"
    raise UnreadablePicture("not_a_picture", "This file is not a picture we can read (it looks like a video).")


def _looks_like(data: bytes) -> str:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, name in STRANGERS:
        if start.startswith(signature.lower()):
            return f" (it looks like {name})"
    printable = sum(byte in b"\t\r\n" or 32 <= byte < 127 for byte in data[:512])
    return " (it looks like text)" if printable == len(data[:512]) else ""


@contextmanager
def _faults_named() -> Iterator[None]:
    """The one place where the libraries' exceptions become ours.

    It catches Exception on purpose. On malformed files Pillow and the decoders below it were seen to raise OSError,
    ValueError, SyntaxError, NotImplementedError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    MemoryError, RuntimeError, struct.error, zlib.error, cv2.error and DecompressionBombError; the next release
    will find another, and a worker must outlive it.
    """
    try:
        yield
    except UnreadablePicture:
        raise
    except (Image.DecompressionBombError, MemoryError) as fault:
        raise UnreadablePicture("too_large", "This picture is larger than we can open.") from fault
    except UnidentifiedImageError as fault:
        raise UnreadablePicture("damaged", "This picture is damaged: its header makes no sense.") from fault
    except Exception as fault:
        if isinstance(fault, EOFError) or "truncated" in str(fault).lower():
            raise _truncated() from fault
        raise UnreadablePicture("damaged", "This picture is damaged and cannot be opened.") from fault


def _truncated() -> UnreadablePicture:
    return UnreadablePicture("truncated", "This picture is incomplete: the end of the file is missing.")


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise UnreadablePicture("damaged", "This picture is damaged: it has no width or no height.")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise UnreadablePicture(
            "too_large",
            f"This picture is {width:,} × {height:,} pixels; the limit is {MAX_PIXELS // 10**6} megapixels.",
        )


def _without_metadata(data: bytes) -> tuple[bytes, bool]:
    """A PNG with the chunks that make the picture and no others, and whether OpenCV may decode it.

    Checks the size, every checksum and the end, none of which Pillow does, and drops text, colour profiles and
    animation frames, which is what PNG bombs are made of. OpenCV decodes 8-bit grey and RGB in 11 µs where Pillow
    takes 65 (28 × 28 pixels); alpha, palettes and 16 bits are left to Pillow.
    """
    kept, position, extras = [PNG_SIGNATURE], 8, False
    for _ in range(MAX_PNG_CHUNKS):
        if position + 12 > len(data):
            raise _truncated()
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise _truncated()
        if kind in PNG_KEPT:
            if zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                raise UnreadablePicture("damaged", "This picture is damaged: a checksum inside it is wrong.")
            kept.append(data[position:end])
            extras = extras or kind in (b"tRNS", b"eXIf", b"PLTE")
        elif kind in PNG_PACKED:
            _check_unpacked(data[position + 8 : end - 4])
        position = end
        if kind == b"IEND":
            break
    else:
        raise UnreadablePicture("damaged", "This picture is damaged: it is made of too many pieces.")
    width, height, depth, colour_type, _, _, interlaced = struct.unpack_from(">II5B", kept[1], 8)
    _check_size(width, height)
    plain = not extras and depth == 8 and colour_type in (0, 2) and not interlaced and max(width, height) <= WORK_SIDE
    return b"".join(kept), plain


def _check_unpacked(chunk: bytes) -> None:
    if len(chunk) * 1032 <= MAX_METADATA:  # no deflate stream grows more than that
        return
    packed = chunk[chunk.find(b"\0") + 2 :]
    try:
        unpacked = zlib.decompressobj().decompress(packed, MAX_METADATA + 1)
    except zlib.error:
        return  # it is dropped in any case
    if len(unpacked) > MAX_METADATA:
        raise UnreadablePicture("too_large", "This picture carries more hidden text than picture.")


def _decode_plain_png(data: bytes) -> Picture:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise UnreadablePicture("damaged", "This picture is damaged and cannot be opened.")
    height, width = pixels.shape[:2]
    if pixels.ndim == 2:
        return Picture(pixels, None, (), width, height)
    return _coloured(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), (), width, height)


def _open(data: bytes, kind: str) -> Image.Image:
    if kind == "HEIF":
        image: Image.Image = pillow_heif.HeifImageFile(io.BytesIO(data))
    else:
        image = Image.open(io.BytesIO(data), formats=(kind,))
    _check_size(*image.size)
    if kind == "JPEG" and data.count(b"\xff\xda") * image.width * image.height > MAX_SCAN_PIXELS:
        raise UnreadablePicture("too_large", "This picture is stored in more passes than we can follow.")
    return image


def _turned_to(image: Image.Image, page: int) -> bool:
    try:
        image.seek(page)
    except EOFError:
        return False
    return True


def _page(image: Image.Image) -> Picture | UnreadablePicture:
    try:
        with _faults_named():
            _check_size(*image.size)
            return _upright(image)
    except UnreadablePicture as fault:
        return fault


def _upright(image: Image.Image) -> Picture:
    width, height = image.size
    longest = max(width, height)
    if longest > WORK_SIDE:  # JPEG alone can be decoded at a half, a quarter or an eighth, and much faster so
        image.draft(None, (math.ceil(width * WORK_SIDE / longest), math.ceil(height * WORK_SIDE / longest)))
    image.load()
    turn = _orientation(image)
    notes: tuple[str, ...] = ("turned as the camera noted",) if turn != 1 else ()
    if turn >= 5:
        width, height = height, width
    if image.mode == "F" or image.mode.startswith("I"):
        grey = _eight_bits(_fit(_pixels(image, None), WORK_SIDE))
        return Picture(_turned(grey, turn), None, notes, width, height)
    mode = _plain_mode(image)
    pixels = _turned(_fit(_pixels(image, mode), WORK_SIDE), turn)
    if mode in ("LA", "RGBA"):
        pixels, more = _on_paper(pixels)
        notes += more
    if pixels.ndim == 2:
        return Picture(pixels, None, notes, width, height)
    return _coloured(pixels, notes, width, height)


def _coloured(rgb: np.ndarray, notes: tuple[str, ...], width: int, height: int) -> Picture:
    if np.array_equal(rgb[..., 0], rgb[..., 1]) and np.array_equal(rgb[..., 1], rgb[..., 2]):
        return Picture(np.ascontiguousarray(rgb[..., 0]), None, notes, width, height)
    return Picture(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), rgb, notes, width, height)


def _orientation(image: Image.Image) -> int:
    try:
        turn = image.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:  # garbage in EXIF raises as variously as garbage in pixels, and is no reason to refuse them
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _turned(pixels: np.ndarray, turn: int) -> np.ndarray:
    if turn in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _plain_mode(image: Image.Image) -> str:
    transparent = "transparency" in image.info
    if image.mode in ("1", "L"):
        return "LA" if transparent and image.mode == "L" else "L"
    if image.mode in ("LA", "La"):
        return "LA"
    if image.mode in ("RGBA", "RGBa", "PA") or (transparent and image.mode in ("P", "RGB")):
        return "RGBA"
    return "RGB"


def _pixels(image: Image.Image, mode: str | None) -> np.ndarray:
    """The picture as an array, shrunk by a whole factor while it is at least twice WORK_SIDE.

    Goes band by band, so that a 50-megapixel picture never stands in memory twice.
    """
    width, height = image.size
    factor = max(1, max(width, height) // WORK_SIDE)
    rows = max(factor, 2**22 // width // factor * factor)
    bands = []
    for top in range(0, height, rows):
        band = image.crop((0, top, width, min(top + rows, height)))
        pixels = np.asarray(band.convert(mode) if mode and band.mode != mode else band)
        if mode is None:
            pixels = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        if factor > 1:
            size = (max(1, width // factor), max(1, pixels.shape[0] // factor))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        bands.append(pixels)
    return bands[0] if len(bands) == 1 else np.concatenate(bands)


def _fit(pixels: np.ndarray, side: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Deep pixels scaled, never clipped: by the smallest usual depth that holds them, else from least to most."""
    values = values.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    if low >= 0:
        low = 0.0
        high = next((top for top in (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0) if top >= high), high)
    return np.rint((values - low) * (255.0 / max(high - low, 1e-30))).clip(0, 255).astype(np.uint8)


def _on_paper(pixels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """A see-through picture laid on paper that its visible part can be told from.

    Where little is visible it is ink, and the paper is white or black, whichever is further from it; where most is
    visible it is paper with holes, and the holes get the paper's own grey.
    """
    alpha = pixels[..., -1]
    flat = pixels[..., 0] if pixels.shape[-1] == 2 else pixels[..., :3]
    if alpha.min() == 255:
        return np.ascontiguousarray(flat), ()
    if alpha.max() == 0:
        return np.full_like(alpha, 255), ("fully transparent",)
    luma = flat if flat.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(flat), cv2.COLOR_RGB2GRAY)
    if alpha.mean() > 127:
        paper = float(np.median(luma[alpha > 127]))
    else:
        paper = 255.0 if np.average(luma, weights=alpha) < 128 else 0.0
    share = (alpha if flat.ndim == 2 else alpha[..., None]).astype(np.float32) / 255
    return np.rint(flat * share + paper * (1 - share)).astype(np.uint8), ("transparent",)
