"""Printed lines and grids, taken out of the strokes again."""

from dataclasses import dataclass

import cv2
import numpy as np

SEGMENT = 0.04  # of the side: long enough to be straight, short enough that a tilted or curled line still holds it
GAP = 0.3  # of the side: what a fold, a shadow or a digit written over a line may hide of it
DRIFT = 0.01  # of the side: how far a tilted line may wander up or down within a gap
SPAN = 0.5  # of the side: ruled lines are at least so long, and run off the picture
SMALLEST = 64  # pixels: on a smaller picture lines cannot be told from strokes
THICK = 0.03  # of the longer side: a ruled line is thinner
BROAD = 0.01  # of the side: a stroke is broader, a printed line that crosses is not
MANY = 3  # so many lines are ruled if each runs off at one end; fewer may be stems of digits and must cross it all
ALIKE = 1.5  # times the thickness of the other lines: a margin's line is not thicker
FADED = 0.05  # of the side: a line that fades out so near to the edge runs off


@dataclass(frozen=True, slots=True)
class Ruling:
    """`mask` is bool [H, W], true on lines where no stroke crosses them; `thickness` in pixels, 0 without lines.

    `level` is the ink of the darker places of the lines, 0..255.
    """

    mask: np.ndarray
    thickness: float
    level: float = 0.0


def find_ruling(ink: np.ndarray, weak: np.ndarray) -> Ruling:
    """The ruled lines and grids in strokes `weak` (bool [H, W]), given their `ink` (uint8 [H, W])."""
    if min(weak.shape) < SMALLEST:
        return Ruling(np.zeros_like(weak), 0.0)
    upright = np.ascontiguousarray(weak.T)
    across, down = _level_lines(weak), _level_lines(upright)
    # On ruled paper a single line the other way is its margin, though it is a little askew.
    if across.thickness and not down.thickness:
        down = _level_lines(upright, across.thickness)
    elif down.thickness and not across.thickness:
        across = _level_lines(weak, down.thickness)
    mask = across.mask | down.mask.T
    if not mask.any():
        return Ruling(mask, 0.0)
    mask &= ink < 1.15 * np.percentile(ink[mask], 90)  # a pen over a line is darker than the line
    return Ruling(mask, max(across.thickness, down.thickness), float(np.percentile(ink[mask], 90)))


def _level_lines(weak: np.ndarray, crossed: float = 0.0) -> Ruling:
    """The level lines of strokes; where paper is `crossed` by others of that thickness, also a single one like them."""
    height, width = weak.shape
    nothing = Ruling(np.zeros_like(weak), 0.0)
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
    thickness = np.bincount(labels.ravel(), weights=level.ravel(), minlength=len(stats)) / np.maximum(span, 1) - 2
    line = (span >= SPAN * width) & (thickness <= THICK * max(height, width))
    line[0] = False
    starts, ends = left <= FADED * width, left + span >= (1 - FADED) * width
    ruled = line & (starts | ends)
    if ruled.sum() < MANY:
        alike = starts & ends & (thickness <= ALIKE * crossed + 1) if crossed else np.zeros_like(line)
        ruled = line & ((span >= 0.97 * width) | alike)
    if not ruled.any():
        return nothing
    usual = max(1.0, float(np.median(thickness[ruled])))
    upright = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, _rectangle(1, int(2 * usual) + 3))
    on_line = (cv2.dilate(level, _rectangle(3, 3)) > 0) & ruled[labels]
    return Ruling(weak & on_line & (upright == 0), usual)


def _rectangle(width: int, height: int) -> np.ndarray:
    return np.ones((max(1, height), max(1, width)), np.uint8)
