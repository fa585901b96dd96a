"""What a file is, by its first bytes: the one list of signatures. Names and endings are never looked at."""

import struct
from typing import Literal

from recognizer.page import Fault

Format = Literal["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "HEIF", "PDF", "ZIP"]

HEAD = 512  # bytes that tell what a file is

SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"PK\x07\x08", "ZIP"),
)
# May hold several pictures, so they are unpacked before they are read.
CONTAINERS: frozenset[Format] = frozenset({"ZIP", "PDF", "TIFF"})
# By brand, in the first box of an ISO media file.
AVIF_BRANDS = (b"avif", b"avis")
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
# What people hand in by mistake, whatever blank space or byte order mark comes before.
STRANGERS = (
    (b"%pdf", "pdf"),
    (b"%!ps", "postscript"),
    (b"pk\x03\x04", "zip"),
    (b"<svg", "svg"),
    (b"<?xml", "xml"),
    (b"<", "html"),
)


def format_of(head: bytes) -> Format | None:
    """The format that a file's first HEAD bytes announce; None where it is none of these."""
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    return _boxed_format(head) if head[4:8] == b"ftyp" else None


def _boxed_format(head: bytes) -> Format | None:
    brands = head[8 : min(struct.unpack_from(">I", head)[0], 256)]
    if any(brand in brands for brand in AVIF_BRANDS):
        return "AVIF"
    return "HEIF" if any(brand in brands for brand in HEIF_BRANDS) else None


def picture_format(head: bytes) -> Format:
    """The format of a picture. Raises Fault `not_a_picture`, with what it looks like instead."""
    kind = format_of(head)
    if kind is None or kind in ("PDF", "ZIP"):
        raise Fault("not_a_picture", looks_like=looks_like(head))
    return kind


def looks_like(head: bytes) -> str:
    """What else a file seems to be: a slug, "" where nobody knows."""
    if head[4:8] == b"ftyp":
        return "video"
    start = head[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, name in STRANGERS:
        if start.startswith(signature):
            return name
    printable = all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in head[:HEAD])
    return "text" if printable else ""
