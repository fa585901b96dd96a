"""Whole numbers on paper: one to twelve digits, some of them touching, some in groups or on two lines."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing.paper import Grey, paper, photographed
from recognizer.learning.mnist import Digits

SEED, COUNT, LONGEST = 4079, 600, 12
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
    tall = int(randomness.integers(36, 90))
    chosen = randomness.integers(0, len(digits), length)
    breaks = layout(length, randomness)
    ink, touching = np.zeros((2 * tall, 2 * tall), np.float32), False
    left, top, text = tall, tall, ""
    growth = np.exp(randomness.normal(0, 0.06, length))
    slope = randomness.normal(0, 0.02)
    for index, which in enumerate(chosen):
        glyph = enlarged(digits.images[which], round(tall * growth[index]), randomness)
        if breaks[index] == "\n":
            left, top = tall, top + round(tall * randomness.uniform(1.6, 2.2))
        elif breaks[index] == " ":
            left += round(tall * randomness.uniform(1.5, 2.2))
        elif index and randomness.random() < TOUCHING:
            left -= overlap(ink, glyph, left, top)
            touching = True
        else:
            left += round(tall * randomness.uniform(0.12, 0.5)) if index else 0
        text += breaks[index] + str(digits.labels[which])
        drop = top + round(tall * randomness.normal(0, 0.04) + slope * left)
        ink = stamped(ink, glyph, left, max(drop, 0))
        left += glyph.shape[1]
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    room = [round(tall * randomness.uniform(0.35, 1.5)) for _ in range(4)]
    ink = np.pad(ink, ((room[0], room[1]), (room[2], room[3])))
    ruling = str(randomness.choice(RULINGS))
    # Ruled lines are made to write between, squares are smaller than that.
    pitch = round(tall * (randomness.uniform(0.5, 1.2) if ruling in ("grid", "dotted") else randomness.uniform(0.9, 2)))
    sheet = paper(*ink.shape, ruling, randomness, pitch)
    sheet = sheet * (1 - randomness.uniform(0.45, 0.9) * ink)
    return Number(photographed(sheet, randomness, randomness.uniform(0, 1)), text, touching)


def layout(length: int, randomness: np.random.Generator) -> list[str]:
    """What stands before each digit: nothing, a space or a line break."""
    breaks = [""] * length
    if length >= 4 and randomness.random() < 0.4:
        breaks[int(randomness.integers(2, length - 1))] = "\n" if randomness.random() < 0.4 else " "
    return breaks


def enlarged(image: NDArray[np.uint8], tall: int, randomness: np.random.Generator) -> NDArray[np.float32]:
    """One digit [28, 28] cut out and drawn so many pixels tall, its edges as sharp as a pen's; 0..1."""
    rows, columns = np.flatnonzero(image.max(axis=1) > 60), np.flatnonzero(image.max(axis=0) > 60)
    crop = np.pad(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    scale = tall / len(rows)
    large = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    large = cv2.GaussianBlur(large, (0, 0), max(scale / 3, 0.5)) / 255
    return np.clip((large - 0.5) * randomness.uniform(2, 6) + 0.5, 0, 1).astype(np.float32)


def overlap(ink: NDArray[np.float32], glyph: NDArray[np.float32], left: int, top: int) -> int:
    """How many pixels a glyph has to move to the left until it just touches what is written there."""
    height = glyph.shape[0]
    before = ink[top : top + height, :left] > 0.5
    gaps = [
        left - int(np.flatnonzero(row)[-1]) + int(np.flatnonzero(own)[0])
        for row, own in zip(before, glyph > 0.5, strict=False)
        if row.any() and own.any()
    ]
    return min(gaps) + 1 if gaps else 0


def stamped(ink: NDArray[np.float32], glyph: NDArray[np.float32], left: int, top: int) -> NDArray[np.float32]:
    """The ink with a glyph on it, on a sheet made larger where it has to be."""
    height, width = glyph.shape
    more = max(0, top + height - ink.shape[0]), max(0, left + width - ink.shape[1])
    ink = np.pad(ink, ((0, more[0]), (0, more[1])))
    place = ink[top : top + height, left : left + width]
    np.maximum(place, glyph, out=place)
    return ink
