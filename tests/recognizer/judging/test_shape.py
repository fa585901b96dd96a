import cv2
import numpy as np
import pytest

from recognizer.finding import Found
from recognizer.judging.shape import is_odd, is_scribble
from recognizer.learning.mnist import Digits, load_mnist
from recognizer.page import Box
from recognizer.recognising.candidate import SIDE, Candidate


@pytest.fixture(scope="module")
def validation() -> Digits:
    return load_mnist().validation[:1000]


def enlarged(image: np.ndarray, times: int = 6) -> np.ndarray:
    return cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)


def sheet() -> np.ndarray:
    return np.zeros((120, 120), np.uint8)


@pytest.mark.parametrize("times", [1, 6])
def test_next_to_no_digit_is_odd(validation: Digits, times: int) -> None:
    odd = [
        is_odd(enlarged(image, times), label)
        for image, label in zip(validation.images, validation.labels.tolist(), strict=True)
    ]
    assert np.mean(odd) < 0.03


def test_a_filled_shape_is_no_stroke() -> None:
    dress = sheet()
    cv2.fillPoly(dress, [np.array([(42, 5), (78, 5), (85, 115), (35, 115)])], 255)
    assert is_odd(dress, 1)


def test_a_pen_that_dwells_makes_a_blot() -> None:
    tick = sheet()
    cv2.polylines(tick, [np.array([(20, 10), (90, 10), (40, 110)])], False, 255, 4)
    assert not is_odd(tick, 7)
    cv2.circle(tick, (88, 14), 11, 255, -1)
    assert is_odd(tick, 7)


def test_a_line_that_goes_to_and_fro_winds_more_than_any_digit() -> None:
    wave = sheet()
    corners = [(10 + 9 * number, 20 if number % 2 else 100) for number in range(12)]
    cv2.polylines(wave, [np.array(corners)], False, 255, 3, cv2.LINE_AA)
    assert is_odd(wave, 4)
    assert is_scribble(cv2.resize(wave, (120, 80), interpolation=cv2.INTER_AREA))
    assert not is_scribble(wave)


def test_of_a_small_glyph_only_the_pen_tells() -> None:
    """There the network's frame shows as much, and a pixel more or less makes a loop: digits would be lost."""
    letter = sheet()
    cv2.line(letter, (40, 10), (40, 110), 255, 10, cv2.LINE_AA)
    cv2.circle(letter, (58, 85), 20, 255, 10, cv2.LINE_AA)
    small = cv2.resize(letter, (28, 28), interpolation=cv2.INTER_AREA)
    assert is_odd(letter, 1)
    assert not is_odd(small, 1)


def test_a_one_with_a_bowl_is_no_one_and_an_eight_has_two() -> None:
    letter = sheet()
    cv2.line(letter, (40, 10), (40, 110), 255, 7, cv2.LINE_AA)
    assert not is_odd(letter, 1)
    cv2.circle(letter, (55, 85), 18, 255, 6, cv2.LINE_AA)
    assert is_odd(letter, 1)
    assert not is_odd(letter, 6)


def test_two_lines_apart_are_no_one() -> None:
    pair = sheet()
    for x in (40, 70):
        cv2.line(pair, (x, 10), (x, 110), 255, 7, cv2.LINE_AA)
    assert is_odd(pair, 1)


def test_ink_without_a_stroke_is_odd() -> None:
    assert is_odd(np.zeros((40, 40), np.uint8), 1)


def test_large_ink_is_kept_no_larger_than_it_is_looked_at_and_judged_alike(validation: Digits) -> None:
    for image, label in zip(validation.images[:40], validation.labels[:40].tolist(), strict=True):
        large = enlarged(image, 30)
        kept = Candidate.of(Found(Box(0, 0, 840, 840), large, 0, False), "").ink
        assert max(kept.shape) == SIDE
        assert is_odd(kept, label) == is_odd(large, label)


def test_small_ink_is_kept_as_it_is(validation: Digits) -> None:
    ink = validation.images[0]
    assert Candidate.of(Found(Box(0, 0, 28, 28), ink, 0, False), "").ink is ink
