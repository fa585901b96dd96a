import csv
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone

from webapp.exports.row import columns, headings, rows
from webapp.exports.wanted import ALL, Wanted
from webapp.models.images import ImageQuerySet
from webapp.notation import plain

# What computes to itself. Not so -2+3, -2/3 and -2 -3 (in two lines, too), nor +1:3, which is three rows of the sheet.
NUMBER = r"[+-][0-9]+(?:[.,][0-9]+)*%?"
# At a cell's beginning; and behind what a spreadsheet of another language, or one that is told so, takes for its end.
FORMULA = re.compile(rf"^(?!{NUMBER}\Z)(?=[=+\-@\t\r\n])|(?<=[,;\t\r\n])(?!{NUMBER}(?:[,;\t\r\n]|\Z))(?=[=+\-@])")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else


class Echo:
    """A file that hands back what is written to it, so that csv can be streamed."""

    def write(self, line: str) -> str:
        return line


def export(images: ImageQuerySet, wanted: Wanted = ALL) -> Iterator[bytes]:
    separator, sign = (";", ",") if wanted.semicolons else (",", ".")
    write = csv.writer(Echo(), delimiter=separator).writerow
    yield (BYTE_ORDER_MARK + write(headings(wanted))).encode()
    for row in rows(images, wanted):
        yield write([cell(getattr(row, column), sign) for column in columns(wanted)]).encode()


def cell(value: object, sign: str = ".") -> str:
    """`sign` parts decimals."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float | Decimal | Fraction):
        return figures(value).replace(".", sign)
    return "" if value is None else str(value)


def figures(value: float | Decimal | Fraction) -> str:
    """All digits of what has an end, and fifteen of a fraction that has none: 1/3 would be a day of March."""
    if isinstance(value, Fraction):
        value = plain(value)
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:f}" if isinstance(value, int | Decimal) else f"{Decimal(value.numerator) / value.denominator:.15g}"


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, nor for several cells of which one is."""
    return FORMULA.sub("'", text)
