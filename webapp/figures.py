"""Figures as the language of whoever reads them writes them."""

from datetime import date, time
from fractions import Fraction

from django.utils.formats import date_format, number_format, time_format

from webapp.notation import Value


def number(value: float, places: int = 0) -> str:
    return number_format(f"{value:.{places}f}", force_grouping=True)


def of_tenths(tenths: int) -> str:
    """So many tenths, of which there may be none over: 2.7, but 2."""
    return number(tenths / 10, 1 if tenths % 10 else 0)


def percent(share: float, places: int = 2) -> str:
    """A share of 0 to 1."""
    return f"{number(100 * share, places)}%"


def exact(value: Value) -> str:
    """What an answer is worth, every digit of it."""
    if isinstance(value, date):
        return date_format(value)
    if isinstance(value, time):
        return time_format(value, "H:i:s" if value.second else "H:i")
    if isinstance(value, Fraction):
        return mixed(value)
    return value if isinstance(value, str) else number_format(value, force_grouping=True)


def mixed(value: Fraction) -> str:
    """As people write it: 1 3/4."""
    whole, rest = divmod(abs(value.numerator), value.denominator)
    parts = [f"{whole:d}" if whole or not rest else "", f"{rest}/{value.denominator}" if rest else ""]
    return ("-" if value < 0 else "") + " ".join(filter(None, parts))
