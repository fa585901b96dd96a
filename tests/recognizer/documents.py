"""PDFs and TIFFs of several pages, made here."""

import io
import struct
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


def pdf_whose_pages_multiply() -> bytes:
    """Nine lists of pages, each of which names the next a dozen times: a walk through them takes hours."""
    lists = [b"<</Type/Pages/Kids[%b]>>" % (b"%d 0 R " % number * 12) for number in range(3, 12)]
    return pdf_of(CATALOGUE, *lists, b"<</Type/Pages/Kids[]>>")


def pdf_of_many_references(count: int) -> bytes:
    """A table of cross-references that says of so many objects where they are, in a hundredth of a byte each."""
    packed = zlib.compress(b"\1\0\0\0\1\0\0" * count, 9)
    filled = b"<</Type/XRef/Size %d/Index[0 %d]/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length %d>>"
    said = filled % (count, count, len(packed))
    body = b"%%PDF-1.7\n1 0 obj\n%b\nendobj\n2 0 obj\n<</Type/Pages/Count 0/Kids[]>>\nendobj\n" % CATALOGUE
    return body + b"9 0 obj\n%b\nstream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % (said, packed, len(body))


def tiff_of(strip: bytes, width: int, height: int, pages: int = 1, tile: tuple[int, int] | None = None) -> bytes:
    """Grey pages written by hand, which all show the same deflated strip, or tile of this size."""
    packed, offset = zlib.compress(strip, 9), 8
    places = {324: offset, 325: len(packed)} if tile else {273: offset, 278: height, 279: len(packed)}
    tags = {256: width, 257: height, 258: 8, 259: 8, 262: 1, 277: 1, **places}
    if tile:
        tags |= {322: tile[0], 323: tile[1]}
    table = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    first, size = offset + len(packed), 2 + len(table) + 4
    tables = [
        struct.pack("<H", len(tags)) + table + struct.pack("<I", first + size * (page + 1) if page + 1 < pages else 0)
        for page in range(pages)
    ]
    return b"II*\0" + struct.pack("<I", first) + packed + b"".join(tables)
