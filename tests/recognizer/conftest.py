import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, load
from recognizer.finding.finder import Finder
from recognizer.learning.mnist import Digits
from recognizer.page import Picture
from recognizer.reader import Reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader.load("seed")


@pytest.fixture(scope="session")
def sapling() -> Reader:
    return Reader.load("sapling")


@pytest.fixture(scope="session")
def finder() -> Finder:
    return load(DEFAULT_MODEL).finder()


def clear_digits(digits: Digits, reader: Reader, wanted: str) -> list[np.ndarray]:
    """For each wanted digit one that the model reads without doubt: what is tested here is the way around it."""
    readings = reader.read([Picture.drawn(image) for image in digits.images[:600]])
    found = []
    for character in wanted:
        found.append(
            next(
                image
                for image, label, reading in zip(digits.images, digits.labels, readings, strict=False)
                if str(label) == character and reading.text == character and reading.confidence > 0.97
            )
        )
    return found
