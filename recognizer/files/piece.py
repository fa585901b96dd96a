"""One picture inside a file that holds several."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from recognizer.files.limits import MAX_BYTES
from recognizer.page import Fault

LONGEST_NAME = 255


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
    on it where its archive says so, "" where it is blank. `is_table` says that it is no picture, but the table of
    earlier values. `load` raises Fault.
    """

    number: int
    of: int
    name: str
    load: Callable[[], bytes]
    label: str | None = None
    is_table: bool = False


def shown_name(name: str) -> str:
    """A name as it came, without what cannot be seen or would turn its letters round, and no longer than file systems
    have them: an archive's may have 65,535 bytes. What tells one file from another stands at its end."""
    return "".join(letter if letter.isprintable() else "_" for letter in name[-LONGEST_NAME:])


def page_name(name: str, number: int) -> str:
    return f"{shown_name(name)}, page {number}"


def faulty(name: str, fault: Fault) -> Piece:
    def load() -> bytes:
        raise fault

    return Piece(0, 0, name, load)


def png_of(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()
