"""Every page of a file as a picture of its own."""

from collections.abc import Iterator

from recognizer.files.decode import decode, decode_pages
from recognizer.files.formats import HEAD, format_of
from recognizer.files.limits import MAX_BYTES
from recognizer.files.pdf import Pen, pdf_pieces
from recognizer.files.piece import Limits
from recognizer.page import Fault, Picture


def pages(data: bytes) -> Iterator[Picture | Fault]:
    """The pages of a TIFF or a PDF, of any other file its first frame. Yields what fails, raises nothing."""
    if format_of(data[:HEAD]) != "PDF" or len(data) > MAX_BYTES:
        yield from decode_pages(data)
        return
    try:
        for piece in pdf_pieces(data, "", Limits(), Pen()):
            try:
                yield decode(piece.load())
            except Fault as fault:
                yield fault
    except Fault as fault:
        yield fault
