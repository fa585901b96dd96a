"""The pages of a TIFF."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import cv2

from recognizer.files.budget import PICTURE_SECONDS, Budget
from recognizer.files.decode import asked, picture_in
from recognizer.files.document import Document
from recognizer.files.limits import MAX_BYTES, check_bytes
from recognizer.files.piece import Piece, faulty, page_name, png_of
from recognizer.files.sandbox import Answer
from recognizer.page import Fault, Picture


class TiffFile:
    """A TIFF from outside: what is known of its pages before any is decoded.

    `count` are those that can be turned to, `fault` is what is wrong behind the last of them. Raises Fault.
    """

    def __init__(self, data: BinaryIO | bytes, budget: Budget) -> None:
        self._document = Document(data)
        check_bytes(self._document.size)
        self._budget = budget
        answer = self._asked("tiff_count")
        self.count = int(answer.values["pages"])
        fault = answer.values["fault"]
        self.fault = Fault.from_json(fault) if fault else None

    def page(self, index: int) -> Picture:
        """Raises Fault."""
        self._budget.begin_page()
        return picture_in(self._asked("tiff_page", index=index))

    def _asked(self, job: str, **values: int) -> Answer:
        try:
            answer = asked(job, document=self._document, **values)
        except Fault as fault:
            if fault.code in ("picture_too_slow", "crashed"):
                self._budget.use(PICTURE_SECONDS)
            if fault.code == "picture_too_slow":
                self._budget.close()
            raise
        self._budget.use(answer.seconds)
        return answer


def tiff_pieces(data: BinaryIO | bytes, name: str, budget: Budget) -> Iterator[Piece]:
    """A TIFF of one page as it came; of several, each page as a picture of its own."""
    try:
        tiff = TiffFile(data, budget)
    except Fault:
        tiff = None  # whoever reads it as a picture is told the same
    if tiff is None or tiff.count + bool(tiff.fault) == 1:
        yield Piece(0, 1, name, partial(_whole, data))
        return
    for index in range(tiff.count):
        yield Piece(0, tiff.count, page_name(name, index + 1), partial(_page, tiff, index))
    if tiff.fault:
        yield faulty(page_name(name, tiff.count + 1), tiff.fault)


def _whole(data: BinaryIO | bytes) -> bytes:
    if isinstance(data, bytes):
        return data
    data.seek(0)
    return data.read(MAX_BYTES + 1)


def _page(tiff: TiffFile, index: int) -> bytes:
    page = tiff.page(index)
    return png_of(page.grey if page.colour is None else cv2.cvtColor(page.colour, cv2.COLOR_RGB2BGR))
