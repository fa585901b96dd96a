"""The public face: pictures in, texts out.

For example:

    reader = Reader.load("seed")
    for reading in reader.read([decode(data)]):
        print(reading.text, reading.confidence)
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognizer.bundles.artifacts import Artifact, Classifier, load
from recognizer.files.decoding import MAX_BYTES, Picture, UnreadablePicture, decode_pages
from recognizer.finding import Finding, find_glyphs
from recognizer.finding.grouping import reading_order
from recognizer.judging import shape
from recognizer.recognising.lattice import SURE_WHOLE, Digit, Judged, Mark
from recognizer.recognising.normalisation import FRAME, PAIR_FRAME, normalize_glyph, normalize_pair
from recognizer.recognising.pairs import OUTPUTS, Pairs

PIPELINE = "9"  # version of decoding, finding and preprocessing together: raise it when any answer may change
# Pages of so many marks are read turned where the digits' probabilities, averaged by their logarithms, are low as they
# lie and high turned. (Marks, not digits: one W is cut into four strokes, and turned it is a 3.) In eight photos of
# numbers the sapling gives 0.70 and more upright and 0.40 at most turned (the seed 0.88 and 0.97); in one that lies on
# its side 0.43 as it lies and 0.94 turned (the seed 0.79 and 0.999).
TURNABLE, SURE_UPRIGHT, SURE_TURNED = 4, 0.8, 0.9
# Digits that are likelier wrong than right, averaged as above, are no answer: one of 816 photos has none for that, and
# 1,157 of 1,253 pictures of no digits in which something was found.
UNCLEAR = 0.5
# A glyph in doubt is also seen turned by 9 degrees to either side, smaller and larger: 7 instead of 10 of 551 photos
# seen while developing are read wrongly, and the calibration error of all 806 falls from 1.33 to 0.76 %.
DOUBTFUL = 0.99

# The power of the confidence of a lone mark that was cut apart: it may as well be a letter or a scribble. Of 430 such
# marks made of two or three touching digits those of 50 to 85 % were right four times in ten.
ALONE = 2
# Where it is narrower than so many times its height it is as likely one letter. So is any mark whose pieces are mostly
# 1s and 7s, the strokes of an m, a w, an n. And a digit of an odd shape of which the network is less sure than
# SURE_DIGIT is as likely none.
NARROW, STROKES, SURE_DIGIT, A_LETTER = 1.25, (1, 7), 0.98, 0.5
CENTRE = (FRAME - 1) / 2, (FRAME - 1) / 2
LOOKS = [cv2.getRotationMatrix2D(CENTRE, angle, size) for angle, size in ((9, 1), (-9, 1), (0, 0.88), (0, 1.1))]


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
class Prepared:
    """A picture ready for the network; its pixels are gone.

    `glyphs` is uint8 [n, 28, 28]: for each mark the whole, then its pieces. `pairs` is uint8 [m, 28, 56]: for each mark
    what of these may be two digits. `inks` are the wholes, uint8 [h, w], as `shape.is_odd` looks at them.
    """

    marks: tuple[Mark, ...]
    glyphs: np.ndarray
    pairs: np.ndarray
    inks: tuple[np.ndarray, ...]
    notes: tuple[str, ...]
    outcome: str


class Reader:
    """A model that reads. Make one per process, after the fork; it may be shared by threads."""

    def __init__(self, artifact: Artifact, threads: int = 1) -> None:
        self.name = artifact.name
        self.sha256 = artifact.sha256
        self._calibration = artifact.calibration
        self._classifier = Classifier(artifact, threads)
        self._pairs = Pairs(threads=threads)

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
            if len(prepared[number].marks) >= TURNABLE and _mean_certainty(reading) < SURE_UPRIGHT:
                turned = self._answer([_turned(prepared[number], quarters) for quarters in (1, 3)])
                best = max(turned, key=_mean_certainty)
                if _mean_certainty(best) > SURE_TURNED:
                    readings[number] = best
        return [_unclear(reading) if _is_guess(reading) else reading for reading in readings]

    def _answer(self, prepared: Sequence[Prepared]) -> list[Reading]:
        if not prepared:
            return []
        glyphs = np.concatenate([one.glyphs for one in prepared])
        marks = [mark for one in prepared for mark in one.marks]
        sizes = np.array([len(mark.parts) for mark in marks], int)
        wholes = np.cumsum(sizes) - sizes
        probabilities = np.zeros((len(glyphs), 10))
        probabilities[wholes] = self._probabilities(glyphs[wholes])
        # Most marks that are wide enough for two digits are one, and clearly so: their pieces need no look.
        doubtful = probabilities[wholes].max(axis=1, initial=0) <= SURE_WHOLE
        cut = np.repeat(doubtful, sizes)
        cut[wholes] = False
        probabilities[cut] = self._probabilities(glyphs[cut])
        frames = np.concatenate([one.pairs for one in prepared])
        pairs = np.zeros((len(frames), OUTPUTS))
        looked = np.repeat(doubtful, [len(mark.pairs) for mark in marks])
        pairs[looked] = self._pairs.probabilities(frames[looked])
        readings, start, first = [], 0, 0
        for one in prepared:
            end, last = start + len(one.glyphs), first + len(one.pairs)
            readings.append(_reading(one, probabilities[start:end], pairs[first:last]))
            start, first = end, last
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
    marks, frames, pairs, line = [], [], [], 0
    for number, glyph in enumerate(finding.glyphs):
        separator = _separator(number, glyph.line != line, glyph.gap_before)
        line = glyph.line
        boxes, spans = tuple(piece.box for piece in glyph.pieces), tuple(piece.span for piece in glyph.pieces)
        parts = (glyph, *glyph.pieces)
        wide = tuple(part for part, one in enumerate(parts) if one.wide)
        marks.append(Mark(separator, glyph.box, boxes, spans, wide))
        frames += [normalize_glyph(one.ink) for one in parts]
        pairs += [normalize_pair(parts[part].ink) for part in wide]
    return Prepared(
        tuple(marks),
        np.stack(frames) if frames else np.zeros((0, FRAME, FRAME), np.uint8),
        np.stack(pairs) if pairs else np.zeros((0, *PAIR_FRAME), np.uint8),
        tuple(shape.reduced(glyph.ink) for glyph in finding.glyphs),
        notes + finding.notes,
        finding.outcome_hint,
    )


def _separator(number: int, new_line: bool, gap_before: bool) -> str:
    if number == 0:
        return ""
    return "\n" if new_line else " " if gap_before else ""


def _turned(prepared: Prepared, quarters: int) -> Prepared:
    """The same marks on a page turned anticlockwise. Boxes stay those of the picture; nothing is cut."""
    places = [mark.box for mark in prepared.marks]
    for _ in range(quarters):
        places = [(y, -x - width, height, width) for x, y, width, height in places]
    starts = np.cumsum([0, *(len(mark.parts) for mark in prepared.marks)])
    marks, order, last = [], [], 0
    for number, (index, line, gap_before) in enumerate(reading_order(places)):
        marks.append(Mark(_separator(number, line != last, gap_before), prepared.marks[index].box))
        order.append(index)
        last = line
    glyphs = np.ascontiguousarray(np.rot90(prepared.glyphs[starts[order]], quarters, axes=(1, 2)))
    inks = tuple(np.rot90(prepared.inks[index], quarters) for index in order)
    notes = (*prepared.notes, "the page was turned")
    return Prepared(tuple(marks), glyphs, prepared.pairs[:0], inks, notes, prepared.outcome)


def _is_guess(reading: Reading) -> bool:
    return bool(reading.digits) and _mean_certainty(reading) < UNCLEAR


def _unclear(reading: Reading) -> Reading:
    return replace(reading, text="", confidence=0.0, outcome="unclear")


def _mean_certainty(reading: Reading) -> float:
    return float(reading.confidence ** (1 / len(reading.digits)))


def _reading(prepared: Prepared, ones: np.ndarray, twos: np.ndarray) -> Reading:
    """The reading of marks whose glyphs have the probabilities `ones` [n, 10], and what may be pairs `twos` [m, 21].

    Its confidence is the product of the digits' own, as if they were wrong independently of each other.
    """
    text, confidence, digits, glyphs, start, first = "", 1.0, [], [], 0, 0
    for mark, ink in zip(prepared.marks, prepared.inks, strict=True):
        end, last = start + len(mark.parts), first + len(mark.pairs)
        certainty, found = Judged(
            mark, prepared.glyphs[start:end], ones[start:end], prepared.pairs[first:last], twos[first:last]
        ).read()
        certainty = _doubted(mark, ink, certainty, [digit.digit for digit, _ in found], len(prepared.marks) == 1)
        text += mark.separator + "".join(str(digit.digit) for digit, _ in found)
        confidence *= certainty
        digits += [digit for digit, _ in found]
        glyphs += [glyph for _, glyph in found]
        start, first = end, last
    seen = np.stack(glyphs) if glyphs else prepared.glyphs[:0]
    return Reading(text, confidence if digits else 0.0, prepared.outcome, tuple(digits), prepared.notes, seen)


def _doubted(mark: Mark, ink: np.ndarray, certainty: float, digits: list[int], alone: bool) -> float:
    """How sure a mark is to be these digits, once it is considered that it may be none at all."""
    if len(digits) == 1:
        odd = shape.is_scribble(ink) or (certainty < SURE_DIGIT and shape.is_odd(ink, digits[0]))
        return certainty * A_LETTER if odd else certainty
    if alone:
        _, _, width, height = mark.box
        certainty = certainty**ALONE * (A_LETTER if width < NARROW * height else 1)
    return certainty * (A_LETTER if 2 * sum(digit in STROKES for digit in digits) > len(digits) else 1)
