"""PDFs and TIFFs of several pages, made here."""

import io
import zlib

import numpy as np
from PIL import Image


def document(kind: str, *sheets: np.ndarray) -> bytes:
    """Sheets uint8 [h, w] as the pages of a "PDF" or a "TIFF"."""
    first, *others = map(Image.fromarray, sheets)
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=others)
    return file.getvalue()


def pdf(pages: int) -> bytes:
    """Each page of a grey of its own: 0, 40, 80 and so on."""
    return document("PDF", *(np.full((200, 150), 40 * i, np.uint8) for i in range(pages)))


def tiff(pages: int) -> bytes:
    return document("TIFF", *(np.full((30, 20), 40 * i, np.uint8) for i in range(pages)))


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
TWO_PAGES = b"<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>"


def pdf_of(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF written object by object: the catalogue first, then its list of pages, then what these refer to."""
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%%PDF-1.7\n%btrailer<</Root 1 0 R/Size %d%b>>\n%%%%EOF" % (body, len(objects) + 1, trailer)


def pdf_that_draws(what: bytes) -> bytes:
    """Two pages that do the same."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R>>"
    packed = zlib.compress(what)
    drawing = b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed)
    return pdf_of(CATALOGUE, TWO_PAGES, page, page, drawing)


def pdf_without_its_second_page() -> bytes:
    return pdf_of(CATALOGUE, TWO_PAGES, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 60 80]>>")


def locked_pdf() -> bytes:
    """Locked with a password that nobody knows."""
    lock = b"<</Filter/Standard/V 2/R 3/Length 128/P -4/O<%b>/U<%b>>>" % (b"00" * 32, b"00" * 32)
    return pdf_of(CATALOGUE, TWO_PAGES, lock, trailer=b"/Encrypt 3 0 R/ID[<00><00>]")
