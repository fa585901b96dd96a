import numpy as np
import pytest

from recognizer.page import Box
from recognizer.recognising.candidate import Candidate
from recognizer.recognising.lattice import Ways
from recognizer.recognising.pair_network import OUTPUTS, SECOND, TWO
from recognizer.symbols import DIGITS


def mark_of(*parts: Box, spans: tuple[tuple[int, int], ...] = ()) -> Candidate:
    """A whole that may be two digits, and its pieces; a network sees all 0 of the whole, all 1 of the first piece."""
    glyphs = np.arange(len(parts), dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    frames = np.full((1, 28, 56), 9, np.uint8)
    return Candidate("", parts, glyphs, np.full((40, 60), 255, np.uint8), spans, (0,), frames)


CUT = mark_of(Box(0, 0, 60, 40), Box(0, 0, 28, 40), Box(30, 0, 30, 40), spans=((0, 1), (1, 2)))
UNCUT = mark_of(Box(10, 0, 61, 40))


def ways(whole: float, two: float, candidate: Candidate = CUT) -> Ways:
    """A whole that looks like a 4, pieces that hardly look like 1 and 7, and a pair that looks like a 1 and a 7."""
    ones = np.full((len(candidate.parts), 10), 0.01)
    ones[0, 4] = whole
    twos = np.full((1, OUTPUTS), 0.001)
    twos[0, [1, SECOND.start + 7, TWO]] = 0.99, 0.99, two
    if candidate.spans:
        ones[[1, 2], [1, 7]] = 0.2
    return Ways(candidate, ones, twos, DIGITS)


def test_a_doubtful_whole_gives_way_to_a_pair_shown_by_the_best_cut() -> None:
    certainty, found = ways(0.3, 0.9).read()
    assert "".join(mark.symbol for mark in found) == "17"
    assert [mark.box for mark in found] == list(CUT.parts[1:])
    assert [int(mark.seen[0, 0]) for mark in found] == [1, 2]
    assert certainty == pytest.approx(0.9 * 0.99 * 0.99)


def test_a_sure_whole_and_an_unlikely_pair_stay_one_digit() -> None:
    for one in (ways(0.97, 0.99), ways(0.5, 0.01)):
        _, found = one.read()
        assert "".join(mark.symbol for mark in found) == "4"


def test_where_nothing_can_be_cut_each_digit_has_half_of_the_box() -> None:
    _, found = ways(0.3, 0.9, UNCUT).read()
    assert "".join(mark.symbol for mark in found) == "17"
    assert [mark.box for mark in found] == [(10, 0, 30, 40), (41, 0, 30, 40)]
    assert [mark.seen.shape for mark in found] == [(28, 28), (28, 28)]


def test_symbols_are_those_of_the_model_in_their_order() -> None:
    letters = Ways(UNCUT, np.eye(10)[[4]], np.zeros((1, OUTPUTS)), "abcdefghij")
    assert [mark.symbol for mark in letters.read()[1]] == ["e"]
