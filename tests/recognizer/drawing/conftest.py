import pytest

from recognizer.drawing.strokes import Handwriting
from recognizer.learning.mnist import Digits


@pytest.fixture(scope="session")
def handwriting(digits: Digits) -> Handwriting:
    return Handwriting.of(digits.images[:200], digits.labels[:200])
