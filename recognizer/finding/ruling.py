"""Printed lines and grids, taken out of the strokes again."""

import cv2
import numpy as np

SEGMENT = 0.06  # of the side: long enough to be straight, short enough that a tilted or curled line still holds it
GAP = 0.12  # of the side: what a digit written over a line may hide of it
SPAN = 0.5  # of the side: ruled lines are at least so long, and run off the picture
EDGE = 0.04  # of the side: what comes so near to the edge runs off
MANY = 3  # lines that leave at one end are ruled when there are so many; fewer may be the stems of digits


def ruled_lines(mask: np.ndarray) -> tuple[np.ndarray, float]:
    """bool [H, W], true where `mask` is a ruled line or a grid and no stroke that crosses one; and their thickness."""
    across, thick_across = _level_lines(mask)
    down, thick_down = _level_lines(np.ascontiguousarray(mask.T))
    return across | down.T, max(thick_across, thick_down)


def _level_lines(mask: np.ndarray) -> tuple[np.ndarray, float]:
    height, width = mask.shape
    segment = int(SEGMENT * width)
    if segment < 8 or height < 32:
        return np.zeros_like(mask), 0.0
    ink = mask.astype(np.uint8)
    level = cv2.morphologyEx(cv2.dilate(ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, np.ones((1, segment), np.uint8))
    if not level.any():
        return np.zeros_like(mask), 0.0
    chained = cv2.morphologyEx(level, cv2.MORPH_CLOSE, np.ones((1, int(GAP * width)), np.uint8))
    chained = cv2.dilate(chained, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(chained, connectivity=8)
    left, span = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH]
    starts, ends = left <= EDGE * width, left + span >= (1 - EDGE) * width
    thickness = stats[:, cv2.CC_STAT_AREA] / span - 4  # less what the two dilations added
    line = (span >= SPAN * width) & (starts | ends) & (thickness <= 0.015 * min(height, width) + 2)
    line[0] = False
    ruled = line if line.sum() >= MANY else line & starts & ends
    if not ruled.any():
        return np.zeros_like(mask), 0.0
    usual = max(1.0, float(np.median(thickness[ruled])))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((int(2 * usual) + 3, 1), np.uint8))
    return mask & ruled[labels] & (upright == 0), usual
