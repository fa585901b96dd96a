"""PDFs as PDFium opens and draws them. Runs in the sandbox alone."""

from typing import BinaryIO

import pypdfium2

from recognizer.files.piece import png_of
from recognizer.page import Fault

DPI, SIDE = 200, 2400  # paper at 200 dots an inch keeps a digit of 4 mm 30 pixels high


class Pdf:
    def __init__(self, file: BinaryIO) -> None:
        """Raises Fault."""
        try:
            self._document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as fault:
            if "password" in str(fault).lower():
                raise Fault("pdf_locked") from fault
            raise Fault("pdf_damaged") from fault

    def count(self) -> int:
        return len(self._document)

    def page(self, index: int) -> bytes:
        """A page as a PNG. Raises Fault."""
        try:
            page = self._document[index]
            width, height = page.get_size()
            bitmap = page.render(scale=min(DPI / 72, SIDE / max(width, height, 1)))
            drawn = png_of(bitmap.to_numpy())
            bitmap.close()
            page.close()
        except Exception as fault:  # a page without a size, without contents, beyond the memory; others will come
            raise Fault("page_damaged") from fault
        return drawn

    def close(self) -> None:
        self._document.close()
