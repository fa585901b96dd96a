"""The pages of a PDF, each drawn as a picture."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from recognizer.files.budget import PAGE_SECONDS, PDF_SECONDS, Budget
from recognizer.files.document import Document
from recognizer.files.piece import Limits, Piece, page_name
from recognizer.files.sandbox import Crashed, OutOfTime, sandbox
from recognizer.page import Fault


def pdf_pieces(data: BinaryIO | bytes, name: str, limits: Limits, budget: Budget) -> Iterator[Piece]:
    document = Document(data)
    count = _counted(document, budget)
    if count > limits.pdf_pages:
        raise Fault("pdf_too_many_pages", count=count, most=limits.pdf_pages)
    if not count:
        raise Fault("pdf_empty")
    for index in range(count):
        yield Piece(0, count, page_name(name, index + 1), partial(_drawn, document, index, budget))


def _counted(document: Document, budget: Budget) -> int:
    try:
        answer = sandbox().ask("pdf_count", PDF_SECONDS, document=document)
    except OutOfTime:
        budget.use(PDF_SECONDS)
        raise Fault("pdf_too_slow", seconds=PDF_SECONDS) from None
    except Crashed:
        budget.use(PDF_SECONDS)  # nobody knows how many it were
        raise Fault("crashed") from None
    budget.use(answer.seconds)
    return int(answer.values["pages"])


def _drawn(document: Document, index: int, budget: Budget) -> bytes:
    """A page as a PNG. Raises Fault."""
    budget.begin_page()
    try:
        answer = sandbox().ask("pdf_page", PAGE_SECONDS, document=document, index=index)
    except OutOfTime:
        budget.use(PAGE_SECONDS)
        budget.close()
        raise Fault("page_too_slow", seconds=PAGE_SECONDS) from None
    except Crashed:
        budget.use(PAGE_SECONDS)
        raise Fault("crashed") from None
    budget.use(answer.seconds)
    return bytes(answer.body)
