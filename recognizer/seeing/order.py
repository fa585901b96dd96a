"""In which order marks are read, and where one number ends and the next begins."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

# Times the usual height of a line: so far are numbers apart that stand beside each other. Digits drawn by one hand are
# at most 0.45 apart, and numbers at least 0.8 (drawing/pens.py, drawing/layouts.py).
WORD_GAP = 0.75
# A comb is written one digit a box: the middles of its digits are so evenly apart, as a share of their distance, and by
# at most so many times their height. Numbers in the columns of a table stand further apart.
EVEN, COMB_PITCH = 0.16, 2.2

Place = tuple[int, int, int, int]  # x, y, width, height


def reading_order(boxes: Sequence[Place]) -> list[tuple[int, int, bool]]:
    """Boxes (x, y, width, height) as they are read: for each its index, its line and whether a word space precedes it.

    From left to right each box continues the line whose last one it overlaps most in height, so that lines may slope.
    """
    order = []
    for number, line in enumerate(lines(boxes)):
        spaces = _spaces([boxes[index] for index in line])
        order += [(index, number, space) for index, space in zip(line, spaces, strict=True)]
    return order


def lines(boxes: Sequence[Place]) -> list[list[int]]:
    """The indexes of the boxes of each line, from left to right, the lines from top to bottom."""
    found: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda i: boxes[i][0]):
        overlaps = [_overlap(boxes, index, line) for line in found]
        if overlaps and max(overlaps) > 0.3:
            found[int(np.argmax(overlaps))].append(index)
        else:
            found.append([index])
    found.sort(key=lambda line: float(np.mean([boxes[i][1] + boxes[i][3] / 2 for i in line])))
    return found


def _overlap(boxes: Sequence[Place], index: int, line: Sequence[int]) -> float:
    """How much a box overlaps in height with the end of a line, as a share of the lower one. A point or a minus says
    little of where its line lies, so the last of the last three that is not much lower than they stands for it."""
    tall = max(boxes[i][3] for i in line[-3:])
    end = next(i for i in reversed(line[-3:]) if boxes[i][3] > tall / 2)
    a, b = boxes[index], boxes[end]
    return (min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])) / min(a[3], b[3])


def _spaces(line: Sequence[Place]) -> list[bool]:
    """Whether a word space precedes each box of a line."""
    usual = float(np.median(sorted(height for *_, height in line)[len(line) // 2 :]))
    gaps = np.array([b[0] - a[0] - a[2] for a, b in pairwise(line)], float)
    wide = gaps > WORD_GAP * usual
    middles = np.array([x + width / 2 for x, _, width, _ in line])
    pitch = np.diff(middles)
    if wide.any():
        usual_pitch = float(np.median(pitch))
        even = (np.abs(pitch - usual_pitch) < EVEN * usual_pitch) & (pitch < COMB_PITCH * usual)
        if even.sum() >= 2:
            wide &= ~even
    return [False, *wide.tolist()]
