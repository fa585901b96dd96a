"""What an answer is worth as a spreadsheet's cell: a real number, date or time that looks as it was written.

Which sign parts decimals and thousands is the spreadsheet's own; how many decimals there are, and whether thousands are
parted, is as written.
"""

import re
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from itertools import chain, repeat
from typing import NamedTuple

from webapp.notation import DATE, FRACTION, TIME, Notation, Value, places_in
from webapp.symbols import typed

TEXT = "@"
# A spreadsheet's numbers are floats, of which it shows and keeps so many digits; its formats have so many decimals.
MOST_DIGITS, MOST_PLACES = 15, 30
# It computes with smaller ones, but has no format for them.
LARGEST_DENOMINATOR = 9999
# The first that every spreadsheet counts alike: some believe in a 29 February 1900.
FIRST_DAY = date(1900, 3, 1)
TOO_LONG = f"A spreadsheet holds {MOST_DIGITS} digits of a number, so the value is text here."
TOO_EARLY = "A spreadsheet has no days before March 1900, so the value is text here."
BETWEEN_DIGITS = re.compile("(?<=[0-9])[., ](?=[0-9])")


class Cell(NamedTuple):
    """`note` says why it is a text where it is worth a number or a day."""

    value: float | date | datetime | time | str
    format: str = TEXT
    note: str = ""


def cell(value: Value, text: str, noted: Notation) -> Cell:
    """Of a value and the text that it was read from."""
    text = typed(text).strip()
    if isinstance(value, date):
        early = value < FIRST_DAY
        return Cell(value.isoformat(), note=TOO_EARLY) if early else Cell(value, date_format(text, noted))
    if isinstance(value, time):
        return Cell(value, time_format(text))
    if isinstance(value, Fraction):
        return fraction(value, text, noted)
    return Cell(value) if isinstance(value, str) else number(value, text, noted)


def number(value: int | Decimal, text: str, noted: Notation) -> Cell:
    places = places_in(value, text)
    if significant(value) > MOST_DIGITS or places > MOST_PLACES or is_huge(value):
        return Cell(f"{value:f}" if isinstance(value, Decimal) else str(value), note=TOO_LONG)
    return Cell(float(value), number_format(places, text) + unit_format(noted.unit))


def significant(value: int | Decimal) -> int:
    """How many digits it has but for zeros at either end."""
    digits = "".join(map(str, Decimal(value).as_tuple().digits))
    return len(digits.strip("0"))


def is_huge(value: int | Decimal | Fraction) -> bool:
    return not -(10**300) < value < 10**300


def number_format(places: int, text: str) -> str:
    signs = len(BETWEEN_DIGITS.findall(text))
    whole = "#,##0" if signs > bool(places) else "0" * zeros_before(text)
    percent = ("\\ %" if " %" in text else "%") if "%" in text else ""
    shown = whole + ("." + "0" * places if places else "") + percent
    return f"+{shown};-{shown}" if text.startswith("+") else shown


def zeros_before(text: str) -> int:
    """As many places before the point as were written, where the first is a zero."""
    match = re.match(r"[+-]? ?(0[0-9]+)", text)
    return min(len(match[1]), MOST_DIGITS) if match else 1


def unit_format(unit: str) -> str:
    """Quoted, so that no letter of it means anything."""
    plain = "".join(letter for letter in unit if letter.isprintable())[:40].replace('"', '"\\""')
    return f'" {plain}"' if plain else ""


def fraction(value: Fraction, text: str, noted: Notation) -> Cell:
    match = FRACTION.fullmatch(text)
    if match is None or int(match[4]) > LARGEST_DENOMINATOR or abs(value.numerator) >= 10**MOST_DIGITS:
        return Cell(str(value), note=TOO_LONG)
    whole, numerator, denominator = match.group(2, 3, 4)
    shown = ("# " if whole else "") + "?" * len(numerator) + "/" + denominator.lstrip("0")
    return Cell(float(value), shown + unit_format(noted.unit))


def date_format(text: str, noted: Notation) -> str:
    """The parts in the order and with the signs of the text."""
    match = DATE.fullmatch(text)
    parts = [part for part in match.group(1, 3, 4) if part] if match else []
    shown = {"d": day_or_month, "m": day_or_month, "y": lambda letter, part: letter * (4 if len(part) == 4 else 2)}
    named = zip(noted.order_of(parts), parts, strict=True)
    return in_place([shown[letter](letter, part) for letter, part in named], text)


def day_or_month(letter: str, part: str) -> str:
    return letter * len(part)


def time_format(text: str) -> str:
    match = TIME.fullmatch(text)
    hour = match[1] if match else ""
    return in_place(["h" * len(hour), "mm", "ss"], text)


def in_place(tokens: list[str], text: str) -> str:
    """A text's digits replaced by these, one after the other, and its signs as they stand."""
    following = chain(tokens, repeat(""))
    return "".join(
        next(following) if run.isdigit() else run if run == ":" else "".join(f"\\{sign}" for sign in run)
        for run in re.findall("[0-9]+|[^0-9]+", text)
    )
