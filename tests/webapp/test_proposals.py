"""What is proposed of how answers are written, from the answers alone."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from webapp.notation import Notation
from webapp.proposals import FEWEST, Proposal, propose
from webapp.symbols import WRITTEN

LOG = [date(2024, 1, 3) + timedelta(days=3 * day) for day in range(60)]
CHANCE = random.Random(7)


def amounts(count: int = 40, most: float = 9000) -> list[str]:
    return [f"{CHANCE.uniform(1000, most):,.2f}" for _ in range(count)]


def with_commas(texts: list[str]) -> list[str]:
    return [text.translate({ord(","): ".", ord("."): ","}) for text in texts]


def codes(count: int = 60) -> list[str]:
    return [f"{CHANCE.randrange(100_000):05}" for _ in range(count)]


def proposed(texts: list[str]) -> dict[str, object]:
    proposal = propose(texts)
    return proposal.notation.stored() if proposal else {}


@pytest.mark.parametrize(
    ("texts", "notation"),
    [
        (amounts(), {"kind": "number", "decimal": "."}),
        (with_commas(amounts()), {"kind": "number", "decimal": ","}),
        (["12,5", "13", "-14,2", "15,75"] * 5, {"kind": "number", "decimal": ","}),
        (["0.125", "0.250", "1.375", "2.5"] * 5, {"kind": "number", "decimal": "."}),
        (["12,5", "12.5"] * 10, {"kind": "number"}),
        (["1.234.567", "12.345", "2.345.678"] * 5, {"kind": "number", "decimal": ","}),
        (["12,5 %", "7 %", "3,25 %"] * 5, {"kind": "number", "decimal": ","}),
        (codes(), {"kind": "code"}),
        (["7:45", "16:30", "23:59:58"] * 5, {"kind": "time"}),
        (["1/2", "3/4", "1 1/4", "2", "5/8"] * 5, {"kind": "fraction"}),
        ([f"{day:%d.%m.%Y}" for day in LOG], {"kind": "date"}),
        ([f"{day.day}. {day.month}. {day:%y}" for day in LOG], {"kind": "date"}),
        ([f"{day:%m/%d/%Y}" for day in LOG], {"kind": "date", "date_order": "mdy"}),
        ([f"{day:%m/%d/%y}" for day in LOG], {"kind": "date", "date_order": "mdy"}),
        ([f"{day:%y-%m-%d}" for day in LOG], {"kind": "date", "date_order": "ymd"}),
        ([f"{day}" for day in LOG], {"kind": "date", "date_order": "ymd"}),
    ],
)
def test_what_most_answers_are_written_in_is_proposed(texts: list[str], notation: dict[str, object]) -> None:
    assert proposed(texts) == notation


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([str(CHANCE.randrange(10_000)) for _ in range(50)], id="whole numbers are clear"),
        pytest.param(["12,5"] * (FEWEST - 1), id="too few"),
        pytest.param([f"{CHANCE.randrange(1000, 99999):,}" for _ in range(50)], id="thousands or decimals"),
        pytest.param([f"{day:02}.05.2024" for day in range(1, 13)], id="days or months"),
        pytest.param([f"{day.day}/{day.month}" for day in LOG], id="days without a year"),
        pytest.param([f"{day.month}/{day.day}" for day in LOG], id="months first, without a year"),
        pytest.param(["4079", "182", "12,5", "1,25", *["95"] * 50], id="a comma or two may be dirt"),
        pytest.param(["007", "12", "0456", "9"] * 5, id="zeros in front of some, of no one length"),
        pytest.param(["7:45", "16:30"] * 10 + amounts(20), id="half of either"),
        pytest.param(["12\n13", "14\n15"] * 10, id="pages"),
        pytest.param(["12/13/14", "1-2-3-4", "%", "-"] * 5, id="nothing of anything"),
        pytest.param([], id="no answers"),
    ],
)
def test_what_would_be_a_guess_is_not_proposed(texts: list[str]) -> None:
    assert propose(texts) is None


def test_a_code_of_another_length_is_a_code_too() -> None:
    proposal = propose([*codes(39), "123"])
    assert proposal
    assert (proposal.fits, proposal.looked_at, proposal.valueless) == (39, 40, 0)


def test_a_tenth_may_be_written_otherwise_and_is_counted() -> None:
    texts = [*with_commas(amounts(36)), "12:30", "-", "3/4", "1\n2"]
    proposal = propose(texts)
    assert proposal == Proposal(Notation("number", decimal=","), 36, 40, valueless=4)
    assert proposal.sentence == "36 of 40 answers look like this: numbers, decimal comma."
    assert propose([*texts, "+"]) is None


@given(some.lists(some.text(WRITTEN, max_size=12), max_size=40))
def test_whatever_is_proposed_gives_nearly_all_a_value(texts: list[str]) -> None:
    if proposal := propose(texts):
        valued = sum(proposal.notation.value(text) is not None for text in texts)
        assert valued >= proposal.fits >= 0.9 * len(texts) >= 9


def written(order: str, sign: str) -> Callable[[date], str]:
    names = {"d": "%d", "m": "%m", "y": "%Y"}
    return lambda day: sign.join(day.strftime(names[part]) for part in order)


@given(
    some.lists(some.dates(date(1950, 1, 1), date(2030, 12, 31)), min_size=10, max_size=60),
    some.sampled_from(["dmy", "mdy"]),
    some.sampled_from("./-"),
)
def test_dates_are_never_taken_for_others(days: list[date], order: str, sign: str) -> None:
    proposal = propose([written(order, sign)(day) for day in days])
    assert proposal is None or proposal.notation == Notation("date", date_order=order)
