"""A picture no larger than MNIST's frame is one digit, of either polarity."""

import cv2
import numpy as np
import pytest

from recognizer.finding.tiny import FAINTEST, find_one, is_tiny
from recognizer.learning.mnist import Digits
from tests.recognizer.paper import of_label, trimmed


@pytest.mark.parametrize(("shape", "tiny"), [((28, 28), True), ((1, 28), True), ((29, 28), False), ((28, 29), False)])
def test_tiny_is_what_fits_into_mnist_s_frame(shape: tuple[int, int], tiny: bool) -> None:
    assert is_tiny(np.zeros(shape, np.uint8)) is tiny


def test_a_digit_that_is_light_on_0_is_passed_on_untouched_but_for_what_nobody_sees(digits: Digits) -> None:
    for image in digits.images[:300]:
        (mark,) = find_one(image).marks
        kept = mark.ink > 0
        np.testing.assert_array_equal(mark.ink[kept], image[kept])
        assert image[~kept].max(initial=0) <= FAINTEST


def test_dark_ink_on_light_paper_is_the_same_digit_and_light_ink_is_noted(digits: Digits) -> None:
    for image in digits.images[:300]:
        light, dark = find_one(image), find_one(255 - image)
        np.testing.assert_array_equal(dark.marks[0].ink, light.marks[0].ink)
        assert (light.notes, dark.notes) == (("light_ink",), ())


def test_a_faint_digit_on_grey_paper_is_found_where_it_lies() -> None:
    grey = np.full((28, 28), 180, np.uint8)
    cv2.line(grey, (14, 5), (14, 22), 130, 2)
    (mark,) = find_one(grey).marks
    assert mark.box == cv2.boundingRect((grey < 180).astype(np.uint8))
    assert (mark.ink > 0).sum() == (grey < 180).sum()
    assert mark.symbols is None


def test_the_grain_of_the_paper_is_no_ink() -> None:
    grey = np.random.default_rng(3).integers(176, 185, (28, 28)).astype(np.uint8)
    cv2.line(grey, (14, 5), (14, 22), 60, 2)
    (mark,) = find_one(grey).marks
    assert (mark.ink[:, :12].max(), mark.ink[:, 18:].max()) == (0, 0)


@pytest.mark.parametrize("level", [0, 1, 128, 255])
@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (1, 28), (3, 2)])
def test_a_constant_picture_is_blank(level: int, shape: tuple[int, int]) -> None:
    assert find_one(np.full(shape, level, np.uint8)).outcome == "blank"


def test_noise_that_nobody_sees_is_blank() -> None:
    grey = np.random.default_rng(3).integers(200, 206, (28, 28)).astype(np.uint8)
    assert find_one(grey).outcome == "blank"


@pytest.mark.parametrize("light", [True, False])
def test_ink_that_touches_all_four_sides_of_16_pixels_is_still_the_ink(digits: Digits, light: bool) -> None:
    for image in of_label(digits.images, digits.labels, "0123456789"):
        tight = cv2.resize(trimmed(image), (16, 16), interpolation=cv2.INTER_AREA)
        (mark,) = find_one(tight if light else 255 - tight).marks
        assert mark.ink[tight > 200].min() > mark.ink[tight < 30].max(initial=0)
