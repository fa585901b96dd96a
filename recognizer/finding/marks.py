"""Which of a picture's strokes are digits, in reading order."""

import math
from dataclasses import replace

import cv2
import numpy as np

from recognizer.finding.cutting import pieces
from recognizer.finding.found import Finding, Found
from recognizer.finding.frames import without_frames
from recognizer.finding.grouping import ONE_DIGIT, Strokes, group_strokes
from recognizer.finding.ink import stroke_mask
from recognizer.finding.paper import Departure, departure_from_paper
from recognizer.finding.strays import are_what_is_shown, is_stray, is_tangle
from recognizer.page import Box, Picture

MAX_MARKS = 256  # a page of small numbers; what has more marks than that is no number
MAX_CUT = 32  # wide marks: where more are, they are no digits that touch
MIN_HEIGHT = 5  # pixels: MNIST's digits, 20 high, can still be read at a quarter of their size, and not below
MIN_SHARE = 0.012  # of the picture's longer side: what is smaller on a sheet is dust
FAINTEST_MARK = 15  # of 255, on average: the softest pencil in 433 photos has 17, a crease or a stain less
AS_CLEAR = 0.75  # of the ink of a clear one: beside it a mark is as good, however the light falls
CLEAR = 2  # times the noise of the paper, on average: the least in 816 photos is 2.3, the rim of a shadow has about 1.4
WIDEST = 3  # times its height: a longer mark is a dash
TOUCHING = 0.6  # times its height: two digits that touch are at least so wide together, a 1 and another too
CUT_ALONE = 1.25  # times its height: where nothing else is written a narrower mark may be a pair, its pieces are none
LOW_CONTRAST = 40  # of 255: the mean ink of soft pencil


def find_marks(picture: Picture) -> Finding:
    """The digits of a picture in reading order. Bounded in time and memory by the size of `picture.grey`."""
    departure = departure_from_paper(picture.grey)
    strokes, ruling = stroke_mask(departure)
    mask = without_frames(strokes)
    ruled = ("ruled",) if ruling.thickness else ()
    notes = [*departure.notes, *ruled]
    groups, labels = group_strokes(mask, departure.ink)
    rows, columns = mask.shape
    marks = _clear(groups, departure, max(rows, columns))
    if max(rows, columns) > ONE_DIGIT:
        marks = [group for group in marks if not is_stray(group, labels, ruling, departure)]
    if not marks:
        return Finding((), ruled, "blank")  # where no ink is, none is light or dark
    least = _least(max(rows, columns))
    digits = [group for group in marks if group.height >= least and group.width <= WIDEST * group.height]
    if not 0 < len(digits) <= MAX_MARKS or min(rows, columns) < MIN_HEIGHT:
        return Finding((), tuple(notes), "unclear")
    printed = ruling.mask | (strokes & ~mask)
    if all(is_tangle(group, labels) for group in digits) or not are_what_is_shown(digits, departure, printed):
        return Finding((), tuple(notes), "unclear")
    if any(group.x == 0 or group.y == 0 or group.right == columns or group.bottom == rows for group in digits):
        notes.append("touches_edge")
    if sum(group.ink for group in digits) < LOW_CONTRAST * len(digits):
        notes.append("low_contrast")
    slim, whole = TOUCHING, CUT_ALONE if len(digits) == 1 else TOUCHING
    if max(rows, columns) <= ONE_DIGIT or sum(group.width >= slim * group.height for group in digits) > MAX_CUT:
        slim = math.inf
    found = (_found(group, slim, whole, labels, departure, picture) for group in digits)
    return Finding(tuple(found), tuple(notes), "read")


def _least(side: int) -> float:
    """Pixels that a mark must measure in a picture so long."""
    return max(MIN_HEIGHT, MIN_SHARE * side)


def _clear(groups: list[Strokes], departure: Departure, side: int) -> list[Strokes]:
    """Those large and dark enough to be more than dust, creases and noise."""
    large = [group for group in groups if max(group.width, group.height) >= _least(side)]
    faintest = max(FAINTEST_MARK, CLEAR * departure.noise)
    clear = [group.ink for group in large if group.ink >= faintest]
    faintest = min([faintest, *(AS_CLEAR * ink for ink in clear)])
    return [group for group in large if group.ink >= faintest]


def _found(
    group: Strokes, slim: float, whole: float, labels: np.ndarray, departure: Departure, picture: Picture
) -> Found:
    """From `slim` times its height on it may be two digits, from `whole` times it is cut into pieces."""
    # The soft edge of a stroke lies outside its mask: a margin keeps it, where no other glyph claims it.
    rows, columns = labels.shape
    margin = max(2, round(0.03 * max(group.width, group.height)))
    left, top = max(0, group.x - margin), max(0, group.y - margin)
    right, bottom = min(columns, group.x + group.width + margin), min(rows, group.y + group.height + margin)
    inside = labels[top:bottom, left:right]
    members = np.zeros(max(int(inside.max()), *group.members) + 1, np.uint8)
    members[group.members] = 1
    own = members[inside]
    near = cv2.dilate(own, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    others = (inside > 0) & (own == 0)
    ink = np.where((near > 0) & ~others, departure.ink[top:bottom, left:right], 0).astype(np.uint8)
    ink[ink <= departure.noise] = 0
    scale = picture.width / columns, picture.height / rows
    found = Found(_box(left, top, ink, *scale), ink, group.line, group.gap_before)
    if group.width < slim * group.height or group.width < 2 * MIN_HEIGHT:
        return found
    if group.width < whole * group.height:
        return replace(found, wide=True)
    cut = [
        Found(
            _box(left + piece.left, top, piece.ink, *scale), piece.ink, group.line, False,
            wide=piece.ink.shape[1] >= TOUCHING * group.height, span=(piece.start, piece.end),
        )
        for piece in pieces(ink)
    ]  # fmt: skip
    return replace(found, wide=True, pieces=tuple(cut))


def _box(left: int, top: int, ink: np.ndarray, across: float, down: float) -> Box:
    """Where the ink of a crop at left, top lies in the upright original, which is larger by across and down."""
    x, y, width, height = cv2.boundingRect(ink)
    return Box(
        int((left + x) * across),
        int((top + y) * down),
        max(1, round(width * across)),
        max(1, round(height * down)),
    )
