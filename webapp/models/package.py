"""What begins like a zip archive and is none of pictures: documents, books, programs.

Told by the names in their table of contents, or by the type that stands at their beginning; nothing is unpacked.
"""

import struct
from collections.abc import Iterator

from django.core.files.base import File

ZIP = b"PK\x03\x04"
# Where OpenDocument files and books say what they are: their first entry is stored as it is and has this name.
TYPED, TYPE_AT, MOST_TYPE = b"mimetype", 38, 80
# The end of a table of contents, which comments may follow, and as much of a table as is looked at.
END, END_SIZE, MOST_COMMENT = b"PK\x05\x06", 22, 2**16
ENTRY, ENTRY_SIZE, MOST_TABLE = b"PK\x01\x02", 46, 2**18

TYPES = {b"application/vnd.oasis.opendocument": "opendocument", b"application/epub+zip": "book"}
OFFICE = {b"word/": "word", b"xl/": "excel", b"ppt/": "powerpoint"}


def package_in(file: File) -> str:
    """Its kind, as its sentence in `webapp.faults` tells it; "" for archives like any other and for what is no zip."""
    start = _read(file, 0, TYPE_AT + MOST_TYPE)
    if not start.startswith(ZIP):
        return ""
    if start[30:TYPE_AT] == TYPED:
        return next((kind for said, kind in TYPES.items() if start[TYPE_AT:].startswith(said)), "")
    return _kind(set(_names(file)))


def _kind(names: set[bytes]) -> str:
    if b"[Content_Types].xml" in names:
        return next((kind for folder, kind in OFFICE.items() if any(name.startswith(folder) for name in names)), "")
    if b"AndroidManifest.xml" in names:
        return "android"
    program = b"META-INF/MANIFEST.MF" in names and any(name.endswith(b".class") for name in names)
    return "java" if program else ""


def _names(file: File) -> Iterator[bytes]:
    """The names of the first entries; none where the table of contents is not where it should be."""
    size = file.size or 0
    tail = _read(file, max(0, size - END_SIZE - MOST_COMMENT), END_SIZE + MOST_COMMENT)
    end = tail[tail.rfind(END) :]
    if not end.startswith(END) or len(end) < END_SIZE:
        return
    length, place = struct.unpack_from("<LL", end, 12)
    table, at = _read(file, place, min(length, MOST_TABLE)), 0
    while table[at : at + 4] == ENTRY and at + ENTRY_SIZE <= len(table):
        name, extra, comment = struct.unpack_from("<3H", table, at + 28)
        yield table[at + ENTRY_SIZE : at + ENTRY_SIZE + name]
        at += ENTRY_SIZE + name + extra + comment


def _read(file: File, place: int, size: int) -> bytes:
    file.seek(place)
    data: bytes = file.read(size)
    file.seek(0)
    return data
