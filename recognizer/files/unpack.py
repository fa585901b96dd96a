"""Files that hold several pictures: zip archives, PDFs and TIFFs of many pages, one picture after the other."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO

from recognizer.files.formats import HEAD, format_of
from recognizer.files.limits import MAX_BYTES
from recognizer.files.pdf import Pen, pdf_pieces
from recognizer.files.piece import Limits, Piece
from recognizer.files.tiff import tiff_pieces
from recognizer.files.zip import zip_pieces
from recognizer.page import Fault


def unpack(file: BinaryIO, name: str, limits: Limits) -> Iterator[Piece]:
    """The pictures of a zip, PDF or TIFF in their order. Raises Fault where the whole is refused."""
    for number, piece in enumerate(_pieces(file, name, limits), start=1):
        if number > limits.pictures:
            raise Fault("too_many_pictures", most=limits.pictures)
        yield replace(piece, number=number)


def _pieces(file: BinaryIO, name: str, limits: Limits) -> Iterator[Piece]:
    kind = format_of(file.read(HEAD))
    file.seek(0)
    ending, pen = PurePosixPath(name).suffix.lower(), Pen()
    if kind == "ZIP":
        yield from zip_pieces(file, limits, pen)
    elif kind == "PDF":
        yield from pdf_pieces(file, name, limits, pen)
    elif kind == "TIFF":
        yield from tiff_pieces(file.read(MAX_BYTES + 1), name)
    else:
        raise Fault("not_a_pdf" if ending == ".pdf" else "not_an_archive")
