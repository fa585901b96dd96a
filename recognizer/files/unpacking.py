"""Files that hold several pictures: zip archives, PDFs and TIFFs of many pages, one picture after the other.

Nothing here trusts the file. A zip is judged by its table of contents before a byte of it is unpacked: what a person
packed by mistake is left out by name, what nobody packs by mistake (ways out of the folder, links, entries that
overlap, sizes that do not fit) refuses the whole. Names are text to show, never paths.
"""

import io
import os
import re
import signal
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import PurePosixPath
from typing import BinaryIO, NoReturn

import cv2
import numpy as np
import pypdfium2

from recognizer.files import labels
from recognizer.files.decoding import MAX_BYTES, Picture, UnreadablePicture, decode_pages

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
PDF = b"%PDF"
TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
JUNK = {"thumbs.db", "desktop.ini"}
# Scans of paper shrink a little when they are packed; a blank page as a bitmap may shrink two hundredfold.
MOST_RATIO, RATIO_COUNTS_FROM = 250, 64 * 2**20
LOCAL_HEADER = 30  # bytes of what stands before an entry's name, at least
ENCRYPTED = 0x1
PAGE_SECONDS = 5  # of the processor's time, for a page of a PDF; a scan takes a tenth of one
PDF_DPI, PDF_SIDE = 200, 2400  # paper at 200 dots an inch keeps a digit of 4 mm 30 pixels high


@dataclass(frozen=True, slots=True)
class Limits:
    pictures: int = 20_000
    picture_bytes: int = MAX_BYTES
    unpacked_bytes: int = 2 * 2**30
    pdf_pages: int = 1_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One picture inside a file. `number` counts from 1 and is the same each time; `load` gives its bytes.

    `of` says how many pieces its file has, as far as that is known before all is unpacked. `label` is what is written
    on it where its archive says so, "" where it is blank. `load` raises UnreadablePicture, with a sentence for the
    file's owner.
    """

    number: int
    of: int
    name: str
    load: Callable[[], bytes]
    label: str | None = None


def unpack(file: BinaryIO, name: str, limits: Limits) -> Iterator[Piece]:
    """The pictures of a zip, PDF or TIFF in their order. Raises UnreadablePicture where the whole is refused."""
    for number, piece in enumerate(_pieces(file, name, limits), start=1):
        if number > limits.pictures:
            raise _too_many(limits)
        yield replace(piece, number=number)


def shown_name(name: str) -> str:
    """A name as it came, without what cannot be seen or would turn its letters round."""
    return "".join(letter if letter.isprintable() else "_" for letter in name)


def _pieces(file: BinaryIO, name: str, limits: Limits) -> Iterator[Piece]:
    head = file.read(4)
    file.seek(0)
    ending, pen = PurePosixPath(name).suffix.lower(), _Pen()
    if head.startswith(ZIP):
        yield from _zip(file, limits, pen)
    elif head == PDF:
        yield from _pdf(file, name, limits, pen)
    elif head.startswith(TIFF):
        yield from _tiff(file.read(MAX_BYTES + 1), name)
    else:
        kind = "PDF" if ending == ".pdf" else "zip archive"
        raise UnreadablePicture("damaged", f"This file is not a {kind}, whatever its name says.")


def _zip(file: BinaryIO, limits: Limits, pen: "_Pen") -> Iterator[Piece]:
    with _opened(file, limits) as archive:
        _refuse_hostile(archive.infolist(), limits)
        entries = [info for info in archive.infolist() if not (info.is_dir() or _is_junk(info.filename))]
        tables = [info for info in entries if labels.is_table(info.filename)]
        entries = [info for info in entries if info not in tables]
        if not entries:
            raise UnreadablePicture("empty", "There is no picture in this archive.")
        said = _labels(archive, tables, entries)
        for info in entries:
            for piece in _entry(archive, info, limits, pen):
                told = _told(piece, info, said[info.filename]) if said else piece
                yield replace(told, of=max(len(entries), piece.of))


def _labels(archive: zipfile.ZipFile, tables: list[zipfile.ZipInfo], entries: list[zipfile.ZipInfo]) -> dict[str, str]:
    """What the archive says is written on its entries; nothing where it has no table."""
    if not tables:
        return {}
    if len(tables) > 1:
        raise labels.bad(f"there are {len(tables)} of them, and one names all pictures")
    if tables[0].file_size > labels.MOST_BYTES:
        raise labels.bad(f"it is larger than {labels.MOST_BYTES / 2**20:,.0f} MB")
    folder = tables[0].filename.replace("\\", "/").rpartition("/")
    return labels.read_labels(_content(archive, tables[0]), folder[0] + folder[1], [info.filename for info in entries])


def _told(piece: Piece, info: zipfile.ZipInfo, label: str) -> Piece:
    if piece.name == shown_name(info.filename):
        return replace(piece, label=label)
    several = f"{labels.TABLE} gives one text for this file, which has several pages. Hand them in as pictures."
    return _fault(piece.name, UnreadablePicture("labels", several))


def _opened(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    # Each entry costs some 600 bytes of memory once its table is read, so that millions are counted before that.
    signatures = sum(block.count(b"PK\x01\x02") for block in iter(lambda: file.read(2**20), b""))
    file.seek(0)
    if signatures > limits.pictures + 1000:
        raise _too_many(limits)
    try:
        return zipfile.ZipFile(file)
    except Exception as fault:  # as variously as the entries
        raise UnreadablePicture(
            "damaged", "This archive is damaged or incomplete: its table of contents cannot be read."
        ) from fault


def _refuse_hostile(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.pictures:
        raise _too_many(limits)
    packed, unpacked = sum(info.compress_size for info in entries), sum(info.file_size for info in entries)
    if unpacked > limits.unpacked_bytes or (unpacked > RATIO_COUNTS_FROM and unpacked > MOST_RATIO * packed):
        raise UnreadablePicture("too_large", "This archive would unpack to far more than pictures need.")
    for info in entries:
        if not info.filename:
            raise _hostile("an entry has no name")
        if _leads_out(info.orig_filename):
            raise _hostile("an entry's name leads out of its folder")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _hostile("it holds a link or a device instead of a file")
        if info.flag_bits & ENCRYPTED:
            raise UnreadablePicture("locked", "This archive is locked with a password. Pack it without one.")
    places = sorted((info.header_offset, info.compress_size + len(info.orig_filename)) for info in entries)
    for (start, size), (following, _) in pairwise(places):
        if start + LOCAL_HEADER + size > following:
            raise _hostile("its entries overlap")


def _leads_out(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return ".." in parts or name.startswith(("/", "\\")) or bool(re.match(r"[A-Za-z]:", name))


def _is_junk(name: str) -> bool:
    *folders, last = name.replace("\\", "/").split("/")
    return "__MACOSX" in folders or last.lower() in JUNK or last.startswith(".")


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits, pen: "_Pen") -> Iterator[Piece]:
    """The picture, or the pages, of one file in an archive."""
    name = shown_name(info.filename)
    try:
        head = _head(archive, info)
    except UnreadablePicture as fault:
        yield _fault(name, fault)
        return
    if head.startswith(ZIP):
        yield _fault(name, UnreadablePicture("nested", "An archive inside an archive is not opened."))
    elif info.file_size > limits.picture_bytes:
        most = f"{limits.picture_bytes / 2**20:,.0f} MB"
        yield _fault(name, UnreadablePicture("too_large", f"This file is larger than {most}."))
    elif head == PDF or head.startswith(TIFF):
        try:
            data = _content(archive, info)
            yield from _pdf(data, name, limits, pen) if head == PDF else _tiff(data, name)
        except UnreadablePicture as fault:
            yield _fault(name, fault)
    else:
        yield Piece(0, 0, name, partial(_content, archive, info))


def _head(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    return _read(archive, info, 4)


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """All of an entry: never more than its table says, which has been judged, and only where its checksum agrees."""
    return _read(archive, info, info.file_size + 1)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> bytes:
    try:
        with archive.open(info) as entry:
            return entry.read(size)
    except Exception as fault:
        # On malformed files zipfile and the decompressors below it were seen to raise BadZipFile, zlib.error,
        # LZMAError, EOFError, OSError, ValueError, RuntimeError, NotImplementedError and MemoryError; others will come.
        raise UnreadablePicture("damaged", "This entry of the archive is damaged.") from fault


def _pdf(data: BinaryIO | bytes, name: str, limits: Limits, pen: "_Pen") -> Iterator[Piece]:
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as fault:
        if "password" in str(fault).lower():
            raise UnreadablePicture("locked", "This PDF is locked with a password. Save it without one.") from fault
        raise UnreadablePicture("damaged", "This PDF is damaged and cannot be opened.") from fault
    if count > limits.pdf_pages:
        raise UnreadablePicture(
            "too_many_pages", f"This PDF has {count:,} pages; at most {limits.pdf_pages:,} are read."
        )
    if not count:
        raise UnreadablePicture("empty", "This PDF has no pages.")
    for index in range(count):
        yield Piece(0, count, _page_name(name, index + 1), partial(pen.draw, document, data, index))


class _Pen:
    """Draws the pages of PDFs, each in a process of its own: a page of a few bytes can ask for hours, or crash PDFium.

    A page that takes too long is the last that is drawn of the whole file: it may have thousands of them.
    """

    def __init__(self) -> None:
        self.laid_down = False

    def draw(self, document: pypdfium2.PdfDocument, data: BinaryIO | bytes, index: int) -> bytes:
        if self.laid_down:
            raise UnreadablePicture(
                "too_slow", "This page was not drawn, because another page of the same file took too long."
            )
        drawn, ended_by = _apart(partial(_rendered, document, data, index), PAGE_SECONDS)
        if ended_by == signal.SIGPROF:
            self.laid_down = True
            said = f"Drawing this page of the PDF takes more than {PAGE_SECONDS} seconds. Hand it in as a picture."
            raise UnreadablePicture("too_slow", said)
        if not drawn:
            raise UnreadablePicture("damaged", "This page of the PDF is damaged and cannot be drawn.")
        return drawn


def _rendered(document: pypdfium2.PdfDocument, data: BinaryIO | bytes, index: int) -> bytes:
    if not isinstance(data, bytes):
        data.seek(0, io.SEEK_END)  # the place in an open file is shared with whoever forked; only this asks for it anew
    page = document[index]
    width, height = page.get_size()
    return _png(page.render(scale=min(PDF_DPI / 72, PDF_SIDE / max(width, height, 1))).to_numpy())


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


def _tiff(data: bytes, name: str) -> Iterator[Piece]:
    """A TIFF of one page as it came; of several, each page as a picture of its own."""
    first: Picture | UnreadablePicture | None = None
    for number, page in enumerate(decode_pages(data), start=1):
        if number == 1:
            first = page
            continue
        if first is not None:
            yield _page(first, _page_name(name, 1))
            first = None
        yield _page(page, _page_name(name, number))
    if first is not None:
        yield Piece(0, 1, name, lambda: data)


def _page(page: Picture | UnreadablePicture, name: str) -> Piece:
    if isinstance(page, UnreadablePicture):
        return _fault(name, page)
    pixels = page.grey if page.colour is None else cv2.cvtColor(page.colour, cv2.COLOR_RGB2BGR)
    return Piece(0, 0, name, lambda: _png(pixels))


def _png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def _page_name(name: str, number: int) -> str:
    return f"{shown_name(name)}, page {number}"


def _fault(name: str, fault: UnreadablePicture) -> Piece:
    def load() -> bytes:
        raise fault

    return Piece(0, 0, name, load)


def _too_many(limits: Limits) -> UnreadablePicture:
    return UnreadablePicture(
        "too_many", f"This file holds more than {limits.pictures:,} pictures. Hand it in in parts."
    )


def _hostile(why: str) -> UnreadablePicture:
    return UnreadablePicture("hostile", f"This archive is refused: {why}.")
