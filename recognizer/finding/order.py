"""In which order marks are read."""

from collections.abc import Sequence

import numpy as np

WORD_GAP = 1.2  # times the usual height of a line: between numbers on it

Place = tuple[int, int, int, int]  # x, y, width, height


def reading_order(boxes: Sequence[Place]) -> list[tuple[int, int, bool]]:
    """Boxes (x, y, width, height) as they are read: for each its index, its line and whether a word space precedes it.

    From left to right each box continues the line whose last one it overlaps most in height, so that lines may slope.
    """
    lines: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda i: boxes[i][0]):
        overlaps = [_overlap_in_height(boxes[index], boxes[line[-1]]) for line in lines]
        if overlaps and max(overlaps) > 0.3:
            lines[int(np.argmax(overlaps))].append(index)
        else:
            lines.append([index])
    lines.sort(key=lambda line: np.mean([boxes[i][1] + boxes[i][3] / 2 for i in line]))
    order = []
    for number, line in enumerate(lines):
        gap = WORD_GAP * float(np.median([boxes[i][3] for i in line]))
        end = boxes[line[0]][0]
        for index in line:
            order.append((index, number, boxes[index][0] - end > gap))
            end = boxes[index][0] + boxes[index][2]
    return order


def _overlap_in_height(a: Place, b: Place) -> float:
    return (min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])) / min(a[3], b[3])
