"""Where digits that touch may be cut apart.

Over-segmentation: more cuts are proposed than are needed, and the network judges every piece between two of them
(Casey, Lecolinet: A Survey of Methods and Strategies in Character Segmentation, 1996).
"""

from dataclasses import dataclass

import cv2
import numpy as np

ROWS = 48  # cuts are looked for at this height: enough for a stroke to be some pixels wide
LEAST_INK, LOWEST = 0.04, 0.45  # times the height squared, times the height: a piece with less is no digit
WIDEST = 1.6  # times the height: a piece that is wider is more than one digit
MOST = 8  # cuts
APART = 0.1  # times the height, on average: nearer ways are the same cut
CROSSED = 0.8  # of the height: what crosses more ink than that cuts a digit in two
STEP, ASIDE = 0.08, 0.16  # times the height: how far apart cuts are looked for, and how far a cut may go aside
HOLE = 0.5  # what a pixel of a loop's inside counts beside one of ink: a way through it cuts a 0 in two
LEANS = (0.0, 0.4)  # columns a row: cuts are looked for upright, and as a hand leans
INKED = 0.4  # of the darkest tenth of the ink: what is fainter is a stroke's soft edge
OUTSIDE = np.float32(0.02)  # what a pixel without ink counts: of two ways, the shorter
CRUMB = 0.1  # of a piece's ink: what hangs together on its own and is less came from the neighbour


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
    seams = _seams(small > INKED * np.quantile(ink[ink > 0], 0.9)) if ink.any() else []
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
            piece = _without_crumbs(np.where((place >= start) & (place < end), ink, 0))
            columns = np.flatnonzero(piece.max(axis=0))
            rows = np.flatnonzero(piece.max(axis=1))
            if len(rows) >= LOWEST * ink.shape[0] and columns[-1] - columns[0] < WIDEST * max(
                len(rows), 0.6 * ink.shape[0]
            ):
                found.append(Piece(start, end, int(columns[0]), piece[:, columns[0] : columns[-1] + 1]))
    return found


def _without_crumbs(ink: np.ndarray) -> np.ndarray:
    count, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0).astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count <= 2:
        return ink
    kept = np.concatenate([[False], areas >= CRUMB * areas.sum()])
    return np.where(kept[labels], ink, 0).astype(np.uint8)


def _seams(mask: np.ndarray) -> list[np.ndarray]:
    """The columns [rows] of up to MOST ways from top to bottom that cross least ink, from left to right."""
    height, width = mask.shape
    cost = mask + np.float32(HOLE) * _holes(mask) + OUTSIDE
    strips, places = [], []
    step, aside = max(2, round(STEP * height)), round(ASIDE * height)
    for lean in LEANS:
        # How far each row is moved to stand upright what leans, and where what is beside each middle comes from.
        moved = np.rint(lean * (np.arange(height) - height / 2)).astype(int)
        middles = np.arange(step, width, step)
        columns = (middles[:, None, None] + np.arange(-aside, aside + 1)) - moved[None, :, None]
        inside = (columns >= 0) & (columns < width)
        strips.append(np.where(inside, cost[np.arange(height)[:, None], columns.clip(0, width - 1)], OUTSIDE))
        places.append(columns)
    strip, place = np.concatenate(strips), np.concatenate(places)
    crossed, within = _cheapest(strip)
    ways = np.take_along_axis(place, within[:, :, None], axis=2)[:, :, 0].clip(0, width)
    chosen: list[np.ndarray] = []
    for number in np.argsort(crossed, kind="stable"):
        way = ways[number]
        if crossed[number] >= CROSSED * height or len(chosen) == MOST:
            break
        left = np.arange(width) < way[:, None]
        apart = all(float(np.abs(way - other).mean()) > APART * height for other in chosen)
        if apart and _enough(mask & left) and _enough(mask & ~left):
            chosen.append(way)
    return sorted(chosen, key=lambda way: float(way.mean()))


def _holes(mask: np.ndarray) -> np.ndarray:
    """What of the ground is enclosed by ink."""
    count, labels = cv2.connectedComponents(np.pad(~mask, 1, constant_values=True).astype(np.uint8), connectivity=4)
    return (labels > 1)[1:-1, 1:-1] if count > 2 else np.zeros_like(mask)


def _enough(mask: np.ndarray) -> bool:
    """Whether there is enough ink for a digit."""
    height = len(mask)
    return bool(mask.sum() >= LEAST_INK * height**2 and np.count_nonzero(mask.any(axis=1)) >= LOWEST * height)


def _cheapest(strips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each strip (float [n, h, w]) the way down with the least cost, from row to row at most one column aside.

    Returns the costs [n] and the ways [n, h], their columns counted within the strips.
    """
    count, height, width = strips.shape
    total = strips + 0.02 * np.abs(np.arange(width) - width // 2) / width
    steps = np.zeros((count, height, width), np.int8)
    above = np.full((count, width + 2), np.inf)
    for row in range(1, height):
        above[:, 1:-1] = total[:, row - 1]
        options = np.stack([above[:, 1:-1], above[:, :-2] + 0.01, above[:, 2:] + 0.01])
        best = options.argmin(axis=0)
        steps[:, row] = np.array([0, -1, 1])[best]
        total[:, row] += np.take_along_axis(options, best[None], axis=0)[0]
    everyone = np.arange(count)
    ways = np.empty((count, height), int)
    ways[:, -1] = total[:, -1].argmin(axis=1)
    for row in range(height - 1, 0, -1):
        ways[:, row - 1] = ways[:, row] + steps[everyone, row, ways[:, row]]
    return total[:, -1].min(axis=1), ways
