"""Where digits that touch may be cut apart.

Over-segmentation: more cuts are proposed than are needed, and the network judges every piece between two of them
(Casey, Lecolinet: A Survey of Methods and Strategies in Character Segmentation, 1996).
"""

from dataclasses import dataclass

import cv2
import numpy as np

ROWS = 48  # cuts are looked for at this height: enough for a stroke to be some pixels wide
NARROWEST = 0.22  # times the height: a piece that is slimmer is at most a 1
WIDEST = 1.15  # times the height: a piece that is wider is more than one digit
MOST = 4  # cuts
CROSSED = 0.45  # of the height: what crosses more ink than that cuts a digit in two
STEP = 0.12  # times the height: how far apart cuts are looked for


@dataclass(frozen=True, slots=True)
class Piece:
    """The ink between the cuts number `start` and `end`, 0 being the left edge; `left` is where its columns begin."""

    start: int
    end: int
    left: int
    ink: np.ndarray


def pieces(ink: np.ndarray) -> list[Piece]:
    """The pieces of a mark's ink (uint8 [h, w], light on 0) between any two of its cuts, without the whole."""
    small = cv2.resize(ink, (max(3, round(ROWS * ink.shape[1] / ink.shape[0])), ROWS), interpolation=cv2.INTER_AREA)
    seams = _seams(small > 100)
    if not seams:
        return []
    # For each pixel, how many cuts lie to its left.
    side = np.arange(small.shape[1])[None, :, None] >= np.stack(seams, 1)[:, None, :]
    place = cv2.resize(side.sum(axis=2).astype(np.uint8), ink.shape[::-1], interpolation=cv2.INTER_NEAREST)
    count = len(seams) + 1
    found = []
    for start in range(count):
        for end in range(start + 1, count + 1):
            if (start, end) == (0, count):
                continue
            piece = np.where((place >= start) & (place < end), ink, 0)
            columns = np.flatnonzero(piece.max(axis=0))
            rows = np.flatnonzero(piece.max(axis=1))
            if len(columns) and columns[-1] - columns[0] < WIDEST * max(len(rows), 0.6 * ink.shape[0]):
                found.append(Piece(start, end, int(columns[0]), piece[:, columns[0] : columns[-1] + 1]))
    return found


def _seams(mask: np.ndarray) -> list[np.ndarray]:
    """The columns [rows] of up to MOST ways from top to bottom that cross least ink, from left to right."""
    height, width = mask.shape
    cost = mask.astype(np.float32) + 0.02
    reach, least = max(2, round(STEP * height)), max(2, round(NARROWEST * height))
    ways = []
    for middle in range(least, width - least + 1, reach):
        low, high = max(middle - 2 * reach, 1), min(middle + 2 * reach + 1, width - 1)
        if high - low >= 2:
            way = low + _cheapest(cost[:, low:high], middle - low)
            ways.append((float(mask[np.arange(height), way].sum()), way))
    chosen: list[np.ndarray] = []
    for crossed, way in sorted(ways, key=lambda one: one[0]):
        apart = all(abs(float(way.mean() - other.mean())) > 0.6 * least for other in chosen)
        if crossed < CROSSED * height and apart and len(chosen) < MOST:
            chosen.append(way)
    return sorted(chosen, key=lambda way: float(way.mean()))


def _cheapest(cost: np.ndarray, middle: int) -> np.ndarray:
    """The way down a strip (float [h, w]) with the least cost, from row to row at most one column aside."""
    height, width = cost.shape
    total = cost + 0.02 * np.abs(np.arange(width) - middle)[None] / max(width, 1)
    steps = np.zeros((height, width), np.int8)
    for row in range(1, height):
        above = np.pad(total[row - 1], 1, constant_values=np.inf)
        options = np.stack([above[1:-1], above[:-2] + 0.01, above[2:] + 0.01])
        best = options.argmin(axis=0)
        steps[row] = np.array([0, -1, 1])[best]
        total[row] = total[row] + options[best, np.arange(width)]
    way = np.empty(height, int)
    way[-1] = int(total[-1].argmin())
    for row in range(height - 1, 0, -1):
        way[row - 1] = way[row] + steps[row, way[row]]
    return way
