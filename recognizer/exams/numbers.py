"""Whole numbers on paper: one to twelve digits, some of them touching, some in groups or on two lines."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.exams.camera import Grey, Plane
from recognizer.exams.paper import handed_in
from recognizer.learning.mnist import Digits

SEED, COUNT, LONGEST = 7741, 600, 12
SMALLEST, LARGEST = 36, 110  # how many pixels tall digits are
FAINTEST = 30  # of 255: as grey as ink is at least
TOUCHING = 0.06  # the share of neighbours that touch
RULINGS = ("plain", "plain", "plain", "ruled", "ruled", "grid", "dotted", "margin")


@dataclass(frozen=True, slots=True)
class Number:
    """A picture uint8 [h, w] and what is written on it: a space between groups, a line break between lines."""

    picture: Grey
    text: str
    touching: bool

    @property
    def length(self) -> int:
        return sum(character.isdigit() for character in self.text)


def suite(digits: Digits, seed: int = SEED, count: int = COUNT) -> Iterator[Number]:
    """So many numbers, of all lengths alike, written with the digits [n, 28, 28] given."""
    randomness = np.random.default_rng(seed)
    for index in range(count):
        yield written(digits, 1 + index % LONGEST, randomness)


def written(digits: Digits, length: int, randomness: np.random.Generator) -> Number:
    """One number of `length` digits on a sheet of paper."""
    tall = round(float(np.exp(randomness.uniform(np.log(SMALLEST), np.log(LARGEST)))))
    ink, text, touching = laid_out(digits, length, tall, randomness)
    room = [round(tall * randomness.uniform(0.35, 1.5)) for _ in range(4)]
    ink = np.pad(ink, ((room[0], room[1]), (room[2], room[3])))
    ruling = str(randomness.choice(RULINGS))
    # Ruled lines are made to write between, squares are smaller than that.
    pitch = tall * (randomness.uniform(0.5, 1.2) if ruling in ("grid", "dotted") else randomness.uniform(0.9, 2))
    return Number(handed_in(ink, ruling, randomness, pitch), text, touching)


def laid_out(digits: Digits, length: int, tall: int, randomness: np.random.Generator) -> tuple[Plane, str, bool]:
    """The ink 0..1 [h, w] of some digits about so many pixels tall, what they say, and whether some touch."""
    ink, text, touching = np.zeros((2 * tall, 2 * tall), np.float32), "", False
    left, top, pen = tall, tall, randomness.uniform(0.24, 0.4)
    slope = randomness.normal(0, 0.02)
    for index, before in enumerate(layout(length, randomness)):
        which = int(randomness.integers(len(digits)))
        glyph = enlarged(digits.images[which], round(tall * np.exp(randomness.normal(0, 0.06))), pen)
        wander = tall * randomness.normal(0, 0.04)
        if before == "\n":
            left, top = tall, top + round(tall * randomness.uniform(1.6, 2.2))
        elif before == " ":
            left += round(tall * randomness.uniform(1.5, 2.2))
        elif index and randomness.random() < TOUCHING:
            left -= overlap(ink, glyph, left, round(top + wander + slope * left))
            touching = True
        elif index:
            left += round(tall * randomness.uniform(0.12, 0.5))
        text += before + str(digits.labels[which])
        ink = stamped(ink, glyph, left, round(top + wander + slope * left))
        left += glyph.shape[1]
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], text, touching


def layout(length: int, randomness: np.random.Generator) -> list[str]:
    """What stands before each digit: nothing, a space or a line break."""
    breaks = [""] * length
    if length >= 4 and randomness.random() < 0.4:
        breaks[int(randomness.integers(2, length - 1))] = "\n" if randomness.random() < 0.4 else " "
    return breaks


def enlarged(image: NDArray[np.uint8], tall: int, pen: float) -> Plane:
    """One digit [28, 28] cut out and drawn so many pixels tall, its edges as sharp as a pen's; 0..1.

    `pen` is the grey, 0..1, at which ink ends: the lower the broader.
    """
    rows, columns = np.flatnonzero(image.max(axis=1) > FAINTEST), np.flatnonzero(image.max(axis=0) > FAINTEST)
    crop = np.pad(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    scale = tall / len(rows)
    large = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR_EXACT)
    smooth = cv2.GaussianBlur(large, (0, 0), max(0.4 * scale, 0.5)).astype(np.float32) / 255
    return np.clip((smooth - np.float32(pen)) * np.float32(max(2, scale)) + np.float32(0.5), 0, 1)


def overlap(ink: Plane, glyph: Plane, left: int, top: int) -> int:
    """How many pixels a glyph has to move to the left until it just touches what is written there."""
    height = glyph.shape[0]
    before = ink[top : top + height, :left] > 0.5
    gaps = [
        left - int(np.flatnonzero(row)[-1]) + int(np.flatnonzero(own)[0])
        for row, own in zip(before, glyph > 0.5, strict=False)
        if row.any() and own.any()
    ]
    return min(gaps) + 1 if gaps else 0


def stamped(ink: Plane, glyph: Plane, left: int, top: int) -> Plane:
    """The ink with a glyph on it, on a sheet made larger where it has to be."""
    height, width = glyph.shape
    more = max(0, top + height - ink.shape[0]), max(0, left + width - ink.shape[1])
    ink = np.pad(ink, ((0, more[0]), (0, more[1])))
    place = ink[top : top + height, left : left + width]
    np.maximum(place, glyph, out=place)
    return ink
