"""Bytes to pictures: every format, every limit, every named fault, and what is inside files that hold several."""

from recognizer.files.budget import Budget
from recognizer.files.decode import decode
from recognizer.files.display import DISPLAY_SIDE, TINY_SIDE, display_copy
from recognizer.files.limits import MAX_BYTES, MAX_PAGES, MAX_PIXELS, MAX_SIDE
from recognizer.files.pages import decode_pages, pages
from recognizer.files.piece import Limits, Piece
from recognizer.files.pixels import WORK_SIDE
from recognizer.files.sandbox import sandbox
from recognizer.files.strip import strip_marks, strip_png
from recognizer.files.unpack import unpack

__all__ = [
    "DISPLAY_SIDE",
    "MAX_BYTES",
    "MAX_PAGES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "TINY_SIDE",
    "WORK_SIDE",
    "Budget",
    "Limits",
    "Piece",
    "decode",
    "decode_pages",
    "display_copy",
    "pages",
    "sandbox",
    "strip_marks",
    "strip_png",
    "unpack",
]
