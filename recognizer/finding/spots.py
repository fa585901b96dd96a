"""From what the network says of each cell to marks: the ink that points to the same centre."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.finding.network import CELL, NOTHING, Seen

PEAK = 0.25  # how likely a centre must be to be looked at; the judge weighs what is found
WRITTEN = 0.5  # rather ink than none; whether it is of a sign or of a letter is the judge's question
FAR = 3.0  # cells: ink that points further past its centre than this is somebody else's
MOST = 1200  # centres that are looked at, the likeliest: more than are read of a page
FAINT = 50  # of 255: ink that nobody would see


Grid = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spot:
    """One mark in the picture that the network saw, in its pixels: `x`, `y` of the upper left, `ink` uint8 [h, w] light
    on 0. `symbols` float32 [17] is how likely each sign of ALPHABET is, `heat` how likely there is a mark at all.
    `held` is how likely its ink is of a sign, on average, and not of a letter or of nothing;
    `again` how likely a second look holds it for the same sign.
    """

    x: int
    y: int
    ink: NDArray[np.uint8]
    symbols: NDArray[np.float32]
    heat: float
    held: float
    again: float = 0.0

    @property
    def width(self) -> int:
        return int(self.ink.shape[1])

    @property
    def height(self) -> int:
        return int(self.ink.shape[0])

    @property
    def symbol(self) -> int:
        return int(self.symbols.argmax())


def spots(seen: Seen) -> list[Spot]:
    """The marks of a picture, in no order."""
    peaks = (seen.centre >= PEAK) & (seen.centre >= cv2.dilate(seen.centre, np.ones((3, 3), np.uint8)))
    rows, columns = np.nonzero(peaks)
    if not len(rows):
        return []
    if len(rows) > MOST:  # no page has so many: a flat heat, where every cell is a peak
        surest = np.sort(np.argsort(-seen.centre[rows, columns], kind="stable")[:MOST])
        rows, columns = rows[surest], columns[surest]
    sure = np.maximum(seen.own, 1e-3)
    owner = _owners(seen, seen.written, rows, columns)
    names = np.log(np.maximum(seen.symbols[..., :NOTHING], 1e-6))
    height, width = seen.ink.shape
    pixels = cv2.resize(
        owner.astype(np.int16), (owner.shape[1] * CELL, owner.shape[0] * CELL), interpolation=cv2.INTER_NEAREST
    )
    pixels = pixels[:height, :width]
    own_rows, own_columns = np.nonzero(owner)
    order = np.argsort(owner[own_rows, own_columns], kind="stable")
    own_rows, own_columns = own_rows[order], own_columns[order]
    ends = np.searchsorted(owner[own_rows, own_columns], np.arange(len(rows) + 1), side="right")
    found = []
    for number, (start, end) in enumerate(pairwise(ends), 1):
        if start < end:
            own = own_rows[start:end], own_columns[start:end]
            peak = int(rows[number - 1]), int(columns[number - 1])
            spot = _spot(seen, pixels, names[own], sure[own], number, own, peak)
            if spot is not None:
                found.append(spot)
    return found


def _owners(seen: Seen, written: Grid, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.int32]:
    """The number, from 1, of the centre that the ink in each cell points to; 0 where it is nobody's."""
    owner = np.zeros(written.shape, np.int32)
    y, x = np.nonzero(written >= WRITTEN)
    if not len(y):
        return owner
    # The nearest centre of every cell, and how far it is, in one pass however many there are.
    elsewhere = np.ones(written.shape, np.uint8)
    elsewhere[rows, columns] = 0
    away, nearest = cv2.distanceTransformWithLabels(elsewhere, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    numbers = np.zeros(int(nearest.max()) + 1, np.int32)
    numbers[nearest[rows, columns]] = np.arange(1, len(rows) + 1)
    aim_y = np.clip(np.rint(y + seen.way[y, x, 1]), 0, written.shape[0] - 1).astype(np.intp)
    aim_x = np.clip(np.rint(x + seen.way[y, x, 0]), 0, written.shape[1] - 1).astype(np.intp)
    # The larger a mark, the less exactly its far ends know where its centre is.
    reach = np.hypot(seen.way[y, x, 0], seen.way[y, x, 1])
    near = away[aim_y, aim_x] <= FAR + 0.25 * reach
    owner[y[near], x[near]] = numbers[nearest[aim_y, aim_x]][near]
    return owner


def _spot(
    seen: Seen, pixels: NDArray[np.int16], names: Grid, weight: Grid, number: int,
    own: tuple[NDArray[np.intp], NDArray[np.intp]], peak: tuple[int, int],
) -> Spot | None:  # fmt: skip
    height, width = seen.ink.shape
    top, left = max(0, CELL * (int(own[0].min()) - 1)), max(0, CELL * (int(own[1].min()) - 1))
    bottom, right = min(height, CELL * (int(own[0].max()) + 2)), min(width, CELL * (int(own[1].max()) + 2))
    here = np.s_[top:bottom, left:right]
    mine = (pixels[here] == number).astype(np.uint8)
    others = (pixels[here] > 0) & (mine == 0)
    near = cv2.dilate(mine, np.ones((CELL + 1, CELL + 1), np.uint8)) > 0
    ink = np.where(near & ~others, seen.ink[here], 0).astype(np.uint8)
    ink[ink < FAINT] = 0
    rows, columns = np.flatnonzero(ink.max(1)), np.flatnonzero(ink.max(0))
    if not len(rows):
        return None
    ink = np.ascontiguousarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    name = (names * weight[:, None]).sum(0) / weight.sum()
    likely = np.exp(name - name.max())
    return Spot(
        left + int(columns[0]),
        top + int(rows[0]),
        ink,
        (likely / likely.sum()).astype(np.float32),
        float(seen.centre[peak]),
        float(weight.mean()),
    )
