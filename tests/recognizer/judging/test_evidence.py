import math
from dataclasses import replace

import numpy as np
import pytest

from recognizer.judging.evidence import MOST, OF_A_GAP, OF_A_MARK, OF_A_NUMBER, odds, of_a_number, of_gaps, of_marks
from recognizer.recognising.recogniser import Recognised
from recognizer.symbols import ALPHABET, DIGITS
from tests.recognizer.marks import judged, opinion, recognised, written


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
    both = np.full(2, certain)
    number = of_a_number([replace(one, there=certain, left_out=certain) for one in judged("4-", *both)], 1)
    gap = of_gaps(read, both, np.ones(2, bool))
    for evidence in (rows, number, gap):
        assert np.isfinite(evidence).all()
        assert np.abs(evidence).max() <= MOST
    assert [rows.shape, number.shape, gap.shape] == [(2, len(OF_A_MARK)), (len(OF_A_NUMBER),), (1, len(OF_A_GAP))]


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
    named = dict(zip(OF_A_NUMBER, of_a_number(judged("-42", 0.9, 0.5, 0.8), 3), strict=True))
    assert named["certainty"] == pytest.approx(math.log(0.9 * 0.5 * 0.8))
    assert named["weakest"] == 0
    assert named["marks"] == pytest.approx(math.log(3))
    assert named["signs"] == 1
    assert named["numbers"] == pytest.approx(math.log(3))


def test_a_number_s_evidence_names_where_it_is_least_surely_one_and_whole() -> None:
    word = [replace(one, there=0.7) for one in judged("42", 0.9, 0.9)]
    word[1] = replace(word[1], apart=(0.2, 0.6), left_out=0.3)
    named = dict(zip(OF_A_NUMBER, of_a_number(word, 1), strict=True))
    assert named["joined"] == pytest.approx(odds(0.8))
    assert named["ends"] == pytest.approx(odds(0.6))
    assert named["left_out"] == pytest.approx(odds(0.3))
    assert named["there"] == pytest.approx(odds(0.7))


def gaps(text: str, *left_out: int) -> list[dict[str, float]]:
    marks = written(text)
    kept = np.array([place not in left_out for place in range(len(marks))])
    return [dict(zip(OF_A_GAP, row, strict=True)) for row in of_gaps(marks, np.full(len(marks), 0.3), kept)]


def test_marks_of_a_row_are_evenly_apart_and_a_space_stands_out() -> None:
    even = gaps("407")
    assert [one["gap"] for one in even] == pytest.approx([1 / 3, 1 / 3])
    assert [one["to_usual"] for one in even] == pytest.approx([0, 0])
    assert even[0]["uneven"] == pytest.approx(0)
    first, space = gaps("40 7")
    assert space["gap"] > first["gap"]
    assert space["to_least"] > 0 == first["to_least"]


def test_the_room_of_a_mark_that_is_left_out_is_not_clear() -> None:
    (through,) = gaps("407", 1)
    (empty,) = gaps("4 7")
    assert through["gap"] == pytest.approx(empty["gap"])
    assert through["clear"] < empty["clear"]
    assert through["between"] > empty["between"]


def test_what_lies_between_lines_is_no_gap() -> None:
    assert not any(gaps("4\n0")[0].values())


def test_of_one_mark_alone_there_is_no_gap() -> None:
    assert gaps("4") == gaps("42", 0) == []
