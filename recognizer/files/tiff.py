"""The pages of a TIFF."""

from collections.abc import Iterator

import cv2

from recognizer.files.decode import decode_pages
from recognizer.files.piece import Piece, faulty, page_name, png_of
from recognizer.page import Fault, Picture


def tiff_pieces(data: bytes, name: str) -> Iterator[Piece]:
    """A TIFF of one page as it came; of several, each page as a picture of its own."""
    first: Picture | Fault | None = None
    for number, page in enumerate(decode_pages(data), start=1):
        if number == 1:
            first = page
            continue
        if first is not None:
            yield _page(first, page_name(name, 1))
            first = None
        yield _page(page, page_name(name, number))
    if first is not None:
        yield Piece(0, 1, name, lambda: data)


def _page(page: Picture | Fault, name: str) -> Piece:
    if isinstance(page, Fault):
        return faulty(name, page)
    pixels = page.grey if page.colour is None else cv2.cvtColor(page.colour, cv2.COLOR_RGB2BGR)
    return Piece(0, 0, name, lambda: png_of(pixels))
