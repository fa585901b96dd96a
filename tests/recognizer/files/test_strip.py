import cv2
import numpy as np
import pytest

from recognizer.files import strip_marks, strip_png

SEEN = np.random.default_rng(2).integers(0, 256, (3, 28, 28), np.uint8)


def test_marks_come_out_of_their_strip_as_they_went_in() -> None:
    assert np.array_equal(strip_marks(strip_png(list(SEEN)), 3), SEEN)


def test_no_marks_are_one_empty_frame_that_can_be_shown() -> None:
    strip = cv2.imdecode(np.frombuffer(strip_png([]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(strip, np.zeros((28, 28), np.uint8))
    assert strip_marks(strip_png([]), 0).shape == (0, 28, 28)


@pytest.mark.parametrize(("png", "count"), [(strip_png(list(SEEN)), 2), (strip_png(list(SEEN)), 4), (b"no picture", 3)])
def test_a_strip_of_another_length_or_none_gives_no_marks(png: bytes, count: int) -> None:
    assert strip_marks(png, count).shape == (0, 28, 28)
