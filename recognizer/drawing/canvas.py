"""A page while numbers are drawn on it, and what a finder should say of it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recognizer.drawing.pens import Cover, Inked
from recognizer.finding.network import CELL, NOTHING, OTHER

SIDE = 160  # of a drawn page, in pixels
WHOLE, SCRAP = 0.85, 0.6  # shares in sight: a mark, and what is none any more; between them nothing is asked
SCRAPPED, UNTOLD = -1, -2  # in place of a mark's number


@dataclass(frozen=True)
class Target:
    """What a finder should say of each cell [n, n], or pixel [side, side].

    `ink` bool [side, side]: something is written or printed here, and is no line of the paper's. `centre` float32
    [n, n]: 1 at the cell of a mark's centre, falling off around it. `way` float32 [n, n, 2]: x, y from the cell to the
    centre of its mark, in cells.
    `symbol` uint8 [n, n]: which sign, NOTHING or OTHER. `weight` float32 [n, n]: how much that counts, 0 where it
    cannot be told; `of_a_mark` bool [n, n]: where `way` is asked for. Letters are marks as signs are: what is ink, and
    what belongs together, is the same question of both.
    """

    ink: NDArray[np.bool_]
    centre: NDArray[np.float32]
    way: NDArray[np.float32]
    symbol: NDArray[np.uint8]
    weight: NDArray[np.float32]
    of_a_mark: NDArray[np.bool_]


@dataclass
class Drawing:
    """A page while it is drawn: the cover of what is written and whose it is, that of print and scribbles, and that of
    lines and dust.

    `owner` is a mark's number, 0 where nobody wrote, SCRAPPED of a scrap, UNTOLD of a mark of which so much is out of
    sight that nobody can tell.
    """

    ink: Cover = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))
    owner: NDArray[np.int16] = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.int16))
    rest: Cover = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))
    lines: Cover = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))
    marks: list[tuple[float, float, float, int]] = field(default_factory=list)  # centre x, y, longer side, symbol
    numbers: list[list[int]] = field(default_factory=list)  # of each the numbers of its marks, from 1, in order

    def write(self, glyph: Inked, x: float, y: float, symbol: int) -> int:
        """One sign with its foot at x, y; returns whose its place is. Where too little of it is in sight it is a scrap,
        and -1 where nothing of it is."""
        found = _overlap(glyph.cover, round(x - glyph.foot[0]), round(y - glyph.foot[1]))
        if found is None:
            return SCRAPPED
        part, left, top = found
        rows, columns = np.nonzero(part > 0.35)
        if not len(rows):
            return SCRAPPED
        seen = float(part.sum()) / float(glyph.cover.sum())
        number = SCRAPPED
        if seen >= SCRAP:
            box = columns.min() + left, rows.min() + top, np.ptp(columns) + 1, np.ptp(rows) + 1
            longer = float(max(box[2], box[3]))
            if seen >= WHOLE:
                self.marks.append((box[0] + (box[2] - 1) / 2, box[1] + (box[3] - 1) / 2, longer, symbol))
                number = len(self.marks)
            else:
                number = UNTOLD
        here = np.s_[top : top + len(part), left : left + part.shape[1]]
        over = (part > self.ink[here]) & (part > 0.3)
        self.owner[here][over] = number
        np.maximum(self.ink[here], part, out=self.ink[here])
        return number

    def put(self, cover: Cover, x: float, y: float, dark: float = 1.0) -> None:
        """Something that is no number, its upper left at x, y."""
        found = _overlap(cover, round(x), round(y))
        if found is not None:
            part, left, top = found
            here = np.s_[top : top + len(part), left : left + part.shape[1]]
            np.maximum(self.rest[here], part * dark, out=self.rest[here])

    def target(self) -> Target:
        n = SIDE // CELL
        rows, columns = np.mgrid[:n, :n].astype(np.float32)
        centre, way = np.zeros((n, n), np.float32), np.zeros((n, n, 2), np.float32)
        middles = np.array(
            [(0.0, 0.0)] + [((x - 1.5) / CELL, (y - 1.5) / CELL) for x, y, _, _ in self.marks], np.float32
        )
        for (x, y), (_, _, longer, _) in zip(middles[1:], self.marks, strict=True):
            spread, column, row = (
                max(0.6, longer / CELL * 0.1),
                min(max(round(x), 0), n - 1),
                min(max(round(y), 0), n - 1),
            )
            np.maximum(centre, np.exp(-((columns - column) ** 2 + (rows - row) ** 2) / (2 * spread**2)), out=centre)
        cells = self.owner.reshape(n, CELL, n, CELL).transpose(0, 2, 1, 3).reshape(n, n, -1)
        cover = self.ink.reshape(n, CELL, n, CELL).transpose(0, 2, 1, 3).reshape(n, n, -1)
        most = np.where(cells != 0, cover, -1).argmax(2)
        owner = np.take_along_axis(cells, most[..., None], 2)[..., 0]
        own = np.maximum(owner, 0)
        others = self.rest.reshape(n, CELL, n, CELL).max(axis=(1, 3)) > 0.35
        way[..., 0] = np.where(own > 0, middles[own, 0] - columns, 0)
        way[..., 1] = np.where(own > 0, middles[own, 1] - rows, 0)
        symbols = np.array([NOTHING, *(symbol for *_, symbol in self.marks)], np.uint8)
        # Every mark counts the same however few its cells are, up to a bound.
        sizes = np.bincount(own.ravel(), minlength=len(symbols)).astype(np.float32)
        shares = np.clip(20 / np.maximum(sizes, 1), 0.4, 6.0)
        shares[0] = 1.0
        weight = shares[own].astype(np.float32)
        weight[owner == UNTOLD] = 0
        weight[(own == 0) & (cells > 0).any(2)] = 0
        symbol = np.where((own == 0) & (others | (owner == SCRAPPED)), OTHER, symbols[own]).astype(np.uint8)
        return Target((self.ink > 0.35) | (self.rest > 0.35), centre, way, symbol, weight, own > 0)


def _overlap(cover: Cover, left: int, top: int) -> tuple[Cover, int, int] | None:
    """The part of a cover that lies on the page, and where."""
    height, width = cover.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, SIDE), min(top + height, SIDE)
    if x1 <= x0 or y1 <= y0:
        return None
    return cover[y0 - top : y1 - top, x0 - left : x1 - left], x0, y0
