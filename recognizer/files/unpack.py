"""Files that hold several pictures: zip archives, PDFs and TIFFs of many pages, one picture after the other."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO

from recognizer.files import earlier
from recognizer.files.budget import Budget
from recognizer.files.formats import HEAD, format_of
from recognizer.files.pdf import pdf_pieces
from recognizer.files.piece import Limits, Piece
from recognizer.files.tiff import tiff_pieces
from recognizer.files.zip import zip_pieces
from recognizer.page import Fault


def unpack(file: BinaryIO, name: str, limits: Limits, after: int = 0, budget: Budget | None = None) -> Iterator[Piece]:
    """The pictures of a zip, PDF or TIFF in their order, those numbered above `after`: none before is decoded or drawn.

    `budget` is what the file may take of the processor's time, less what it took in turns before. Raises Fault where
    the whole is refused.
    """
    for number, piece in enumerate(_pieces(file, name, limits, budget or Budget()), start=1):
        if number > limits.pictures:
            raise Fault("too_many_pictures", most=limits.pictures)
        if number > after:
            yield replace(piece, number=number)


def _pieces(file: BinaryIO, name: str, limits: Limits, budget: Budget) -> Iterator[Piece]:
    kind = format_of(file.read(HEAD))
    file.seek(0)
    if earlier.is_table(name):
        yield earlier.table_piece(name, partial(file.read, earlier.MOST_BYTES + 1))
    elif kind == "ZIP":
        yield from zip_pieces(file, limits, budget)
    elif kind == "PDF":
        yield from pdf_pieces(file, name, limits, budget)
    elif kind == "TIFF":
        yield from tiff_pieces(file, name, budget)
    else:
        raise Fault("not_a_pdf" if PurePosixPath(name).suffix.lower() == ".pdf" else "not_an_archive")
