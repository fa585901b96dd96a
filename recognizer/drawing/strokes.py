"""What hands write: MNIST's training digits as ink and centre lines, signs and letters as chains of points.

Either can be inked again by any pen, at any size, leaning as any hand leans.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing import letters

Mask = NDArray[np.uint8]
Points = NDArray[np.floating]

# Centre lines lie in a square of SIDE pixels, the written thing TALL of them in its longer side: twice MNIST's own.
SIDE, TALL = 64, 44
# The eight neighbours of a pixel, clockwise from above, as the bits of one number.
NEIGHBOURS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


@dataclass(frozen=True)
class Handwriting:
    """Digits as somebody wrote them: `inks` and `lines`, their centre lines, uint8 [n, SIDE * SIDE / 8], one bit a
    pixel; `labels` uint8 [n]. `letters` are what the same hands write that is no digit, where that is known."""

    inks: NDArray[np.uint8]
    lines: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    letters: "Handwriting | None" = None

    @classmethod
    def of(cls, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> "Handwriting":
        """Of digits uint8 [n, 28, 28], light on dark; half a millisecond each."""
        return cls.of_inks(np.stack([np.packbits(enlarged(image)) for image in images]), labels)

    @classmethod
    def of_inks(
        cls, inks: NDArray[np.uint8], labels: NDArray[np.uint8], letters: "Handwriting | None" = None
    ) -> "Handwriting":
        """Of `inks` alone: their centre lines follow from them."""
        lines = [np.packbits(thinned(_unpacked(ink))) for ink in inks]
        return cls(inks, np.stack(lines), labels, letters)

    def __len__(self) -> int:
        return len(self.labels)

    def ink(self, index: int) -> Mask:
        """One digit, uint8 [SIDE, SIDE] of 0 and 1."""
        return _unpacked(self.inks[index])

    def line(self, index: int) -> Mask:
        """Its centre line, uint8 [SIDE, SIDE] of 0 and 1."""
        return _unpacked(self.lines[index])


def _unpacked(bits: NDArray[np.uint8]) -> Mask:
    return np.unpackbits(bits).reshape(SIDE, SIDE)


def enlarged(image: NDArray[np.uint8]) -> Mask:
    """The ink of an image uint8 [h, w], light on 0, TALL pixels in its longer side: uint8 [SIDE, SIDE] of 0 and 1."""
    rows, columns = np.flatnonzero(image.max(axis=1) > 80), np.flatnonzero(image.max(axis=0) > 80)
    ink = np.zeros((SIDE, SIDE), np.uint8)
    if not len(rows):
        return ink
    image = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = TALL / max(image.shape)
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    large = cv2.GaussianBlur(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), (0, 0), 0.8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    ink[top : top + size[1], left : left + size[0]] = large > 110
    return ink


def thinned(ink: Mask) -> Mask:
    """The centre line of ink uint8 [h, w] of 0 and 1, the same."""
    line = ink.copy()
    while True:
        before = int(line.sum())
        for falls in _thinning():
            line &= ~cv2.LUT(cv2.filter2D(line, -1, NEIGHBOURS, borderType=cv2.BORDER_CONSTANT), falls)
        if int(line.sum()) == before:
            return line


@cache
def _thinning() -> tuple[Mask, Mask]:
    """For each pattern of neighbours whether a pixel falls in the first and in the second half of a round, uint8 [256].

    Zhang, Suen: A fast parallel algorithm for thinning digital patterns (1984).
    """
    halves = np.zeros((2, 256), np.uint8)
    for pattern in range(256):
        p = [pattern >> bit & 1 for bit in range(8)]  # from above, clockwise
        crossings = sum(not p[i] and p[(i + 1) % 8] for i in range(8))
        if 2 <= sum(p) <= 6 and crossings == 1:
            halves[0, pattern] = not (p[0] and p[2] and p[4]) and not (p[2] and p[4] and p[6])
            halves[1, pattern] = not (p[0] and p[2] and p[6]) and not (p[0] and p[4] and p[6])
    return halves[0], halves[1]


def altered(line: Mask, digit: int, flag: float, bar: float, slash: float, randomness: np.random.Generator) -> Mask:
    """A digit's centre line as another hand writes it: a 1 with a flag or a foot, a barred 7, a slashed 0.

    `flag`, `bar` and `slash` are how likely this hand does so.
    """
    chance = {0: slash, 1: flag, 7: bar}.get(digit, 0.0)
    if randomness.random() >= chance:
        return line
    rows, columns = np.nonzero(line)
    if len(rows) < 8:
        return line
    line, tall = line.copy(), int(np.ptp(rows)) + 1
    head = np.array([columns[rows.argmin()], rows.min()], float)
    foot = np.array([columns[rows.argmax()], rows.max()], float)
    if digit == 1:
        if abs(head[0] - foot[0]) > 0.7 * tall:
            return line
        # The flag falls by 20 to 65 degrees from the upright: the bar of a 7 leads away from its head instead.
        angle, reach = np.radians(randomness.uniform(18, 65)), tall * randomness.uniform(0.2, 0.75)
        tip = head + reach * np.array([-np.sin(angle), np.cos(angle)])
        bow = (head + tip) / 2 + reach * randomness.normal(0, 0.07, 2)
        _trace(line, [head, bow, tip])
        if randomness.random() < 0.12:
            half = tall * randomness.uniform(0.12, 0.35)
            _trace(line, foot + np.array([(-half, 0), (half, randomness.normal(0, 1))]))
    elif digit == 7:
        y = rows.min() + tall * randomness.uniform(0.42, 0.62)
        near = np.abs(rows - y) < 2
        x = float(columns[near].mean()) if near.any() else float(columns.mean())
        half, fall = tall * randomness.uniform(0.13, 0.3), float(randomness.normal(0, 0.05)) * tall
        _trace(line, [(x - half, y + fall), (x + half * randomness.uniform(0.7, 1.2), y - fall)])
    else:
        over = randomness.uniform(-0.1, 0.2)
        middle = np.array([(columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2])
        half_way = np.array([np.ptp(columns) / 2, -np.ptp(rows) / 2]) * (1 + over)
        _trace(line, [middle - half_way, middle + half_way])
    return line


def sign(symbol: str, randomness: np.random.Generator) -> list[Points]:
    """The strokes of a sign, each [n, 2] x, y in heights of a digit: x from its middle, y down from the digit's foot.

    A stroke of one point is a dot.
    """
    u, n = randomness.uniform, randomness.normal
    if symbol == ".":
        y = u(-0.62, -0.35) if randomness.random() < 0.08 else n(-0.03, 0.045)
        if randomness.random() < 0.25:  # a hasty point is a little stroke
            return [np.array([(0, y), (n(0, 0.05), y + n(0, 0.04))])]
        return [np.array([(0, y)])]
    if symbol == ",":
        y, long = n(-0.04, 0.05), u(0.1, 0.34)
        lean = u(0, 0.6) * long
        return [np.array([(lean / 2, y - 0.2 * long), (u(0, 0.5) * lean, y + 0.4 * long), (-lean / 2, y + long)])]
    if symbol == "-":
        half, y = u(0.12, 0.36), n(-0.46, 0.09)
        return [np.array([(-half, y + n(0, 0.04)), (0, y + n(0, 0.02)), (half, y + n(0, 0.04))])]
    if symbol == ":":
        low, high, apart = u(-0.16, 0.0), u(-0.78, -0.5), n(0, 0.03)
        if randomness.random() < 0.2:
            return [np.array([(x, y), (x + n(0, 0.04), y + u(0.02, 0.1))]) for x, y in ((apart, high), (-apart, low))]
        return [np.array([(apart, high)]), np.array([(-apart, low)])]
    if symbol == "+":
        half, y = u(0.16, 0.34), n(-0.45, 0.06)
        return [
            np.array([(-half, y + n(0, 0.04)), (half, y + n(0, 0.04))]),
            np.array([(n(0, 0.04), y - half * u(0.8, 1.2)), (n(0, 0.04), y + half * u(0.8, 1.2))]),
        ]
    if symbol == "/":
        half, below = u(0.06, 0.36), u(-0.05, 0.25)
        return [np.array([(half, u(-1.25, -0.9)), (n(0, 0.02), -0.45), (-half, below)])]
    if symbol == "%":
        half, wide, tall = u(0.2, 0.36), u(0.09, 0.17), u(0.1, 0.19)
        rings = [_ring((s * half * u(0.7, 1.1), -0.5 + s * u(0.22, 0.34)), wide, tall, randomness) for s in (-1, 1)]
        return [np.array([(half, -0.97 + n(0, 0.06)), (-half, n(0, 0.06))]), *rings]
    raise ValueError(f"{symbol!r} is no sign")


def letter(randomness: np.random.Generator) -> list[Points]:
    """The strokes of a letter as a hand writes it, rounded, each [n, 2] as those of a sign."""
    names = list(letters.WAYS)
    strokes = letters.strokes(names[randomness.integers(len(names))], randomness)
    return [rounded((stroke - (0.5, 1.0)) * (0.8, 1.0)) for stroke in strokes]


def squiggle(randomness: np.random.Generator) -> list[Points]:
    """One to three strokes that bend at random: a sign of no alphabet that we know."""
    count = int(randomness.integers(1, 4))
    strokes = []
    for _ in range(count):
        steps = randomness.normal(0, 0.32, (int(randomness.integers(3, 8)), 2))
        path = np.cumsum(steps, 0)
        path = (path - path.mean(0)) / max(np.ptp(path, axis=0).max(), 0.3) * randomness.uniform(0.5, 1)
        strokes.append(rounded(path - np.array([0, 0.5])))
    return strokes


def rounded(points: Points, rounds: int = 2) -> Points:
    """A chain of points with its corners cut (Chaikin, 1974)."""
    for _ in range(rounds):
        early, late = points[:-1], points[1:]
        cut = np.stack([0.75 * early + 0.25 * late, 0.25 * early + 0.75 * late], 1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut, points[-1:]])
    return points


@cache
def _circle() -> Points:
    angles = np.linspace(0, 2 * np.pi, 14)
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def _ring(middle: tuple[float, float], wide: float, tall: float, randomness: np.random.Generator) -> Points:
    open_ = int(randomness.integers(11, 15))
    return np.roll(_circle()[:-1], int(randomness.integers(13)), 0)[:open_] * (wide, tall) + middle


def _trace(line: Mask, points: Points | Sequence[Points | tuple[float, float]]) -> None:
    cv2.polylines(line, [np.rint(np.array(points, float)).astype(np.int32)], False, 1)
