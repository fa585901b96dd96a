import numpy as np
import pytest

from recognizer.bundles import load
from recognizer.exams.examination import examine
from recognizer.exams.gate import Comparison, Margins, compare, judge, mcnemar, weights_by_mistakes
from recognizer.exams.numbers import Number, suite
from recognizer.exams.suites import FrozenSuites, numbers_right
from recognizer.learning.lessons import Lesson
from recognizer.learning.mnist import Digits, load_mnist_test


def answered(count: int, gained: int, lost: int, wrong: int = 0, digit: int | None = None) -> Comparison:
    champion = np.ones(count, bool)
    challenger = champion.copy()
    champion[:gained] = False
    challenger[gained : gained + lost] = False
    champion[count - wrong :] = challenger[count - wrong :] = False
    return compare("clean" if digit is None else "digit", champion, challenger, digit=digit)


def verdict(held_out: Comparison, **suites: Comparison) -> list[str]:
    usual = {"clean": answered(5000, 3, 3)}
    return [reason.code for reason in judge(held_out, usual | suites, [], Margins()).against]


def test_mcnemar_is_the_chance_of_so_many_heads() -> None:
    assert mcnemar(5, 0) == pytest.approx(1 / 32)
    assert mcnemar(0, 0) == 1
    assert mcnemar(8, 2) == pytest.approx(56 / 1024)


def test_better_on_the_site_s_own_pictures_and_no_worse_elsewhere_passes() -> None:
    assert verdict(answered(100, 20, 1)) == []


def test_as_good_is_not_better() -> None:
    assert verdict(answered(100, 3, 3)) == ["not_better"]


def test_four_pictures_more_are_luck_and_five_are_not() -> None:
    assert verdict(answered(100, 4, 0))
    assert verdict(answered(100, 5, 0)) == []


def test_too_few_held_out_pictures_judge_nothing() -> None:
    assert verdict(answered(19, 19, 0)) == ["too_few_to_judge"]


def test_whatever_is_gained_at_home_clean_digits_may_not_be_forgotten() -> None:
    assert verdict(answered(100, 60, 0), clean=answered(5000, 2, 8)) == ["worse"]


def test_one_forgotten_digit_is_enough_to_fail() -> None:
    digit = answered(500, 0, 9, digit=7)
    ruling = judge(answered(100, 60, 0), {"clean": answered(5000, 30, 30)}, [digit], Margins())
    assert not ruling.passed
    (reason,) = ruling.reasons
    assert (reason.code, reason.values["suite"]) == ("may_lose", {"code": "digit", "values": {"digit": 7}})


def test_reviews_of_doubtful_pictures_are_weighed_back_to_what_the_site_really_sees() -> None:
    champion = np.array([False] * 50 + [True] * 50)
    weights = weights_by_mistakes(champion, 0.02)
    assert (weights * ~champion).sum() / weights.sum() == pytest.approx(0.02)
    # Twenty mended and two broken look good among mistakes; among all pictures they are a loss.
    challenger = champion.copy()
    challenger[:20], challenger[50:52] = True, False
    assert compare("all", champion, challenger).change > 0
    assert compare("all", champion, challenger, weights).change < 0


def test_a_model_is_not_better_than_itself(digits: Digits) -> None:
    seed = load("seed")
    held_out = [Lesson(i, str(i), 1, digits.images[[i]], "x", str(digits.labels[i])) for i in range(40)]
    examination = examine(seed, seed, FrozenSuites(digits[:300], 10), held_out)
    assert not examination.verdict.passed
    assert all(suite["gained"] == suite["lost"] == 0 for suite in examination.report["suites"])


def test_the_suites_are_frozen(digits: Digits) -> None:
    one, two = FrozenSuites(digits[:170], 5), FrozenSuites(digits[:170], 5)
    assert one.fingerprint == two.fingerprint
    assert len(one.corrupted) == 170
    assert {number.length for number in FrozenSuites(digits[:50], 24).numbers} == set(range(1, 13))


def test_the_numbers_of_the_gate_are_not_those_of_the_report_card(digits: Digits) -> None:
    ours, published = FrozenSuites(digits[:170], 12).numbers, suite(load_mnist_test(), count=12)
    assert [number.text for number in ours] != [number.text for number in published]


def test_a_number_is_right_when_all_of_it_is_however_it_is_spaced() -> None:
    paper = np.zeros((9, 9), np.uint8)
    numbers = [Number(paper, text, touching=False) for text in ("12 34", "5\n6", "78")]
    assert numbers_right(["1234", "5 6", "7"], numbers).tolist() == [True, True, False]
