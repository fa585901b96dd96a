"""A drawn page as a picture of some size that a finder was shown, and which of its marks it found."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing import nondigits
from recognizer.drawing.canvas import SIDE, UNTOLD, Drawing
from recognizer.drawing.pages import page
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.finder import Finder
from recognizer.finding.found import Finding, Found
from recognizer.finding.network import OTHER, FinderNetwork
from recognizer.finding.spots import spots
from recognizer.page import Picture
from recognizer.recognising.normalisation import FRAME, normalize_glyph
from recognizer.symbols import DIGITS

NONE = 0  # in place of a mark's number: nobody wrote what was found
# So much of the ink found must be of a mark, and so much of what both their boxes cover must be in both, a pixel's blur
# aside, for it to be that mark. How dark the ink was found says nothing: pencil is ink.
MINE, SAME, BLUR = 0.6, 0.5, 1
LARGER = 3.0  # times the page as drawn, at most: pictures have from a few to many pixels
# Of what people hand in most is clean paper with numbers on it; what the finder learns from is harder.
CLEAN = 0.85


@dataclass(frozen=True, slots=True)
class Shown:
    """`marks` says of each mark of `finding` which of the page's it is, by its number, NONE or UNTOLD."""

    picture: Picture
    drawing: Drawing
    finding: Finding
    marks: list[int]

    def symbol(self, number: int) -> int:
        """Which sign of ALPHABET a mark of the page is."""
        return self.drawing.marks[number - 1][3]


def shown(handwriting: Handwriting, finder: Finder, randomness: np.random.Generator) -> Shown:
    grey, drawing = page(handwriting, randomness, CLEAN)
    factor = float(np.exp(randomness.uniform(0, np.log(LARGER))))
    picture = Picture.drawn(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC))
    finding = finder.look_for(picture)
    boxes = boxes_of(drawing)
    marks = [_which(found, drawing, factor, boxes) for found in finding.marks]
    taken: set[int] = set()
    for place, number in enumerate(marks):  # a mark that is found in two pieces is found once
        if number > 0 and number in taken:
            marks[place] = NONE
        taken.add(number)
    return Shown(picture, drawing, finding, marks)


def _which(found: Found, drawing: Drawing, factor: float, boxes: NDArray[np.intp]) -> int:
    x, y = (min(SIDE - 1, max(0, int(side / factor))) for side in found.box[:2])
    width, height = (max(1, round(side / factor)) for side in found.box[2:])
    return whose(drawing, boxes, x, y, cv2.resize(found.ink, (width, height), interpolation=cv2.INTER_AREA))


def whose(drawing: Drawing, boxes: NDArray[np.intp], x: int, y: int, ink: NDArray[np.uint8]) -> int:
    """Whose ink [h, w] at x, y of a page it is; `boxes` are those of its marks, by their numbers."""
    owner = drawing.owner[y : y + ink.shape[0], x : x + ink.shape[1]]
    owners = owner[ink[: owner.shape[0], : owner.shape[1]] > 0]
    numbers, counts = np.unique(owners[owners != 0], return_counts=True)
    if not len(numbers):
        return NONE
    likeliest, most = int(numbers[counts.argmax()]), int(counts.max())
    if likeliest == UNTOLD:
        return UNTOLD
    if likeliest < 0 or drawing.marks[likeliest - 1][3] == OTHER or most < MINE * counts.sum():
        return NONE
    low, high = np.array((x, y)), np.array((x + ink.shape[1], y + ink.shape[0]))
    return likeliest if _shared(low, high, boxes[likeliest]) >= SAME else NONE


def _shared(low: NDArray[np.intp], high: NDArray[np.intp], box: NDArray[np.intp]) -> float:
    """The share of the area that two boxes cover, each a blur larger, which both of them do."""
    both = np.maximum(np.minimum(high, box[2:]) - np.maximum(low, box[:2]) + 2 * BLUR, 0).prod()
    areas = (high - low + 2 * BLUR).prod() + (box[2:] - box[:2] + 2 * BLUR).prod()
    return float(both / (areas - both))


@dataclass(frozen=True, slots=True)
class Delivery:
    """Digits as a finder delivers them from pages drawn with this handwriting."""

    handwriting: Handwriting
    network: FinderNetwork

    def glyphs(self, count: int, randomness: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.integer]]:
        """Up to `count` in MNIST's frame, uint8 [n, 28, 28], and which digit each is [n], nondigits.NONE for none.

        Fewer where the finder finds next to nothing.
        """
        glyphs: list[NDArray[np.uint8]] = []
        labels: list[int] = []
        for _ in range(2 * count):
            if len(glyphs) >= count:
                break
            grey, drawing = page(self.handwriting, randomness)
            boxes = boxes_of(drawing)
            for spot in spots(self.network.see(grey)):
                number = whose(drawing, boxes, spot.x, spot.y, spot.ink)
                if number == UNTOLD or spot.symbol >= len(DIGITS):
                    continue
                digit = drawing.marks[number - 1][3] if number > 0 else nondigits.NONE
                if digit < len(DIGITS):
                    glyphs.append(normalize_glyph(spot.ink))
                    labels.append(digit)
        found = np.array(glyphs[:count], np.uint8).reshape(-1, FRAME, FRAME)
        return found, np.array(labels[:count], int)


def boxes_of(drawing: Drawing) -> NDArray[np.intp]:
    """Left, top, right and bottom of each mark's place, by its number, [marks + 1, 4]; nothing of one written over."""
    boxes = np.zeros((len(drawing.marks) + 1, 4), np.intp)
    boxes[:, :2] = SIDE
    rows, columns = np.nonzero(drawing.owner > 0)
    numbers = drawing.owner[rows, columns]
    np.minimum.at(boxes[:, 0], numbers, columns)
    np.minimum.at(boxes[:, 1], numbers, rows)
    np.maximum.at(boxes[:, 2], numbers, columns + 1)
    np.maximum.at(boxes[:, 3], numbers, rows + 1)
    return boxes
