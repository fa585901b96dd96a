"""The public face: pictures in, texts out.

    reader = Reader.load("seed")
    for reading in reader.read([decode(data)]):
        print(reading.text, reading.confidence)
"""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognizer.artifacts import Artifact, Classifier, load
from recognizer.decoding import Picture, UnreadablePicture, decode_pages
from recognizer.finding import Finding, find_glyphs
from recognizer.preprocessing import FRAME, normalize_glyph

PIPELINE = "1"  # version of decoding, finding and preprocessing together: raise it when any answer may change
MAX_FILE_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit: its box (x, y, width, height in the upright original), the likeliest class, all ten probabilities."""

    box: tuple[int, int, int, int]
    digit: int
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a picture says.

    `text` has a space at each word space and a line break at each line; `confidence` is the probability that all of it
    is right. `outcome` is "read", "blank" or "unclear"; the latter two have no digits, and their confidence is 0.
    `glyphs` is what the network saw, uint8 [n, 28, 28].
    """

    text: str
    confidence: float
    outcome: str
    digits: tuple[Digit, ...]
    notes: tuple[str, ...]
    glyphs: np.ndarray


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready for the network: what was found in it, and the glyphs uint8 [n, 28, 28]. Its pixels are gone."""

    boxes: tuple[tuple[int, int, int, int], ...]
    separators: tuple[str, ...]
    glyphs: np.ndarray
    notes: tuple[str, ...]
    outcome: str


class Reader:
    """A model that reads. Make one per process, after the fork; it may be shared by threads."""

    def __init__(self, artifact: Artifact, threads: int = 1) -> None:
        self.name = artifact.name
        self.sha256 = artifact.sha256
        self._calibration = artifact.calibration
        self._classifier = Classifier(artifact, threads)

    @classmethod
    def load(cls, path_or_name: str | Path) -> "Reader":
        """A model that ships, by its name, or any model's folder."""
        return cls(load(path_or_name))

    def prepare(self, picture: Picture) -> Prepared:
        """Find and normalize the glyphs of a picture."""
        return _prepared(find_glyphs(picture), picture.notes)

    def answer(self, prepared: Sequence[Prepared]) -> list[Reading]:
        """The readings of prepared pictures, in their order, from one pass over all their glyphs together."""
        if not prepared:
            return []
        logits = self._classifier.logits(np.concatenate([one.glyphs for one in prepared]))
        probabilities = self._calibration.probabilities(logits)
        readings, start = [], 0
        for one in prepared:
            readings.append(_reading(one, probabilities[start : start + len(one.glyphs)]))
            start += len(one.glyphs)
        return readings

    def read(self, pictures: Iterable[Picture]) -> list[Reading]:
        """The readings of pictures, in their order."""
        return self.answer([self.prepare(picture) for picture in pictures])


def strip_png(glyphs: np.ndarray) -> bytes:
    """Glyphs uint8 [n, 28, 28] side by side as one PNG; of none, a single empty frame."""
    strip = np.hstack(list(glyphs)) if len(glyphs) else np.zeros((FRAME, FRAME), np.uint8)
    return cv2.imencode(".png", strip)[1].tobytes()


def read_file(path: str | os.PathLike[str], reader: Reader) -> Iterator[dict[str, Any]]:
    """One plain dict for a file, or one a page where it has several; a file that gives no picture has its `error`."""
    try:
        with open(path, "rb") as file:
            pages = list(decode_pages(file.read(MAX_FILE_BYTES)))
    except OSError as fault:
        yield _row(path, None, error=f"This file cannot be opened: {fault.strerror or fault}.")
        return
    for number, page in enumerate(pages, start=1):
        if isinstance(page, UnreadablePicture):
            row = _row(path, None, error=str(page))
        else:
            row = _row(path, reader.read([page])[0])
        yield row | ({"page": number} if len(pages) > 1 else {})


def read_paths(paths: Iterable[str | os.PathLike[str]], reader: Reader) -> Iterator[dict[str, Any]]:
    """`read_file` of every file met, folders walked in sorted order. Never stops at a bad file."""
    for path in paths:
        for file in _files(Path(path)):
            yield from read_file(file, reader)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):  # links to folders are not followed, so that no loop can hold it
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names))


def _row(path: str | os.PathLike[str], reading: Reading | None, error: str | None = None) -> dict[str, Any]:
    return {
        "path": os.fspath(path),
        "text": reading.text if reading else "",
        "confidence": reading.confidence if reading else 0.0,
        "outcome": reading.outcome if reading else None,
        "digits": [
            {"box": list(digit.box), "digit": digit.digit, "probabilities": list(digit.probabilities)}
            for digit in (reading.digits if reading else ())
        ],
        "notes": list(reading.notes) if reading else [],
        "error": error,
    }


def _prepared(finding: Finding, notes: tuple[str, ...]) -> Prepared:
    glyphs = finding.glyphs
    separators, line = [], 0
    for number, glyph in enumerate(glyphs):
        separators.append("" if not number else "\n" if glyph.line != line else " " if glyph.gap_before else "")
        line = glyph.line
    frames = [normalize_glyph(glyph.ink) for glyph in glyphs]
    return Prepared(
        boxes=tuple(glyph.box for glyph in glyphs),
        separators=tuple(separators),
        glyphs=np.stack(frames) if frames else np.zeros((0, FRAME, FRAME), np.uint8),
        notes=notes + finding.notes,
        outcome=finding.outcome_hint,
    )


def _reading(prepared: Prepared, probabilities: np.ndarray) -> Reading:
    best = probabilities.argmax(axis=1)
    digits = tuple(
        Digit(box, int(digit), tuple(float(p) for p in row))
        for box, digit, row in zip(prepared.boxes, best, probabilities, strict=True)
    )
    text = "".join(f"{separator}{digit}" for separator, digit in zip(prepared.separators, best, strict=True))
    tops = (float(p) for p in probabilities.max(axis=1))
    confidence = math.prod(tops) if digits else 0.0
    return Reading(text, confidence, prepared.outcome, digits, prepared.notes, prepared.glyphs)
