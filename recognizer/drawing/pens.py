"""A hand and its pen: what somebody wrote, inked as one person writes on one page."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing.strokes import TALL, Handwriting, Mask, Points, altered, letter, sign, squiggle

Cover = NDArray[np.float32]  # the share of each pixel that is covered with ink, 0..1

FOOT = np.array([48.0, 64.0])  # where signs and letters stand in a square of ROOM pixels, a digit being TALL there
ROOM = 96


@dataclass(frozen=True)
class Hand:
    """How one person writes: `pen` is the stroke's width and `gap` the room between digits, in heights of a digit;
    `lean` is a shear, `aspect` a stretch in width; `soft` is 0 for a sharp edge and 1 for one that is all slope.
    """

    pen: float
    soft: float
    lean: float
    aspect: float
    gap: float
    uneven: float
    flag: float
    bar: float
    slash: float

    def width(self, height: float) -> float:
        """Of its strokes where digits are so many pixels high; nobody sees thinner ones than a pixel."""
        return max(1.1, self.pen * height)

    @classmethod
    def any(cls, randomness: np.random.Generator) -> "Hand":
        u = randomness.uniform
        often = randomness.random(3)
        return cls(
            pen=float(np.exp(u(np.log(0.022), np.log(0.24)))),
            soft=u(0.2, 1) if randomness.random() < 0.4 else 0.0,
            # MNIST's digits lean and are wide or narrow as their writers made them: this comes on top.
            lean=randomness.normal(0, 0.1),
            aspect=float(np.exp(randomness.normal(0, 0.1))),
            # One in six writes so that digits touch.
            gap=u(-0.1, 0.05) if randomness.random() < 0.17 else u(0.05, 0.45),
            uneven=u(0.02, 0.14),
            flag=0.85 if often[0] < 0.45 else 0.1,
            bar=0.85 if often[1] < 0.3 else 0.05,
            slash=0.8 if often[2] < 0.06 else 0.0,
        )


@dataclass(frozen=True)
class Inked:
    """One thing written: its cover float32 [h, w], and where its foot's middle lies in that, x, y."""

    cover: Cover
    foot: tuple[float, float]


def digit(
    handwriting: Handwriting, height: float, angle: float, hand: Hand, randomness: np.random.Generator
) -> tuple[Inked, int]:
    """Any digit so many pixels high, turned by so many radians, and which it is."""
    index = int(randomness.integers(len(handwriting)))
    label = int(handwriting.labels[index])
    return digit_of(handwriting, index, height, angle, hand, randomness), label


def digit_of(
    handwriting: Handwriting, index: int, height: float, angle: float, hand: Hand, randomness: np.random.Generator
) -> Inked:
    ink, line = handwriting.ink(index), handwriting.line(index)
    pen = hand.width(height) * TALL / height
    added = altered(line, int(handwriting.labels[index]), hand.flag, hand.bar, hand.slash, randomness)
    edge = np.minimum(traced(added, pen), rewritten(ink, line, pen))
    rows, columns = np.nonzero(edge < 0)
    foot = np.array([columns.min() + columns.max(), 2 * rows.max() + 1 - pen]) / 2
    return inked(edge, foot, height, angle, hand, randomness)


def stranger(
    handwriting: Handwriting, height: float, angle: float, hand: Hand, randomness: np.random.Generator
) -> Inked:
    """What is no digit and no sign, so many pixels high: a letter, known or drawn, or a sign of no alphabet."""
    known, kind = handwriting.letters, randomness.random()
    if known and kind < 0.7:
        return digit_of(known, int(randomness.integers(len(known))), height, angle, hand, randomness)
    make = letter if randomness.random() < 0.6 else squiggle
    return strokes_inked(make(randomness), height, angle, hand, randomness)


def traced(line: Mask, pen: float) -> NDArray[np.float32]:
    """How far each pixel lies from the edge of a line [n, n] drawn by a pen so many pixels wide, less than 0 inside."""
    away = cv2.distanceTransform(1 - line, cv2.DIST_L2, 3) if line.any() else np.full(line.shape, 255, np.float32)
    return away - pen / 2


def rewritten(ink: Mask, line: Mask, pen: float) -> NDArray[np.float32]:
    """The same of ink [n, n] whose strokes have grown or shrunk to that width as a whole.

    Loops and corners that thinning loses stay: PP-OCRv6 reads 91 of 100 numbers of five digits written so, 77 of those
    traced along their centre lines, and 88 in MNIST's own ink.
    """
    if not line.any():
        return np.full(ink.shape, 255, np.float32)
    inside, outside = (cv2.distanceTransform(mask, cv2.DIST_L2, 3) for mask in (ink, 1 - ink))
    own = 2 * float(np.median(inside[line > 0])) - 1
    return np.where(ink > 0, 0.5 - inside, outside - 0.5) - np.float32((pen - own) / 2)


def strokes_inked(
    strokes: list[Points], height: float, angle: float, hand: Hand, randomness: np.random.Generator
) -> Inked:
    """Chains of points, as those of a sign, where a digit would be so many pixels high."""
    line = np.zeros((ROOM, ROOM), np.uint8)
    for stroke in strokes:
        points = np.rint(stroke * TALL + FOOT).astype(np.int32)
        cv2.polylines(line, [points], False, 1) if len(points) > 1 else cv2.circle(line, points[0].tolist(), 0, 1, -1)
    return inked(traced(line, hand.width(height) * TALL / height), FOOT, height, angle, hand, randomness)


def symbol_inked(symbol: str, height: float, angle: float, hand: Hand, randomness: np.random.Generator) -> Inked:
    """A sign. Points are pressed harder than lines are drawn, and never vanish."""
    return strokes_inked(
        sign(symbol, randomness), height, angle, _pressed(hand, symbol, height, randomness), randomness
    )


def _pressed(hand: Hand, symbol: str, height: float, randomness: np.random.Generator) -> Hand:
    if symbol in ".,:":
        factor, least = randomness.uniform(1.0, 2.0), 2.0 / height
    else:
        factor, least = randomness.uniform(0.8, 1.1), 1.3 / height
    pen = min(max(hand.pen * factor, least), 0.22)
    return replace(hand, pen=pen)


def inked(
    edge: NDArray[np.float32], foot: NDArray[np.floating], height: float, angle: float, hand: Hand,
    randomness: np.random.Generator,
) -> Inked:  # fmt: skip
    """What lies within the edge, by each pixel's distance from it [n, n], so that TALL of these become `height`."""
    scale, pen = height / TALL, hand.width(height)
    turn, lean = angle + randomness.normal(0, 0.03), hand.lean + randomness.normal(0, 0.03)
    aspect = hand.aspect * np.exp(randomness.normal(0, 0.03))
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[aspect, -lean], [0, 1]]) * scale
    size = int(len(edge) * scale * 1.35 + pen) + 4
    shift = np.full(2, size / 2) - matrix @ np.full(2, len(edge) / 2)
    warped = cv2.warpAffine(
        edge * scale, np.hstack([matrix, shift[:, None]]), (size, size), flags=cv2.INTER_LINEAR, borderValue=255.0
    )
    if randomness.random() < 0.3:  # a pen that presses more here and less there
        rough = randomness.normal(0, 1, (4, 4)).astype(np.float32)
        warped += cv2.resize(rough, (size, size), interpolation=cv2.INTER_CUBIC) * np.float32(pen * 0.1)
    slope = max(1.0, hand.soft * pen)
    cover = np.clip(0.5 - warped / slope, 0, 1)
    rows, columns = np.flatnonzero(cover.max(1) > 0.05), np.flatnonzero(cover.max(0) > 0.05)
    at = matrix @ foot + shift
    if not len(rows):
        return Inked(np.zeros((1, 1), np.float32), (0.0, 0.0))
    top, left = int(rows[0]), int(columns[0])
    return Inked(cover[top : rows[-1] + 1, left : columns[-1] + 1], (float(at[0]) - left, float(at[1]) - top))
