import pytest

from recognizer.drawing.strokes import Centrelines
from recognizer.learning.mnist import Digits


@pytest.fixture(scope="session")
def lines(digits: Digits) -> Centrelines:
    return Centrelines.of(digits.images[:200], digits.labels[:200])
