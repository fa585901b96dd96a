"""The pages of a PDF, each drawn as a picture."""

import io
import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, NoReturn

import pypdfium2

from recognizer.files.piece import Limits, Piece, page_name, png_of
from recognizer.page import Fault

PAGE_SECONDS = 5  # of the processor's time, for a page; a scan takes a tenth of one
DPI, SIDE = 200, 2400  # paper at 200 dots an inch keeps a digit of 4 mm 30 pixels high


def pdf_pieces(data: BinaryIO | bytes, name: str, limits: Limits, pen: "Pen") -> Iterator[Piece]:
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as fault:
        if "password" in str(fault).lower():
            raise Fault("pdf_locked") from fault
        raise Fault("pdf_damaged") from fault
    if count > limits.pdf_pages:
        raise Fault("pdf_too_many_pages", count=count, most=limits.pdf_pages)
    if not count:
        raise Fault("pdf_empty")
    for index in range(count):
        yield Piece(0, count, page_name(name, index + 1), partial(pen.draw, document, data, index))


class Pen:
    """Draws the pages of PDFs, each in a process of its own: a page of a few bytes can ask for hours, or crash PDFium.

    A page that takes too long is the last that is drawn of the whole file: it may have thousands of them.
    """

    def __init__(self) -> None:
        self.laid_down = False

    def draw(self, document: pypdfium2.PdfDocument, data: BinaryIO | bytes, index: int) -> bytes:
        if self.laid_down:
            raise Fault("page_not_drawn")
        drawn, ended_by = _apart(partial(_rendered, document, data, index), PAGE_SECONDS)
        if ended_by == signal.SIGPROF:
            self.laid_down = True
            raise Fault("page_too_slow", seconds=PAGE_SECONDS)
        if not drawn:
            raise Fault("page_damaged")
        return drawn


def _rendered(document: pypdfium2.PdfDocument, data: BinaryIO | bytes, index: int) -> bytes:
    if not isinstance(data, bytes):
        data.seek(0, io.SEEK_END)  # the place in an open file is shared with whoever forked; only this asks for it anew
    page = document[index]
    width, height = page.get_size()
    return png_of(page.render(scale=min(DPI / 72, SIDE / max(width, height, 1))).to_numpy())


def _apart(work: Callable[[], bytes], seconds: float) -> tuple[bytes, int]:
    """What `work` makes in a forked process (nothing where it fails), and the signal that ended that process, or 0."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _work_and_end(work, seconds, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        made = pipe.read()
    status = os.waitpid(child, 0)[1]
    return (b"", os.WTERMSIG(status)) if os.WIFSIGNALED(status) else (made, 0)


def _work_and_end(work: Callable[[], bytes], seconds: float, writing: int) -> NoReturn:
    """Whatever `work` raises ends here, too: what called it goes on in the other process."""
    try:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        with open(writing, "wb") as pipe:
            pipe.write(work())
    finally:
        os._exit(0)
