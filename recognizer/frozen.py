"""The suites that a challenger must not fail: frozen, and made of MNIST's validation digits alone.

Its test digits decide nothing: they are scored for the report card.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.dataset import Digits, fingerprint
from recognizer.decoding import Picture
from recognizer.reading import Reader
from recognizer.suites import corruptions

SEED = 2202
NUMBERS, SHORTEST, LONGEST = 400, 2, 6


@dataclass(frozen=True)
class Number:
    """A picture of a number: grey uint8 [h, w], dark ink on light paper, and what it says."""

    grey: NDArray[np.uint8]
    text: str


@dataclass(frozen=True)
class FrozenSuites:
    """`clean` digits as they are, the same digits `corrupted`, each in one of seventeen ways, and whole `numbers`."""

    clean: Digits
    numbers_count: int = NUMBERS

    @cached_property
    def corrupted(self) -> Digits:
        kinds = list(corruptions.CORRUPTIONS.values())
        images = np.empty_like(self.clean.images)
        for number, corrupted in enumerate(kinds):
            mine = slice(number, None, len(kinds))
            images[mine] = corrupted(self.clean.images[mine], np.random.default_rng([SEED, number]))
        return Digits(images, self.clean.labels)

    @cached_property
    def numbers(self) -> list[Number]:
        return [drawn_number(self.clean, np.random.default_rng([SEED, i])) for i in range(self.numbers_count)]

    @cached_property
    def fingerprint(self) -> str:
        greys = [number.grey for number in self.numbers]
        return fingerprint([self.clean.images, self.clean.labels, self.corrupted.images, *greys])


def drawn_number(digits: Digits, randomness: np.random.Generator) -> Number:
    """Some digits in a row on paper of uneven light, ruled one time in four."""
    chosen = randomness.integers(0, len(digits), randomness.integers(SHORTEST, LONGEST + 1))
    side = int(randomness.integers(40, 90))
    step, margin = int(side * randomness.uniform(0.72, 0.95)), side // 2
    height, width = 2 * side, 2 * margin + side + step * (len(chosen) - 1)
    ink = np.zeros((height, width), np.float32)
    for place, index in enumerate(chosen):
        large = cv2.resize(digits.images[index], (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
        top = int(side / 2 + randomness.uniform(-0.06, 0.06) * side)
        left = margin + place * step
        part = ink[top : top + side, left : left + side]
        np.maximum(part, large, out=part)
    left_light, right_light = randomness.uniform(0.75, 1.0, 2)
    light = np.linspace(left_light, right_light, width, dtype=np.float32)[None, :]
    paper = 235 * light + randomness.normal(0, 2, (height, width)).astype(np.float32)
    if randomness.random() < 0.25:
        paper[:: max(side // 2, 8)] -= 35
    grey = paper * (1 - ink * randomness.uniform(0.6, 0.85))
    return Number(np.clip(grey, 0, 255).astype(np.uint8), "".join(str(label) for label in digits.labels[chosen]))


def numbers_right(reader: Reader, numbers: list[Number]) -> NDArray[np.bool_]:
    """Which numbers [n] a reader reads exactly, through the whole way from picture to text."""
    readings = reader.read(Picture.drawn(number.grey) for number in numbers)
    return np.array([reading.text.replace(" ", "") == n.text for reading, n in zip(readings, numbers, strict=True)])
