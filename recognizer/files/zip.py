"""What is in a zip archive, judged by its table of contents before a byte of it is unpacked.

What a person packed by mistake is left out by name; what nobody packs by mistake (ways out of the folder, links,
entries that overlap, sizes that do not fit) refuses the whole. Names are text to show, never paths.
"""

import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import BinaryIO

from recognizer.files import earlier, labels
from recognizer.files.budget import Budget
from recognizer.files.formats import CONTAINERS, HEAD, format_of, looks_like
from recognizer.files.pdf import pdf_pieces
from recognizer.files.piece import Limits, Piece, faulty, shown_name
from recognizer.files.tiff import tiff_pieces
from recognizer.page import Fault

JUNK = {"thumbs.db", "desktop.ini"}
# Scans of paper shrink a little when they are packed; a blank page as a bitmap may shrink two hundredfold.
MOST_RATIO, RATIO_COUNTS_FROM = 250, 64 * 2**20
LOCAL_HEADER = 30  # bytes of what stands before an entry's name, at least
ENCRYPTED = 0x1


def zip_pieces(file: BinaryIO, limits: Limits, budget: Budget) -> Iterator[Piece]:
    with _opened(file, limits) as archive:
        _refuse_hostile(archive.infolist(), limits)
        entries = [info for info in archive.infolist() if not (info.is_dir() or _is_junk(info.filename))]
        tables = [info for info in entries if labels.is_table(info.filename)]
        before = [info for info in entries if earlier.is_table(info.filename)]
        pictures = [info for info in entries if not (labels.is_table(info.filename) or earlier.is_table(info.filename))]
        entries = sorted(pictures, key=lambda info: counted(info.filename))
        if not entries:
            raise Fault("archive_empty")
        for info in before:
            yield earlier.table_piece(info.filename, partial(_read, archive, info, earlier.MOST_BYTES + 1))
        said = _labels(archive, tables, entries)
        for info in entries:
            for piece in _entry(archive, info, limits, budget):
                told = _told(piece, info, said[info.filename]) if said else piece
                yield replace(told, of=max(len(entries), piece.of))


def counted(name: str) -> list[tuple[int, str]]:
    """A key by which names sort as people count: scan_2 before scan_10."""
    parts = [part.lstrip("0") if part.isdecimal() else part for part in re.split("([0-9]+)", name.casefold())]
    return [(len(part) if place % 2 else 0, part) for place, part in enumerate(parts)]


def _labels(archive: zipfile.ZipFile, tables: list[zipfile.ZipInfo], entries: list[zipfile.ZipInfo]) -> dict[str, str]:
    """What the archive says is written on its entries; nothing where it has no table."""
    if not tables:
        return {}
    if len(tables) > 1:
        raise labels.refused(Fault("labels_several", count=len(tables)))
    if tables[0].file_size > labels.MOST_BYTES:
        raise labels.refused(Fault("labels_too_large", most=labels.MOST_BYTES // 2**20))
    folder = tables[0].filename.replace("\\", "/").rpartition("/")
    return labels.read_labels(_content(archive, tables[0]), folder[0] + folder[1], [info.filename for info in entries])


def _told(piece: Piece, info: zipfile.ZipInfo, label: str) -> Piece:
    if piece.name == shown_name(info.filename):
        return replace(piece, label=label)
    return faulty(piece.name, Fault("label_for_several_pages", table=labels.TABLE))


def _opened(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    # Each entry costs some 600 bytes of memory once its table is read, so that millions are counted before that.
    signatures = sum(block.count(b"PK\x01\x02") for block in iter(lambda: file.read(2**20), b""))
    file.seek(0)
    if signatures > limits.pictures + 1000:
        raise Fault("too_many_pictures", most=limits.pictures)
    try:
        return zipfile.ZipFile(file)
    except Exception as fault:  # as variously as the entries
        raise Fault("archive_damaged") from fault


def _refuse_hostile(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.pictures:
        raise Fault("too_many_pictures", most=limits.pictures)
    packed, unpacked = sum(info.compress_size for info in entries), sum(info.file_size for info in entries)
    if unpacked > limits.unpacked_bytes or (unpacked > RATIO_COUNTS_FROM and unpacked > MOST_RATIO * packed):
        raise Fault("archive_too_large")
    for info in entries:
        if not info.filename:
            raise Fault("archive_hostile", why="no_name")
        if _leads_out(info.orig_filename):
            raise Fault("archive_hostile", why="leads_out")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Fault("archive_hostile", why="link")
        if info.flag_bits & ENCRYPTED:
            raise Fault("archive_locked")
    places = sorted((info.header_offset, info.compress_size + len(info.orig_filename)) for info in entries)
    for (start, size), (following, _) in pairwise(places):
        if start + LOCAL_HEADER + size > following:
            raise Fault("archive_hostile", why="overlap")


def _leads_out(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return ".." in parts or name.startswith(("/", "\\")) or bool(re.match(r"[A-Za-z]:", name))


def _is_junk(name: str) -> bool:
    *folders, last = name.replace("\\", "/").split("/")
    return "__MACOSX" in folders or last.lower() in JUNK or last.startswith(".")


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits, budget: Budget) -> Iterator[Piece]:
    """The picture, or the pages, of one file in an archive."""
    name = shown_name(info.filename)
    try:
        head = _read(archive, info, HEAD)
    except Fault as fault:
        yield faulty(name, fault)
        return
    kind = format_of(head)
    if kind is None:
        yield faulty(name, Fault("not_a_picture", looks_like=looks_like(head)) if head else Fault("empty"))
    elif kind == "ZIP":
        yield faulty(name, Fault("archive_nested"))
    elif info.file_size > limits.picture_bytes:
        yield faulty(name, Fault("entry_too_large", most=round(limits.picture_bytes / 2**20)))
    elif kind in CONTAINERS:
        if budget.is_spent:  # there may be thousands, each of which takes long to open; and a piece keeps its number
            raise Fault("file_too_slow")
        try:
            data = _content(archive, info)
            yield from pdf_pieces(data, name, limits, budget) if kind == "PDF" else tiff_pieces(data, name, budget)
        except Fault as fault:
            yield faulty(name, fault)
    else:
        yield Piece(0, 0, name, partial(_content, archive, info))


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
        raise Fault("entry_damaged") from fault
