"""A mark as the networks take it: its pixels are gone, but for what they see."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np

from recognizer.finding import Finding, Found
from recognizer.finding.order import Place, reading_order
from recognizer.page import Box, Outcome
from recognizer.recognising.normalisation import FRAME, PAIR_FRAME, normalize_glyph, normalize_pair

SIDE = 96  # pixels: the shape of a mark is looked at this large
NO_FRAMES = np.zeros((0, *PAIR_FRAME), np.uint8)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One mark, and what it may be cut into.

    `separator` sets it apart from the mark before: nothing, a space or a line break. A part is the whole, 0, or a
    piece, from 1: `parts` are their boxes, `glyphs` uint8 [parts, 28, 28] what a network sees of each; `spans` are the
    cuts that each piece lies between. `pairs` are the parts that may be two digits, `frames` uint8 [pairs, 28, 56] what
    is seen of these. `ink` is the whole, uint8 [h, w], no larger than its shape is looked at.
    """

    separator: str
    parts: tuple[Box, ...]
    glyphs: np.ndarray
    ink: np.ndarray
    spans: tuple[tuple[int, int], ...] = ()
    pairs: tuple[int, ...] = ()
    frames: np.ndarray = field(default_factory=lambda: NO_FRAMES)

    @property
    def box(self) -> Box:
        return self.parts[0]

    @property
    def last(self) -> int:
        """The number of the right edge, where the left edge and the cuts are counted from 0."""
        return max((end for _, end in self.spans), default=1)

    def span(self, part: int) -> tuple[int, int]:
        return self.spans[part - 1] if part else (0, self.last)

    @classmethod
    def of(cls, found: Found, separator: str) -> "Candidate":
        parts = (found, *found.pieces)
        wide = tuple(number for number, part in enumerate(parts) if part.wide)
        return cls(
            separator,
            tuple(part.box for part in parts),
            np.stack([normalize_glyph(part.ink) for part in parts]),
            found.ink if max(found.ink.shape) <= SIDE else resized(found.ink),
            tuple(piece.span for piece in found.pieces),
            wide,
            stacked((normalize_pair(parts[number].ink) for number in wide), PAIR_FRAME),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready for the networks: its candidates in reading order, and what its finder said of it."""

    candidates: tuple[Candidate, ...]
    outcome: Outcome
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, finding: Finding, notes: tuple[str, ...]) -> "Prepared":
        candidates, line = [], 0
        for number, found in enumerate(finding.marks):
            candidates.append(Candidate.of(found, separator(number, found.line != line, found.gap_before)))
            line = found.line
        return cls(tuple(candidates), finding.outcome, notes + finding.notes)

    def turned(self, quarters: int) -> "Prepared":
        """The same marks on a page turned anticlockwise. Boxes stay those of the picture; nothing is cut."""
        places: list[Place] = [candidate.box for candidate in self.candidates]
        for _ in range(quarters):
            places = [(y, -x - width, height, width) for x, y, width, height in places]
        candidates, last = [], 0
        for number, (index, line, gap_before) in enumerate(reading_order(places)):
            whole = self.candidates[index]
            glyphs = np.ascontiguousarray(np.rot90(whole.glyphs[:1], quarters, axes=(1, 2)))
            ink = np.rot90(whole.ink, quarters)
            candidates.append(Candidate(separator(number, line != last, gap_before), (whole.box,), glyphs, ink))
            last = line
        return Prepared(tuple(candidates), self.outcome, (*self.notes, "turned_page"))


def separator(number: int, new_line: bool, gap_before: bool) -> str:
    if number == 0:
        return ""
    return "\n" if new_line else " " if gap_before else ""


def stacked(images: Iterable[np.ndarray], shape: tuple[int, int] = (FRAME, FRAME)) -> np.ndarray:
    """Images uint8 [h, w] of this shape as one array [n, h, w]; n may be 0."""
    images = list(images)
    return np.stack(images) if images else np.zeros((0, *shape), np.uint8)


def resized(ink: np.ndarray) -> np.ndarray:
    """Ink uint8 [h, w] SIDE high or wide."""
    height, width = ink.shape
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
