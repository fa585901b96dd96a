"""The suites that a challenger must not fail: frozen, and made of MNIST's validation digits alone.

Its test digits decide nothing: they are scored for the report card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recognizer.exams import corruptions, numbers
from recognizer.exams.numbers import Number
from recognizer.learning.mnist import Digits, fingerprint
from recognizer.symbols import squeezed

SEED = 2202


@dataclass(frozen=True)
class FrozenSuites:
    """`clean` digits as they are, the same digits `corrupted`, each in one of seventeen ways, and whole `numbers`."""

    clean: Digits
    numbers_count: int = numbers.COUNT

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
        return list(numbers.suite(self.clean, count=self.numbers_count))

    @cached_property
    def fingerprint(self) -> str:
        pictures = [number.picture for number in self.numbers]
        return fingerprint([self.clean.images, self.clean.labels, self.corrupted.images, *pictures])


def numbers_right(said: Sequence[str], numbers: Sequence[Number]) -> NDArray[np.bool_]:
    """Which numbers [n] were read exactly, word spaces and line breaks aside."""
    return np.array([squeezed(text) == squeezed(n.text) for text, n in zip(said, numbers, strict=True)])
