import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, Classifier, load
from recognizer.learning.mnist import Digits
from recognizer.page import Picture
from recognizer.reader import Reader
from recognizer.finding.finder import Finder
from recognizer.seeing.sight import Sight


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader.load("seed")


@pytest.fixture(scope="session")
def sight() -> Sight:
    """The learned reader as it ships."""
    bundle = load(DEFAULT_MODEL)
    return Sight.load(Classifier(bundle).network, bundle.alphabet)


@pytest.fixture(scope="session")
def finder(sight: Sight) -> Finder:
    return sight.finder


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
