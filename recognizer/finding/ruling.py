"""Printed lines and grids, taken out of the strokes again."""

from dataclasses import dataclass

import cv2
import numpy as np

SEGMENT = 0.04  # of the side: long enough to be straight, short enough that a tilted or curled line still holds it
GAP = 0.45  # of the side: what a fold, a shadow or a digit written over a line may hide of it
DRIFT = 0.01  # of the side: how far a tilted line may wander up or down within a gap
SPAN = 0.5  # of the side: ruled lines are at least so long, and run off the picture
SMALLEST = 64  # pixels: on a smaller picture lines cannot be told from strokes
THICK = 0.05  # of the longer side: a ruled line is thinner
BROAD = 0.01  # of the side: a stroke is broader, a printed line that crosses is not
MANY = 3  # so many lines are ruled if each runs off at one end; fewer may be stems of digits and must cross it all
ALIKE = 1.5  # times the thickness of the other lines: a margin's line is not thicker
ASTRAY = 0.25  # of its thickness: how far a line's edge may lie from where it runs
HELD = 0.45  # of the side: a line can be seen in so many columns, or it is none
MOST_COURSES = 6  # that hang together
RIM = 2  # pixels: what is left so near beside a course is its own rim and no other one
CURVED = 3  # the degree of the curve along which a page bends its lines
FADED = 0.08  # of the side: a line that fades out so near to the edge runs off


@dataclass(frozen=True, slots=True)
class Ruling:
    """`across` and `down` are bool [H, W], true on level and upright lines where no stroke crosses them.

    `thickness` is in pixels, 0 without lines; `level` the ink of the darker places of the lines, 0..255.
    """

    across: np.ndarray
    down: np.ndarray
    thickness: float
    level: float = 0.0

    @property
    def mask(self) -> np.ndarray:
        return self.across | self.down


def find_ruling(ink: np.ndarray, weak: np.ndarray) -> Ruling:
    """The ruled lines and grids in strokes `weak` (bool [H, W]), given their `ink` (uint8 [H, W])."""
    if min(weak.shape) < SMALLEST:
        return _nothing(weak)
    upright = np.ascontiguousarray(weak.T)
    across, down = _level_lines(weak), _level_lines(upright)
    # On ruled paper a single line the other way is its margin, though it is a little askew.
    if across.thickness and not down.thickness:
        down = _level_lines(upright, across.thickness)
    elif down.thickness and not across.thickness:
        across = _level_lines(weak, down.thickness)
    mask = across.mask | down.mask.T
    if not mask.any():
        return _nothing(weak)
    lines = ink < 1.15 * np.percentile(ink[mask], 90)  # a pen over a line is darker than the line
    level = float(np.percentile(ink[mask & lines], 90))
    return Ruling(across.mask & lines, down.mask.T & lines, max(across.thickness, down.thickness), level)


def _nothing(weak: np.ndarray) -> Ruling:
    return Ruling(np.zeros_like(weak), np.zeros_like(weak), 0.0)


@dataclass(frozen=True, slots=True)
class _Lines:
    """`mask` is bool [H, W], true on level lines; `thickness` in pixels, 0 without lines."""

    mask: np.ndarray
    thickness: float


def _level_lines(weak: np.ndarray, crossed: float = 0.0) -> _Lines:
    """The level lines of strokes; where paper is `crossed` by others of that thickness, also a single one like them."""
    height, width = weak.shape
    nothing = _Lines(np.zeros_like(weak), 0.0)
    segment = max(8, int(SEGMENT * width))
    strokes = weak.astype(np.uint8)
    grown = cv2.dilate(strokes, _rectangle(1, 3))
    # Without what is thicker than any line: a bold stroke would join the lines that it crosses.
    broad = _rectangle(max(3, int(BROAD * width)), int(THICK * max(height, width)) + 4)
    bold = cv2.morphologyEx(grown, cv2.MORPH_OPEN, broad)
    level = cv2.morphologyEx(grown & (1 - bold), cv2.MORPH_OPEN, _rectangle(segment, 1))
    if not level.any():
        return nothing
    zone = cv2.dilate(level, _rectangle(1, 2 * int(DRIFT * width) + 1))
    gap = int(GAP * width)
    padded = cv2.copyMakeBorder(zone, 0, 0, gap, gap, cv2.BORDER_CONSTANT, value=0)  # or closing would reach the edge
    zone = np.ascontiguousarray(cv2.morphologyEx(padded, cv2.MORPH_CLOSE, _rectangle(gap, 1))[:, gap:-gap])
    _, labels, stats, _ = cv2.connectedComponentsWithStats(zone, connectivity=8)
    left, span = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH]
    line = span >= SPAN * width
    line[0] = False
    thickness, on_line = np.zeros(len(stats)), {}
    for number in np.flatnonzero(line):
        rows = slice(stats[number, cv2.CC_STAT_TOP], stats[number, cv2.CC_STAT_TOP] + stats[number, cv2.CC_STAT_HEIGHT])
        held = (labels[rows] == number) & (level[rows] > 0)
        courses = _courses(held)
        thickness[number] = min((course.thickness for course in courses), default=np.inf)
        on_line[number] = rows, held & np.any([course.mask(len(held)) for course in courses], axis=0)
    line &= thickness <= THICK * max(height, width) + 2
    starts, ends = left <= FADED * width, left + span >= (1 - FADED) * width
    ruled = line & (starts | ends)
    if ruled.sum() < MANY:
        alike = starts & ends & (thickness <= ALIKE * crossed + 1) if crossed else np.zeros_like(line)
        ruled = line & ((span >= 0.97 * width) | alike)
    if not ruled.any():
        return nothing
    usual = max(1.0, float(np.median(thickness[ruled])))
    upright = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, _rectangle(1, int(2 * usual) + 3))
    mask = np.zeros_like(weak)
    for number in np.flatnonzero(ruled):
        rows, held = on_line[number]
        mask[rows] |= cv2.dilate(held.astype(np.uint8), _rectangle(3, 3)) > 0
    return _Lines(weak & mask & (upright == 0), usual)


@dataclass(frozen=True, slots=True)
class _Course:
    """Where a level line runs: its middle's row in each column [W], and its thickness in pixels."""

    middle: np.ndarray
    thickness: float

    def mask(self, height: int, room: float = 0) -> np.ndarray:
        """bool [H, W], true within the line's thickness and a little more, and that `room` to both sides."""
        away = np.abs(np.arange(height)[:, None] - self.middle[None, :])
        return away <= self.thickness / 2 + ASTRAY * self.thickness + 1.5 + room


def _courses(level: np.ndarray) -> list[_Course]:
    """The lines in level pixels (bool [H, W]) that hang together; where strokes lie between, several do."""
    found: list[_Course] = []
    rest = level.copy()
    while len(found) < MOST_COURSES and (course := _course(rest)):
        found.append(course)
        rest &= ~course.mask(len(level), RIM)
    return found


def _course(level: np.ndarray) -> _Course | None:
    """The longest line in level pixels (bool [H, W]), which are one pixel thicker to both sides; None where none is.

    Where it is thicker than usual a stroke lies on it: there it runs on from what comes before and after.
    """
    height, width = level.shape
    rows, columns = np.nonzero(level)
    if np.count_nonzero(level.any(axis=0)) < HELD * width:
        return None
    reach = DRIFT * width + 2
    densest = int(np.convolve(np.bincount(rows, minlength=height), np.ones(5), "same").argmax())
    curve = np.polynomial.Polynomial([float(densest)])
    for degree in (1, 1, CURVED):
        near = np.abs(rows - curve(columns)) <= reach
        curve = np.polynomial.Polynomial.fit(columns[near], rows[near], degree)
    near = np.abs(rows - curve(columns)) <= reach
    counts = np.bincount(columns[near], minlength=width)
    there = np.flatnonzero(counts)
    if len(there) < HELD * width:
        return None
    usual = float(np.median(counts[there]))
    middles = np.bincount(columns[near], weights=rows[near], minlength=width)[there] / counts[there]
    off = np.abs(middles - curve(there))
    clean = (counts[there] <= 1.3 * usual + 1) & (off <= max(2.0, usual))
    if np.count_nonzero(clean) < 2:
        return None
    return _Course(np.interp(np.arange(width), there[clean], middles[clean]), max(1.0, usual - 2))


def _rectangle(width: int, height: int) -> np.ndarray:
    return np.ones((max(1, height), max(1, width)), np.uint8)
