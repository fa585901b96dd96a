"""What checked answers tell of how the others are written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recognizer.bundles import load
from recognizer.judging.patterns import Patterns, written
from recognizer.symbols import ALPHABET, DIGITS, pattern

DRAWN = {"N": 700, "N.dd": 100, "N,dd": 100, "-N": 50, "N/d": 50}
numbers = some.text(ALPHABET, min_size=1, max_size=9).filter(lambda text: any(sign in DIGITS for sign in text))


@pytest.mark.parametrize(
    ("text", "as_pattern"),
    [
        ("7", "N"),
        ("0042", "N"),
        ("12,50", "N,dd"),
        ("-3.5", "-N.d"),
        ("1.234.567", "N.ddd.ddd"),
        ("24/05/2024", "N/dd/dddd"),
        ("50%", "N%"),
        (".5", ".N"),
        ("-", "-"),
    ],
)
def test_a_pattern_is_a_number_without_its_digits(text: str, as_pattern: str) -> None:
    assert pattern(text) == as_pattern


@given(numbers)
def test_a_number_is_written_as_itself(text: str) -> None:
    digits = "".join(sign for sign in text if sign in DIGITS)
    assert written(digits, pattern(text)) == text


@given(some.text(DIGITS, min_size=1), numbers)
def test_what_is_written_otherwise_keeps_its_digits(digits: str, like: str) -> None:
    other = written(digits, pattern(like))
    if other is None:
        assert len(digits) <= pattern(like).count("d")
    else:
        assert [sign for sign in other if sign in DIGITS] == list(digits)


def test_a_sign_that_all_checked_ones_have_is_put_where_it_is_likely() -> None:
    likely = {"1250": 0.6, "12,50": 0.3, "12.50": 0.1}
    assert Patterns(DRAWN, {}).judged("1250", likely)[0] == "1250"
    text, sure = Patterns(DRAWN, {"N,dd": 16}).judged("1250", likely)
    assert text == "12,50"
    assert sure > 0.75


def test_where_checked_ones_are_written_as_those_that_were_drawn_nothing_changes() -> None:
    likely = {"1250": 0.6, "12,50": 0.3}
    as_drawn = Patterns(DRAWN, DRAWN).judged("1250", likely)
    assert as_drawn[0] == "1250"
    assert as_drawn[1] == pytest.approx(Patterns(DRAWN, {}).judged("1250", likely)[1], rel=0.01)


def test_a_way_that_was_never_drawn_may_be_learned() -> None:
    text, _ = Patterns(DRAWN, {"N-dd-d": 16}).judged("4711", {"4711": 0.7, "4-71-1": 0.05})
    assert text == "4-71-1"


@given(
    some.dictionaries(numbers, some.floats(0.01, 0.94), min_size=1, max_size=5),
    some.dictionaries(numbers, some.integers(1, 50)),
)
def test_what_is_told_is_one_of_the_texts_and_less_than_certain(
    likely: dict[str, float], checked: dict[str, int]
) -> None:
    patterns = Patterns(DRAWN, {pattern(text): count for text, count in checked.items()})
    text, sure = patterns.judged(next(iter(likely)), likely)
    assert text in likely
    assert 0 < sure < 1


def test_other_ways_are_those_of_checked_ones_alone() -> None:
    patterns = Patterns(DRAWN, {"N,dd": 3, "-N": 1})
    assert sorted(patterns.ways({"1250": 0.5})) == ["-1250", "12,50"]
    assert sorted(patterns.ways({"12,50": 0.5})) == ["-1250"]
    assert sorted(patterns.ways({"50": 0.5})) == ["-50"]


@pytest.mark.parametrize("name", ["seed", "sapling"])
def test_what_ships_knows_what_was_drawn(name: str) -> None:
    drawn = load(name).judge().drawn
    assert sum(drawn.values()) > 10_000
    assert drawn["N"] > drawn["N.dd"] > 100
    assert json.loads(load(name).sight.judge)["drawn"] == drawn
