"""Every page of a file as a picture of its own."""

from collections.abc import Iterator

from recognizer.files.budget import Budget
from recognizer.files.decode import decode, format_of_picture
from recognizer.files.formats import HEAD, format_of
from recognizer.files.limits import MAX_BYTES
from recognizer.files.pdf import pdf_pieces
from recognizer.files.piece import Limits
from recognizer.files.tiff import TiffFile
from recognizer.page import Fault, Picture


def pages(data: bytes) -> Iterator[Picture | Fault]:
    """The pages of a TIFF or a PDF, of any other file its first frame. Yields what fails, raises nothing."""
    if format_of(data[:HEAD]) != "PDF" or len(data) > MAX_BYTES:
        yield from decode_pages(data)
        return
    try:
        for piece in pdf_pieces(data, "", Limits(), Budget()):
            try:
                yield decode(piece.load())
            except Fault as fault:
                yield fault
    except Fault as fault:
        yield fault


def decode_pages(data: bytes) -> Iterator[Picture | Fault]:
    """Every page of a TIFF, up to MAX_PAGES; of any other file its first frame. Yields what fails, raises nothing."""
    try:
        if format_of_picture(data) != "TIFF":
            yield decode(data)
            return
        tiff = TiffFile(data, Budget())
        for index in range(tiff.count):
            try:
                yield tiff.page(index)
            except Fault as fault:
                yield fault
        if tiff.fault:
            yield tiff.fault
    except Fault as fault:
        yield fault
