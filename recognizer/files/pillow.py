"""Pictures as Pillow and libheif open them. Runs in the sandbox alone."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from recognizer.files.formats import Format
from recognizer.files.limits import MAX_PAGES, MAX_PIXELS, MAX_SIDE, check_size, faults_named
from recognizer.files.pixels import upright
from recognizer.page import Fault, Picture

MAX_SCAN_PIXELS = 1_500_000_000  # pixels times scans of a progressive JPEG: each scan visits every pixel
# A decoder that finds no memory mostly says that the file is damaged. From so many pixels on it is believed no longer:
# these formats take 9 to 16 bytes for each while they are decoded (benchmarks.foreign).
LARGE = {"WEBP": 20_000_000, "AVIF": 30_000_000, "HEIF": 36_000_000}
TILE_WIDTH, TILE_LENGTH = 322, 323
# Loaded before the process is bounded, not with the first file that needs them.
OPENERS = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
# One after the other: the processor's time is what is counted, and each thread takes memory of its own.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.options.DECODE_THREADS = 1


def decode_foreign(data: bytes, kind: Format) -> Picture:
    """The first page or frame. Raises Fault and nothing else."""
    with faults_named(), open_picture(data, kind) as image:
        return _decoded(image, kind)


class Tiff:
    """A TIFF's pages, each found without those before it being decoded."""

    def __init__(self, data: bytes) -> None:
        """Raises Fault."""
        self._data = data
        self._turn_over()

    def _turn_over(self) -> None:
        with faults_named():
            self._image = open_picture(self._data, "TIFF")

    def count(self) -> tuple[int, Fault | None]:
        """Pages, at most MAX_PAGES, and what is wrong behind the last of them."""
        found = 1
        try:
            with faults_named():
                while _turned_to(self._image, found):
                    if found == MAX_PAGES:
                        raise Fault("too_many_pages", most=MAX_PAGES)
                    found += 1
        except Fault as fault:
            return found, fault
        finally:
            self._turn_over()
        return found, None

    def page(self, index: int) -> Picture:
        """Raises Fault."""
        try:
            with faults_named():
                if not _turned_to(self._image, index):
                    raise Fault("truncated")
                check_size(*self._image.size)
                _check_tiles(self._image)
                return _decoded(self._image, "TIFF")
        finally:
            self._turn_over()  # with it go the page's pixels, and what a decoder left behind that gave up

    def close(self) -> None:
        self._image.close()


def open_picture(data: bytes, kind: Format) -> Image.Image:
    if kind == "HEIF":
        image: Image.Image = pillow_heif.HeifImageFile(io.BytesIO(data))
    elif kind == "WEBP":
        width, height = webp_size(data)
        with _memory_believed(width * height, kind):  # its canvas is made as it is opened
            image = Image.open(io.BytesIO(data), formats=(kind,))
    else:
        image = Image.open(io.BytesIO(data), formats=(kind,))
    check_size(*image.size)
    if kind == "TIFF":
        _check_tiles(image)
    if kind == "JPEG" and data.count(b"\xff\xda") * image.width * image.height > MAX_SCAN_PIXELS:
        raise Fault("too_many_scans")
    return image


def _decoded(image: Image.Image, kind: Format) -> Picture:
    with _memory_believed(image.width * image.height, kind):
        return upright(image)


@contextmanager
def _memory_believed(pixels: int, kind: Format) -> Iterator[None]:
    try:
        yield
    except Fault:
        raise
    except Exception as error:
        if pixels > LARGE.get(kind, MAX_PIXELS):
            raise Fault("too_large") from error
        raise


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP by the header of its canvas or its only frame; (0, 0) where there is none."""
    kind, head = data[12:16], data[20:30]
    if kind == b"VP8X" and len(head) == 10:
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8L" and len(head) >= 5:
        sides = int.from_bytes(head[1:5], "little")
        return (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and len(head) == 10:
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    return 0, 0


def _check_tiles(image: Any) -> None:
    """Each tile of a TIFF is unpacked whole, however little of it the picture shows."""
    width, height = (image.tag_v2.get(tag, 0) for tag in (TILE_WIDTH, TILE_LENGTH))
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Fault("tile_too_large", width=width, height=height, most=MAX_PIXELS // 10**6)


def _turned_to(image: Image.Image, page: int) -> bool:
    try:
        image.seek(page)
    except EOFError:
        return False
    return True
