"""One hand inks all that is on a page alike."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from recognizer.drawing.pens import Hand, Inked, digit, digit_of, inked, rewritten, strokes_inked, symbol_inked, traced
from recognizer.drawing.strokes import SIDE, Handwriting, thinned
from recognizer.symbols import SIGNS

EVEN = Hand(0.1, 0.0, 0.0, 1.0, 0.3, 0.0, 0.0, 0.0, 0.0)


def dice(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def area(glyph: Inked) -> float:
    return float(glyph.cover.sum())


@pytest.mark.parametrize("height", [12, 40, 96])
def test_a_digit_is_about_as_high_as_asked_and_stands_on_its_foot(handwriting: Handwriting, height: int) -> None:
    tall = []
    for index in range(60):
        glyph = digit_of(handwriting, index, height, 0.0, EVEN, dice(index))
        assert 0 <= glyph.cover.min() <= glyph.cover.max() <= 1
        assert abs(glyph.foot[1] - len(glyph.cover)) <= 0.25 * height
        tall.append(max(glyph.cover.shape))
    assert np.median(tall) == pytest.approx(height + 0.1 * height, rel=0.2)


def test_a_broad_pen_leaves_more_ink_and_a_soft_one_a_softer_edge(handwriting: Handwriting) -> None:
    fine, broad, soft = (
        digit_of(handwriting, 3, 60, 0.0, replace(EVEN, **changes), dice())
        for changes in ({"pen": 0.05}, {"pen": 0.2}, {"pen": 0.2, "soft": 1.0})
    )
    assert area(broad) > 2 * area(fine)
    between = [((glyph.cover > 0.1) & (glyph.cover < 0.9)).mean() for glyph in (broad, soft)]
    assert between[1] > 1.5 * between[0]


@pytest.mark.parametrize("pen", [3.0, 6.0, 9.0])
def test_rewritten_with_another_pen_strokes_are_as_wide_and_loops_stay_open(pen: float) -> None:
    ink = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(ink, (32, 32), (14, 20), 0, 0, 360, 1, 7)
    wide = rewritten(ink, thinned(ink), pen)[32] < 0
    assert not wide[32]
    assert wide.sum() / 2 == pytest.approx(pen, abs=1.5)


def test_a_trace_is_as_wide_as_its_pen_and_nothing_has_none() -> None:
    line = np.zeros((SIDE, SIDE), np.uint8)
    line[:, 30] = 1
    assert (traced(line, 5.0)[20] < 0).sum() == 5
    nothing = np.zeros_like(line)
    assert (traced(nothing, 5.0) > 0).all()
    assert (rewritten(nothing, nothing, 5.0) > 0).all()


def test_any_digit_says_which_it_is(handwriting: Handwriting) -> None:
    said = [digit(handwriting, 30, 0.0, EVEN, dice(seed))[1] for seed in range(100)]
    assert set(said) == set(range(10))


@pytest.mark.parametrize("height", [10, 60])
@pytest.mark.parametrize("symbol", SIGNS)
def test_a_sign_is_seen_however_small_it_is_written(symbol: str, height: int) -> None:
    for seed in range(20):
        glyph = symbol_inked(symbol, height, 0.0, replace(EVEN, pen=0.035), dice(seed))
        assert glyph.cover.max() > 0.6
        assert max(glyph.cover.shape) < 2.2 * height


def test_a_page_that_is_turned_turns_what_is_written_on_it() -> None:
    line = [np.array([(-0.4, -0.5), (0.4, -0.5)])]
    level, upright = (strokes_inked(line, 50, angle, EVEN, dice()).cover.shape for angle in (0.0, np.pi / 2))
    assert level[1] > 2 * level[0]
    assert upright[0] > 2 * upright[1]


def test_nothing_leaves_no_ink() -> None:
    assert area(inked(traced(np.zeros((SIDE, SIDE), np.uint8), 4.0), np.full(2, SIDE / 2), 40, 0.0, EVEN, dice())) == 0


def test_one_hand_in_some_bars_its_7s_and_one_in_some_writes_so_that_digits_touch() -> None:
    hands = [Hand.any(dice(seed)) for seed in range(400)]
    assert 0.2 < np.mean([hand.bar > 0.5 for hand in hands]) < 0.4
    assert 0.35 < np.mean([hand.flag > 0.5 for hand in hands]) < 0.55
    assert 0.08 < np.mean([hand.gap < 0.03 for hand in hands]) < 0.25
    assert min(hand.pen for hand in hands) >= 0.02
