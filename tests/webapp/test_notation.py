"""What texts are worth in which notation."""

from datetime import date, time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from webapp.notation import AS_WRITTEN, Kind, Notation, NoValue, Value, added_up, plain, sort_key
from webapp.symbols import WRITTEN

NUMBER = Notation(Kind.NUMBER)
COMMA, POINT = Notation(Kind.NUMBER, decimal=","), Notation(Kind.NUMBER, decimal=".")
POSITIVE = Notation(Kind.NUMBER, negative=False)
CODE, TIME, FRACTION = Notation(Kind.CODE), Notation(Kind.TIME), Notation(Kind.FRACTION)
DMY, MDY, YMD = (Notation(Kind.DATE, date_order=order) for order in ("dmy", "mdy", "ymd"))
OF_2024 = Notation(Kind.DATE, year=2024)
US_2024 = Notation(Kind.DATE, date_order="mdy", year=2024)
ALL = [AS_WRITTEN, NUMBER, COMMA, POINT, POSITIVE, CODE, TIME, FRACTION, DMY, MDY, YMD, OF_2024]


@pytest.mark.parametrize(
    ("notation", "text", "value"),
    [
        (AS_WRITTEN, "4079", 4079),
        (AS_WRITTEN, "12.50", Decimal("12.50")),
        (AS_WRITTEN, "12,50", Decimal("12.50")),
        (AS_WRITTEN, "1.234,5", Decimal("1234.5")),
        (AS_WRITTEN, "1,234.5", Decimal("1234.5")),
        (AS_WRITTEN, "1 234", 1234),
        (AS_WRITTEN, "1.234.567", 1234567),
        (AS_WRITTEN, "0.125", Decimal("0.125")),
        (AS_WRITTEN, "-264", -264),
        (AS_WRITTEN, "50 %", Decimal("0.5")),
        (AS_WRITTEN, "", None),
        (COMMA, "12,50", Decimal("12.50")),
        (COMMA, "1.234,5", Decimal("1234.5")),
        (COMMA, "1.234", 1234),
        (COMMA, "1 234,5", Decimal("1234.5")),
        (COMMA, ",5", Decimal("0.5")),
        (POINT, "1.234", Decimal("1.234")),
        (POINT, "1,234", 1234),
        (Notation(Kind.NUMBER, thousands="."), "1.234", 1234),
        (Notation(Kind.NUMBER, thousands="-"), "1.234", Decimal("1.234")),
        (NUMBER, "05", 5),
        (NUMBER, "-3", -3),
        (NUMBER, "−3", -3),
        (NUMBER, "- 3", -3),
        (NUMBER, "+3.5", Decimal("3.5")),
        (NUMBER, "12,5 %", Decimal("0.125")),
        (NUMBER, "-" + "9" * 60 + ".01", Decimal("-" + "9" * 60 + ".01")),
        (CODE, "05", "05"),
        (CODE, "12 05", "1205"),
        (OF_2024, "12/05", date(2024, 5, 12)),
        (US_2024, "12/05", date(2024, 12, 5)),
        (DMY, "12.5.24", date(2024, 5, 12)),
        (DMY, "1. 2. 1999", date(1999, 2, 1)),
        (DMY, "31/12/69", date(1969, 12, 31)),
        (MDY, "12-05-2024", date(2024, 12, 5)),
        (MDY, "2024-12-05", date(2024, 12, 5)),
        (YMD, "24/12/05", date(2024, 12, 5)),
        (OF_2024, "12.05.", date(2024, 5, 12)),
        (TIME, "7:45", time(7, 45)),
        (TIME, "07.45", time(7, 45)),
        (TIME, "23:59:58", time(23, 59, 58)),
        (FRACTION, "3/4", Fraction(3, 4)),
        (FRACTION, "-1 3/4", Fraction(-7, 4)),
        (FRACTION, "2", 2),
    ],
)
def test_a_text_is_worth(notation: Notation, text: str, value: Value | None) -> None:
    found = notation.value(text)
    assert found == value
    assert type(found) is type(value)
    assert notation.why_none(text) == ""


@pytest.mark.parametrize(
    ("notation", "text", "why"),
    [
        (AS_WRITTEN, "05", NoValue.NUMBER),
        (AS_WRITTEN, "1.234", NoValue.AMBIGUOUS),
        (AS_WRITTEN, "3/4", NoValue.NUMBER),
        (AS_WRITTEN, "7:45", NoValue.NUMBER),
        (AS_WRITTEN, "12\n13", NoValue.SEVERAL),
        (NUMBER, "1.234", NoValue.AMBIGUOUS),
        (NUMBER, "1,234", NoValue.AMBIGUOUS),
        (NUMBER, "12 5", NoValue.SEVERAL),
        (NUMBER, "12.5.6", NoValue.NUMBER),
        (NUMBER, "1.23,456,7", NoValue.NUMBER),
        (NUMBER, "12.", NoValue.NUMBER),
        (NUMBER, "-", NoValue.NUMBER),
        (NUMBER, "%", NoValue.NUMBER),
        (NUMBER, "9" * 1001, NoValue.NUMBER),
        (COMMA, "12.5", NoValue.NUMBER),
        (POINT, "1.234,5", NoValue.NUMBER),
        (POSITIVE, "-3", NoValue.NEGATIVE),
        (Notation(Kind.FRACTION, negative=False), "-3/4", NoValue.NEGATIVE),
        (DMY, "12/05", NoValue.YEAR),
        (DMY, "31/02/2024", NoValue.DATE),
        (DMY, "12/13/2024", NoValue.DATE),
        (DMY, "12/05/202", NoValue.DATE),
        (DMY, "1205", NoValue.DATE),
        (TIME, "24:00", NoValue.TIME),
        (TIME, "745", NoValue.TIME),
        (FRACTION, "3/0", NoValue.FRACTION),
        (FRACTION, "3/4/5", NoValue.FRACTION),
        (FRACTION, "1/" + "3" * 4500, NoValue.FRACTION),
        (FRACTION, "3" * 4500, NoValue.NUMBER),
    ],
)
def test_a_text_is_worth_nothing(notation: Notation, text: str, why: NoValue) -> None:
    assert notation.value(text) is None
    assert notation.why_none(text) == why


@given(some.text(WRITTEN + "−", max_size=30), some.sampled_from(ALL))
def test_whatever_is_written_has_a_value_or_a_reason(text: str, notation: Notation) -> None:
    value, why = notation.value(text), notation.why_none(text)
    assert (value is None) == bool(why or not text.strip())
    sort_key(value)
    assert added_up([value, value]) == (2 * Fraction(value) if isinstance(value, int | Decimal | Fraction) else 0)


def written(value: Decimal, decimal: str, thousands: str) -> str:
    said = f"{value:,f}"
    return said.translate({ord(","): thousands, ord("."): decimal})


@given(
    some.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**18), max_value=10**18),
    some.sampled_from([(".", ","), (",", "."), (",", " "), (".", " "), (".", ""), (",", "")]),
)
def test_a_number_is_the_one_that_was_written(value: Decimal, signs: tuple[str, str]) -> None:
    decimal, thousands = signs
    text = written(value, decimal, thousands)
    assert Notation(Kind.NUMBER, decimal, thousands or "-").value(text) == value
    assert Notation(Kind.NUMBER, decimal).value(text) == value
    assert NUMBER.value(text) == value  # two places behind the sign are no group of three


@given(some.dates(), some.sampled_from(["dmy", "mdy", "ymd"]), some.sampled_from("./-"))
def test_a_date_is_the_one_that_was_written(day: date, order: str, sign: str) -> None:
    parts = {"d": f"{day.day}", "m": f"{day.month:02}", "y": f"{day.year:04}"}
    assert Notation(Kind.DATE, date_order=order).value(sign.join(parts[one] for one in order)) == day


@given(some.times().map(lambda moment: moment.replace(microsecond=0)))
def test_a_time_is_the_one_that_was_written(moment: time) -> None:
    assert TIME.value(f"{moment:%H:%M:%S}") == moment


def test_what_is_said_is_kept() -> None:
    for notation in ALL:
        assert Notation.of(notation.stored()) == notation
    assert AS_WRITTEN.stored() == {}
    assert not AS_WRITTEN


@given(some.lists(some.fractions(max_denominator=1000), max_size=5))
def test_sums_are_exact(numbers: list[Fraction]) -> None:
    assert Fraction(added_up(numbers)) == sum(numbers)


@pytest.mark.parametrize(
    ("number", "shown"), [(Fraction(5, 2), Decimal("2.5")), (Fraction(-7), -7), (Fraction(1, 3), Fraction(1, 3))]
)
def test_a_fraction_is_shown_as_plainly_as_it_can_be(number: Fraction, shown: Value) -> None:
    assert plain(number) == shown
    assert type(plain(number)) is type(shown)
