"""The public face: pictures in, texts out.

For example:

    reader = Reader.load("seed")
    for reading in reader.read([decode(data)]):
        print(reading.text, reading.confidence)
"""

import errno
import math
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognizer.artifacts import Artifact, Classifier, load
from recognizer.decoding import MAX_BYTES, Picture, UnreadablePicture, decode_pages
from recognizer.finding import Finding, find_glyphs
from recognizer.finding.grouping import reading_order
from recognizer.preprocessing import FRAME, normalize_glyph

PIPELINE = "5"  # version of decoding, finding and preprocessing together: raise it when any answer may change
# How much likelier, by their logarithms, the pieces have to be than the whole: for each cut, since a sliver of a digit
# is a good 1; and less for a whole that is wider than high, for each time its height that it is wider.
# Of a whole that it is surer of than SURE_WHOLE there is no doubt.
CUT_COST, WIDE_COST, SURE_WHOLE = 1.0, 4.0, 0.95
# Numbers of so many digits are read turned where the digits' probabilities, averaged by their logarithms, are low as
# they lie and high turned. In eight photos of numbers the sapling gives 0.70 and more upright and 0.40 at most turned
# (the seed 0.88 and 0.97); in one that lies on its side 0.43 as it lies and 0.94 turned (the seed 0.79 and 0.999).
TURNABLE, SURE_UPRIGHT, SURE_TURNED = 4, 0.8, 0.9
# Digits that are likelier wrong than right, averaged as above, are no answer: of 816 photos one lies below, a mistake,
# and 762 of 904 pictures of no digits in which something was found.
UNCLEAR = 0.5
# A glyph in doubt is also seen turned by 9 degrees to either side, smaller and larger: 7 instead of 10 of 551 photos
# seen while developing are read wrongly, and the calibration error of all 806 falls from 1.33 to 0.76 %.
DOUBTFUL = 0.99
CENTRE = (FRAME - 1) / 2, (FRAME - 1) / 2
LOOKS = [cv2.getRotationMatrix2D(CENTRE, angle, size) for angle, size in ((9, 1), (-9, 1), (0, 0.88), (0, 1.1))]


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
    is right. `outcome` is "read", "blank" or "unclear"; the latter two have no text, and their confidence is 0.
    `digits` and `glyphs`, what the network saw, uint8 [n, 28, 28], are there wherever anything was found: people may
    have to say what it is.
    """

    text: str
    confidence: float
    outcome: str
    digits: tuple[Digit, ...]
    notes: tuple[str, ...]
    glyphs: np.ndarray


@dataclass(frozen=True, slots=True)
class Mark:
    """One glyph as found: what separates it from the one before, its box, and what it may be cut into.

    `pieces` are the boxes of the pieces, `spans` the cuts that each lies between.
    """

    separator: str
    box: tuple[int, int, int, int]
    pieces: tuple[tuple[int, int, int, int], ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready for the network; its pixels are gone.

    `glyphs` is uint8 [n, 28, 28]: for each mark the whole, then its pieces.
    """

    marks: tuple[Mark, ...]
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
        """The readings of prepared pictures, in their order, from one pass over all their glyphs together.

        Numbers that make no sense as they lie are looked at once more, turned to either side: phones forget how they
        were held.
        """
        readings = self._answer(prepared)
        for number, reading in enumerate(readings):
            if len(reading.digits) >= TURNABLE and _mean_top(reading) < SURE_UPRIGHT:
                turned = self._answer([_turned(prepared[number], quarters) for quarters in (1, 3)])
                best = max(turned, key=_mean_top)
                if _mean_top(best) > SURE_TURNED:
                    readings[number] = best
        return [_unclear(reading) if _is_guess(reading) else reading for reading in readings]

    def _answer(self, prepared: Sequence[Prepared]) -> list[Reading]:
        if not prepared:
            return []
        glyphs = np.concatenate([one.glyphs for one in prepared])
        marks = [mark for one in prepared for mark in one.marks]
        sizes = np.array([1 + len(mark.pieces) for mark in marks], int)
        wholes = np.cumsum(sizes) - sizes
        probabilities = np.zeros((len(glyphs), 10))
        probabilities[wholes] = self._probabilities(glyphs[wholes])
        # Most marks that are wide enough for two digits are one, and clearly so: their pieces need no look.
        cut = np.repeat(probabilities[wholes].max(axis=1, initial=0) <= SURE_WHOLE, sizes)
        cut[wholes] = False
        probabilities[cut] = self._probabilities(glyphs[cut])
        readings, start = [], 0
        for one in prepared:
            readings.append(_reading(one, probabilities[start : start + len(one.glyphs)]))
            start += len(one.glyphs)
        return readings

    def _probabilities(self, glyphs: np.ndarray) -> np.ndarray:
        """Of glyphs uint8 [n, 28, 28], [n, 10]; doubtful ones are looked at again askew, and all looks averaged.

        Simonyan, Zisserman: Very Deep Convolutional Networks (2014), arXiv 1409.1556, on augmentation while testing.
        """
        probabilities = self._calibration.probabilities(self._classifier.logits(glyphs))
        doubtful = np.flatnonzero(probabilities.max(axis=1, initial=0) < DOUBTFUL)
        if len(doubtful):
            askew = [cv2.warpAffine(glyphs[index], look, (FRAME, FRAME)) for look in LOOKS for index in doubtful]
            again = self._calibration.probabilities(self._classifier.logits(np.stack(askew)))
            again = again.reshape(len(LOOKS), len(doubtful), -1)
            probabilities[doubtful] = (probabilities[doubtful] + again.sum(axis=0)) / (1 + len(LOOKS))
        return probabilities

    def read(self, pictures: Iterable[Picture]) -> list[Reading]:
        """The readings of pictures, in their order."""
        return self.answer([self.prepare(picture) for picture in pictures])


def strip_png(glyphs: np.ndarray) -> bytes:
    """Glyphs uint8 [n, 28, 28] side by side as one PNG; of none, a single empty frame."""
    strip = np.hstack(list(glyphs)) if len(glyphs) else np.zeros((FRAME, FRAME), np.uint8)
    return cv2.imencode(".png", strip)[1].tobytes()


def strip_glyphs(png: bytes, count: int) -> np.ndarray:
    """The `count` glyphs uint8 [count, 28, 28] that `strip_png` put side by side; none where these are not so many."""
    strip = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if count else None
    if strip is None or strip.shape != (FRAME, count * FRAME):
        return np.zeros((0, FRAME, FRAME), np.uint8)
    return np.stack(np.hsplit(strip, count))


def read_file(path: str | os.PathLike[str], reader: Reader) -> Iterator[dict[str, Any]]:
    """One plain dict for a file, or one a page where it has several; a file that gives no picture has its `error`."""
    try:
        data = _contents(path)
    except OSError as fault:
        yield _row(path, None, error=f"This file cannot be opened: {fault.strerror or fault}.")
        return
    # One page is held back, for only the second tells that there are several, and a hundred would not fit in memory.
    held, number = None, 0
    for page in decode_pages(data):
        if held is not None:
            number += 1
            yield held | {"page": number}
        if isinstance(page, UnreadablePicture):
            held = _row(path, None, error=str(page))
        else:
            held = _row(path, reader.read([page])[0])
    if held is not None:
        yield held | {"page": number + 1} if number else held


def _contents(path: str | os.PathLike[str]) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # or a named pipe would hold us for ever
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        return file.read(MAX_BYTES + 1)


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
    marks, frames, line = [], [], 0
    for number, glyph in enumerate(finding.glyphs):
        separator = _separator(number, glyph.line != line, glyph.gap_before)
        line = glyph.line
        boxes, spans = tuple(piece.box for piece in glyph.pieces), tuple(piece.span for piece in glyph.pieces)
        marks.append(Mark(separator, glyph.box, boxes, spans))
        frames += [normalize_glyph(one.ink) for one in (glyph, *glyph.pieces)]
    stacked = np.stack(frames) if frames else np.zeros((0, FRAME, FRAME), np.uint8)
    return Prepared(tuple(marks), stacked, notes + finding.notes, finding.outcome_hint)


def _separator(number: int, new_line: bool, gap_before: bool) -> str:
    if number == 0:
        return ""
    return "\n" if new_line else " " if gap_before else ""


def _turned(prepared: Prepared, quarters: int) -> Prepared:
    """The same marks on a page turned anticlockwise. Boxes stay those of the picture; pieces are those of no digit."""
    places = [mark.box for mark in prepared.marks]
    for _ in range(quarters):
        places = [(y, -x - width, height, width) for x, y, width, height in places]
    starts = np.cumsum([0, *(1 + len(mark.pieces) for mark in prepared.marks)])
    marks, chosen, last = [], [], 0
    for number, (index, line, gap_before) in enumerate(reading_order(places)):
        marks.append(Mark(_separator(number, line != last, gap_before), prepared.marks[index].box))
        chosen.append(int(starts[index]))
        last = line
    glyphs = np.ascontiguousarray(np.rot90(prepared.glyphs[chosen], quarters, axes=(1, 2)))
    return Prepared(tuple(marks), glyphs, (*prepared.notes, "the page was turned"), prepared.outcome)


def _is_guess(reading: Reading) -> bool:
    return bool(reading.digits) and _mean_top(reading) < UNCLEAR


def _unclear(reading: Reading) -> Reading:
    return replace(reading, text="", confidence=0.0, outcome="unclear")


def _mean_top(reading: Reading) -> float:
    return math.exp(sum(math.log(max(digit.probabilities)) for digit in reading.digits) / len(reading.digits))


def _reading(prepared: Prepared, probabilities: np.ndarray) -> Reading:
    """The reading of marks whose glyphs, wholes and pieces, have these probabilities [n, 10].

    Its confidence is the product of the digits' own, as if they were wrong independently of each other.
    """
    tops = probabilities.max(axis=1)
    text, chosen, digits, position = "", [], [], 0
    for mark in prepared.marks:
        boxes = (mark.box, *mark.pieces)
        parts = _parts(mark, tops[position : position + len(boxes)])
        text += mark.separator
        for part in parts:
            row = probabilities[position + part]
            chosen.append(position + part)
            digits.append(Digit(boxes[part], int(row.argmax()), tuple(float(p) for p in row)))
            text += str(digits[-1].digit)
        position += len(boxes)
    confidence = float(tops[chosen].prod()) if digits else 0.0
    return Reading(text, confidence, prepared.outcome, tuple(digits), prepared.notes, prepared.glyphs[chosen])


def _parts(mark: Mark, tops: np.ndarray) -> list[int]:
    """What a mark is read as: 0 for the whole, else the numbers of pieces that make it up, from 1.

    `tops` [1 + pieces] is how sure the network is of each. Of all ways from the first cut to the last the likeliest is
    taken, found from cut to cut as in a lattice.
    """
    if not mark.pieces or tops[0] > SURE_WHOLE:
        return [0]
    sure = np.log(np.maximum(tops, 1e-9))
    ways: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for number in sorted(range(len(mark.pieces)), key=lambda index: mark.spans[index]):
        start, end = mark.spans[number]
        if start in ways:
            likely = ways[start][0] + float(sure[1 + number]) - CUT_COST * (start > 0)
            if likely > ways.get(end, (-math.inf, []))[0]:
                ways[end] = (likely, [*ways[start][1], 1 + number])
    _, _, width, height = mark.box
    whole = float(sure[0]) - WIDE_COST * max(0.0, width / height - 1)
    cut, parts = ways.get(max(end for _, end in mark.spans), (-math.inf, [0]))
    return parts if cut > whole else [0]
