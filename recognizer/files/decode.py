"""Bytes of a picture file in, one upright picture out.

Nothing here trusts the file: its name is never looked at, its header is measured before a pixel is unpacked, and
whatever the libraries below throw at hostile bytes leaves as one `Fault`.
"""

import io
from collections.abc import Iterator

import cv2
import pillow_heif
from PIL import Image

from recognizer.files.formats import HEAD, Format, picture_format
from recognizer.files.limits import MAX_BYTES, check_size, faults_named
from recognizer.files.pixels import upright
from recognizer.files.png import decode_plain, without_metadata
from recognizer.page import Fault, Picture

# OpenCV would tell the terminal about each damaged PNG; the picture's owner is told instead.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)

MAX_PAGES = 100
MAX_SCAN_PIXELS = 1_500_000_000  # pixels times scans of a progressive JPEG: each scan visits every pixel


def decode(data: bytes) -> Picture:
    """The first page or frame of a file's bytes. Raises Fault and nothing else."""
    kind = _format_of(data)
    with faults_named():
        if kind == "PNG":
            data, plain = without_metadata(data)
            if plain:
                return decode_plain(data)
        with _open(data, kind) as image:
            return upright(image)


def decode_pages(data: bytes) -> Iterator[Picture | Fault]:
    """Every page of a TIFF, up to MAX_PAGES; of any other file its first frame. Yields what fails, raises nothing."""
    try:
        if _format_of(data) != "TIFF":
            yield decode(data)
            return
        with faults_named(), _open(data, "TIFF") as image:
            for page in range(MAX_PAGES):
                if page and not _turned_to(image, page):
                    return
                yield _page(image)
            if _turned_to(image, MAX_PAGES):
                raise Fault("too_many_pages", most=MAX_PAGES)
    except Fault as fault:
        yield fault


def _open(data: bytes, kind: Format) -> Image.Image:
    if kind == "HEIF":
        image: Image.Image = pillow_heif.HeifImageFile(io.BytesIO(data))
    else:
        image = Image.open(io.BytesIO(data), formats=(kind,))
    check_size(*image.size)
    if kind == "JPEG" and data.count(b"\xff\xda") * image.width * image.height > MAX_SCAN_PIXELS:
        raise Fault("too_many_scans")
    return image


def _turned_to(image: Image.Image, page: int) -> bool:
    try:
        image.seek(page)
    except EOFError:
        return False
    return True


def _page(image: Image.Image) -> Picture | Fault:
    try:
        with faults_named():
            check_size(*image.size)
            return upright(image)
    except Fault as fault:
        return fault


def _format_of(data: bytes) -> Format:
    if not data:
        raise Fault("empty")
    if len(data) > MAX_BYTES:
        raise Fault("file_too_large", size=round(len(data) / 2**20), most=MAX_BYTES // 2**20)
    return picture_format(data[:HEAD])
