import math
from dataclasses import replace

import numpy as np
import pytest

from recognizer.seeing.evidence import MOST, OF_A_MARK, OF_A_NUMBER, odds, of_a_number, of_marks
from recognizer.seeing.recogniser import Recognised
from recognizer.symbols import ALPHABET, DIGITS
from tests.recognizer.marks import opinion, recognised, written


def of(mark: Recognised, name: str) -> float:
    return float(of_marks([mark])[0, OF_A_MARK.index(name)])


def test_odds_are_symmetric_and_bounded() -> None:
    assert odds(0.5) == 0
    assert odds(0.9) == pytest.approx(math.log(9)) == pytest.approx(-odds(0.1))
    assert (odds(0.0), odds(1.0)) == (-MOST, MOST)


def test_no_marks_give_no_rows() -> None:
    assert of_marks([]).shape == (0, len(OF_A_MARK))


@pytest.mark.parametrize("certain", [0.0, 1.0])
@pytest.mark.parametrize("extreme", [0.0, 1e-30, 1e4])
def test_evidence_is_finite_and_bounded_whatever_the_networks_imagine(certain: float, extreme: float) -> None:
    one, other = written("4-")
    symbols, digits = np.zeros(len(ALPHABET)), np.full(len(DIGITS), certain)
    symbols[3] = 1
    wild = replace(
        one.candidate, symbols=symbols.astype(np.float32), heat=certain, held=certain, size=extreme, beside=extreme
    )
    read = [replace(one, candidate=wild, symbols=symbols, digits=digits), other]
    rows = of_marks(read)
    number = of_a_number([certain, certain], read)
    for evidence in (rows, number):
        assert np.isfinite(evidence).all()
        assert np.abs(evidence).max() <= MOST
    assert (rows.shape, number.shape) == ((2, len(OF_A_MARK)), (len(OF_A_NUMBER),))


def test_networks_that_take_a_digit_for_the_same_agree() -> None:
    mark = recognised("4")
    assert of(mark, "agree") == 1
    assert of(replace(mark, digits=opinion("9", of=DIGITS)), "agree") == 0


def test_of_a_sign_the_digit_network_says_nothing() -> None:
    assert of(recognised("+"), "sign") == 1
    assert (of(recognised("+"), "network"), of(recognised("+"), "agree")) == (0, 0)
    assert of(recognised("4"), "network") > 0


def test_a_mark_alone_is_told_from_one_among_others_and_the_weakest_beside_it_is_named() -> None:
    assert of(recognised("4"), "alone") == 1
    rows = of_marks([recognised("4"), recognised("0", sure=0.5), recognised("7")])
    assert not rows[:, OF_A_MARK.index("alone")].any()
    weakest = rows[:, OF_A_MARK.index("weakest_beside")]
    assert weakest[0] == weakest[2] < weakest[1]


def test_a_number_s_evidence_counts_its_marks_and_signs_and_weighs_the_weakest() -> None:
    read = written("-42")
    named = dict(zip(OF_A_NUMBER, of_a_number([0.9, 0.5, 0.8], read), strict=True))
    assert named["certainty"] == pytest.approx(math.log(0.9 * 0.5 * 0.8))
    assert named["weakest"] == 0
    assert named["marks"] == pytest.approx(math.log(3))
    assert named["signs"] == 1
