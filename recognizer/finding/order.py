"""In which order marks are read."""

from collections.abc import Sequence

import numpy as np

Place = tuple[int, int, int, int]  # x, y, width, height


def reading_order(boxes: Sequence[Place]) -> list[tuple[int, int]]:
    """Boxes (x, y, width, height) as they are read: for each its index and its line.

    From left to right each box continues the line whose last one it overlaps most in height, so that lines may slope.
    """
    return [(index, number) for number, line in enumerate(lines(boxes)) for index in line]


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
