"""What hands write, as ink and centre lines."""

import cv2
import numpy as np
import pytest

from recognizer.drawing.strokes import (
    SIDE,
    TALL,
    Handwriting,
    altered,
    enlarged,
    letter,
    rounded,
    sign,
    squiggle,
    thinned,
)
from recognizer.learning.mnist import Digits
from recognizer.symbols import SIGNS


def pieces(mask: np.ndarray) -> int:
    """How many parts of a mask do not touch, not even at corners."""
    return int(cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0]) - 1


def thickest(line: np.ndarray) -> int:
    """The largest square that is all line, in pixels of its side."""
    side = 1
    while cv2.erode(line, np.ones((side + 1, side + 1), np.uint8), borderValue=0).any():
        side += 1
    return side


def of(digits: Digits, label: int, handwriting: Handwriting) -> list[np.ndarray]:
    return [handwriting.line(int(index)) for index in np.flatnonzero(handwriting.labels == label)]


def test_a_centre_line_is_one_pixel_wide_and_as_connected_as_the_ink_it_was_thinned_from() -> None:
    ink = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(ink, (30, 30), (15, 22), 20, 0, 300, 1, 7)
    cv2.line(ink, (5, 30), (50, 34), 1, 5)
    line = thinned(ink)
    assert (line.shape, line.dtype, set(np.unique(line))) == ((SIDE, SIDE), np.uint8, {0, 1})
    assert (thickest(line), pieces(line)) == (1, 1)
    assert line.sum() < 0.3 * ink.sum()
    assert (ink >= line).all()


def test_the_centre_lines_of_digits_are_thin_and_whole_and_centred(handwriting: Handwriting, digits: Digits) -> None:
    whole = 0
    for index in range(100):
        line = handwriting.line(index)
        rows, columns = np.nonzero(line)
        assert thickest(line) <= 2  # where strokes cross, two pixels by two may stay
        assert max(np.ptp(rows), np.ptp(columns)) <= TALL
        assert abs(rows.min() + rows.max() - SIDE) <= 8
        assert abs(columns.min() + columns.max() - SIDE) <= 8
        whole += pieces(line) == 1
    assert whole >= 95
    assert len(handwriting) == 200
    assert (handwriting.labels == digits.labels[:200]).all()


def test_ink_is_as_large_as_centre_lines_are_and_holds_them(handwriting: Handwriting, digits: Digits) -> None:
    for index in range(100):
        ink, line = handwriting.ink(index), handwriting.line(index)
        assert (ink == enlarged(digits.images[index])).all()
        assert TALL - 8 <= max(np.ptp(side) + 1 for side in np.nonzero(ink)) <= TALL
        assert (ink >= line).all()


def test_nothing_has_no_ink_and_no_centre_line() -> None:
    assert not enlarged(np.zeros((28, 28), np.uint8)).any()
    assert not thinned(np.zeros((SIDE, SIDE), np.uint8)).any()


@pytest.mark.parametrize("label", range(10))
def test_another_hand_adds_strokes_to_0_1_and_7_and_leaves_the_others(
    digits: Digits, handwriting: Handwriting, label: int
) -> None:
    randomness = np.random.default_rng(1)
    changed = 0
    for line in of(digits, label, handwriting):
        before = line.copy()
        other = altered(line, label, 1.0, 1.0, 1.0, randomness)
        assert (line == before).all()
        assert (other >= line).all()
        changed += int(other.sum()) > int(line.sum())
    assert (changed > 5) == (label in (0, 1, 7))
    assert changed > 5 or changed == 0


def test_a_hand_that_does_none_of_that_writes_as_it_is(digits: Digits, handwriting: Handwriting) -> None:
    randomness = np.random.default_rng(1)
    for label in (0, 1, 7):
        for line in of(digits, label, handwriting):
            assert (altered(line, label, 0.0, 0.0, 0.0, randomness) == line).all()


def test_the_bar_of_a_7_crosses_its_middle_and_the_flag_of_a_1_falls_from_its_head_to_the_left(
    digits: Digits, handwriting: Handwriting
) -> None:
    randomness = np.random.default_rng(1)
    for line in of(digits, 7, handwriting):
        rows = np.nonzero(line)[0]
        added = np.nonzero(altered(line, 7, 0, 1.0, 0, randomness) - line)[0]
        assert 0.25 < (added.mean() - rows.min()) / np.ptp(rows) < 0.75
    for line in of(digits, 1, handwriting):
        rows, columns = np.nonzero(line)
        head = columns[rows.argmin()]
        flagged = altered(line, 1, 1.0, 0, 0, randomness)
        below_left = (flagged - line)[rows.min() :, : head + 3]
        assert below_left.any() or (flagged == line).all()


@pytest.mark.parametrize("symbol", SIGNS)
def test_each_sign_is_drawn_about_as_large_as_beside_a_digit(symbol: str) -> None:
    randomness = np.random.default_rng(1)
    for _ in range(50):
        strokes = sign(symbol, randomness)
        points = np.concatenate(strokes)
        assert points.shape[1] == 2
        assert np.isfinite(points).all()
        assert np.abs(points[:, 0]).max() <= 0.6
        assert -1.4 <= points[:, 1].min() <= points[:, 1].max() <= 0.5


def test_a_point_lies_low_a_minus_at_half_height_and_a_colon_is_two_points() -> None:
    randomness = np.random.default_rng(1)
    heights = {symbol: [np.concatenate(sign(symbol, randomness))[:, 1].mean() for _ in range(60)] for symbol in ".-"}
    assert np.median(heights["."]) > -0.1
    assert -0.6 < np.median(heights["-"]) < -0.3
    assert {len(sign(":", randomness)) for _ in range(20)} == {2}


@pytest.mark.parametrize("symbol", ["7", "", "?", "--"])
def test_what_is_no_sign_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="is no sign"):
        sign(symbol, np.random.default_rng(1))


def test_letters_and_squiggles_are_chains_of_points_of_about_a_digit_s_height() -> None:
    randomness = np.random.default_rng(1)
    for make in (letter, squiggle):
        for _ in range(50):
            points = np.concatenate(make(randomness))
            assert np.isfinite(points).all()
            assert 0 < np.ptp(points, axis=0).max() < 2.5


def test_rounding_keeps_the_ends_and_cuts_the_corners() -> None:
    corner = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)])
    smooth = rounded(corner)
    assert (smooth[[0, -1]] == corner[[0, -1]]).all()
    assert np.abs(smooth - corner[1]).sum(1).min() > 0.1
