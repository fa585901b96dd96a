"""What an answer is worth: a number, a date, a time, by what is said of how the numbers of a batch are written.

An answer stays as written; its value follows from the answer and the notation, and is nothing where that would be a
guess. Numbers are exact (int, Decimal, Fraction), never floats: they may be money.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from webapp.symbols import DIGITS, typed

# Of a code it is the code itself, without the spaces between its groups.
Value = int | Decimal | Fraction | date | time | str

SIGNED = re.compile(r"([+-]?) ?(.*?) ?(%?)", re.DOTALL)
# Digits in threes but for the first, with one and the same sign between.
GROUPED = re.compile(r"[0-9]{1,3}(?:([., ])[0-9]{3})(?:\1[0-9]{3})*")
DATE = re.compile(r"([0-9]{1,4}) ?([./-]) ?([0-9]{1,2})(?: ?\2 ?([0-9]{1,4})?)?")
TIME = re.compile(r"([0-9]{1,2}) ?[:.] ?([0-9]{2})(?: ?[:.] ?([0-9]{2}))?")
FRACTION = re.compile(r"([+-]?) ?(?:([0-9]+) )?([0-9]+) ?/ ?([0-9]+)")
WHOLE = re.compile(r"[+-]?[0-9]+")
# A year of two digits is in the hundred years from 1969, as POSIX has it (strptime, %y).
FIRST_YEAR_OF_TWO_DIGITS = 69
# Longer ones are no amounts; Python itself takes no more than 4,300 for a number.
MOST_DIGITS = 1000


class Kind(TextChoices):
    """What the answers of a batch are."""

    WRITTEN = "", pgettext_lazy("kind of answer", "as written")
    NUMBER = "number", pgettext_lazy("kind of answer", "numbers")
    CODE = "code", pgettext_lazy("kind of answer", "codes")
    DATE = "date", pgettext_lazy("kind of answer", "dates")
    TIME = "time", pgettext_lazy("kind of answer", "times of day")
    FRACTION = "fraction", pgettext_lazy("kind of answer", "fractions")


class DecimalSign(TextChoices):
    FOUND = "", _("as found")
    POINT = ".", _("point")
    COMMA = ",", _("comma")


class ThousandsSign(TextChoices):
    FOUND = "", _("as found")
    POINT = ".", _("point")
    COMMA = ",", _("comma")
    SPACE = " ", _("space")
    NONE = "-", pgettext_lazy("thousands sign", "none")


class DateOrder(TextChoices):
    DMY = "dmy", _("day, month, year")
    MDY = "mdy", _("month, day, year")
    YMD = "ymd", _("year, month, day")


DECIMALS: dict[str, Any] = {DecimalSign.POINT: _("decimal point"), DecimalSign.COMMA: _("decimal comma")}
THOUSANDS: dict[str, Any] = {
    ThousandsSign.POINT: _("thousands parted by points"),
    ThousandsSign.COMMA: _("thousands parted by commas"),
    ThousandsSign.SPACE: _("thousands parted by spaces"),
    ThousandsSign.NONE: _("thousands not parted"),
}


class NoValue(TextChoices):
    """Why an answer has no value by its batch's notation."""

    SEVERAL = "several", _("It is more than one number.")
    AMBIGUOUS = "ambiguous", _("Its point or comma may part thousands or decimals; the notation does not say which.")
    NUMBER = "number", _("It is not a number in this notation.")
    NEGATIVE = "negative", _("It has a minus sign, and the notation has none.")
    DATE = "date", _("It is not a date in this notation.")
    YEAR = "year", _("It is a date without a year, and the notation names none.")
    TIME = "time", _("It is not a time of day.")
    FRACTION = "fraction", _("It is not a fraction.")


class Valueless(ValueError):
    def __init__(self, why: NoValue) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Notation:
    """How the numbers of a batch are written; `year` is that of dates without one, `unit` is shown beside values."""

    kind: str = Kind.WRITTEN
    decimal: str = DecimalSign.FOUND
    thousands: str = ThousandsSign.FOUND
    date_order: str = DateOrder.DMY
    year: int | None = None
    negative: bool = True
    unit: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**stored)

    def __bool__(self) -> bool:
        return self != AS_WRITTEN

    def stored(self) -> dict[str, Any]:
        """Only what is said, as it lies in the batch's row."""
        unsaid = asdict(AS_WRITTEN)
        return {name: value for name, value in asdict(self).items() if value != unsaid[name]}

    def summary(self) -> list[str]:
        """In words, as far as it says anything."""
        said = [
            Kind(self.kind).label if self.kind else "",
            DECIMALS.get(self.decimal, ""),
            THOUSANDS.get(self.thousands, ""),
            _("written as %(order)s") % {"order": DateOrder(self.date_order).label} if self.kind == Kind.DATE else "",
            _("without a year of %(year)s") % {"year": self.year} if self.year else "",
            "" if self.negative else _("never less than nothing"),
            _("in %(unit)s") % {"unit": self.unit} if self.unit else "",
        ]
        return [str(part) for part in said if part]

    def value(self, text: str) -> Value | None:
        """What an answer is worth, or nothing."""
        try:
            return self.read(text)
        except Valueless:
            return None

    def why_none(self, text: str) -> str:
        """Of an answer without a value a member of NoValue, else nothing. No answer needs no reason."""
        try:
            self.read(text)
        except Valueless as error:
            return error.why
        return ""

    def read(self, text: str) -> Value | None:
        """None where there is no answer. Raises Valueless."""
        text = typed(text).strip()
        if not text:
            return None
        if "\n" in text:
            raise Valueless(NoValue.SEVERAL)
        return READ[self.kind](self, text)

    def as_found(self, text: str) -> Value:
        """A number, where nobody would take it for anything else: 05 may be a code."""
        digits = text.lstrip("+- ")
        if digits.startswith("0") and digits[1:2].isdigit():
            raise Valueless(NoValue.NUMBER)
        return self.number(text)

    def code(self, text: str) -> str:
        return text.replace(" ", "")

    def number(self, text: str) -> int | Decimal:
        """An exact number; what is followed by % is a hundredth of it."""
        sign, digits, percent = SIGNED.fullmatch(text).groups()  # type: ignore[union-attr]  # it matches anything
        if sign == "-" and not self.negative:
            raise Valueless(NoValue.NEGATIVE)
        value = self.unsigned(digits)
        if percent:
            value = Decimal(f"{value}e-2")
        # A Decimal's own minus rounds.
        return value if sign != "-" else value.copy_negate() if isinstance(value, Decimal) else -value

    def unsigned(self, digits: str) -> int | Decimal:
        decimal = self.decimal or self.decimal_sign_in(digits)
        whole, sign, behind = digits.rpartition(decimal) if decimal else ("", "", digits)
        if not sign:
            whole, behind = behind, ""
        if not digits or len(digits) > MOST_DIGITS or (sign and not behind) or not set(behind) <= set(DIGITS):
            raise Valueless(NoValue.NUMBER)
        if whole or not behind:
            whole = self.without_groups(whole, decimal)
        return Decimal(f"{whole}.{behind}") if behind else int(whole)

    def decimal_sign_in(self, digits: str) -> str:
        """Which sign parts decimals where nobody has said so."""
        signs = [sign for sign in digits if sign in ".,"]
        if not signs:
            return ""
        if len(set(signs)) == 2:  # the last one, unless it comes twice
            return signs[-1] if signs.count(signs[-1]) == 1 else self.refuse()
        sign = signs[0]
        if len(signs) > 1 or self.thousands == sign:  # it parts groups
            return "," if sign == "." else "."
        if self.thousands == ThousandsSign.FOUND and GROUPED.fullmatch(digits) and not digits.startswith("0"):
            raise Valueless(NoValue.AMBIGUOUS)
        return sign

    def without_groups(self, whole: str, decimal: str) -> str:
        if whole and set(whole) <= set(DIGITS):
            return whole
        match = GROUPED.fullmatch(whole)
        if not match or match[1] == decimal or self.thousands not in (ThousandsSign.FOUND, match[1]):
            return self.refuse(NoValue.SEVERAL if set(whole) <= {*DIGITS, " "} and " " in whole else NoValue.NUMBER)
        return whole.replace(match[1], "")

    @staticmethod
    def refuse(why: NoValue = NoValue.NUMBER) -> str:
        raise Valueless(why)

    def day(self, text: str) -> date:
        match = DATE.fullmatch(text)
        if not match:
            raise Valueless(NoValue.DATE)
        parts = [part for part in (match[1], match[3], match[4]) if part]
        named = dict(zip(self.order_of(parts), parts, strict=True))
        if "y" not in named and self.year is None:
            raise Valueless(NoValue.YEAR)
        year = self.year_of(named["y"]) if "y" in named else self.year
        if max(len(named["d"]), len(named["m"])) > 2:
            raise Valueless(NoValue.DATE)
        try:
            return date(year or 0, int(named["m"]), int(named["d"]))
        except ValueError:
            raise Valueless(NoValue.DATE) from None

    def order_of(self, parts: Sequence[str]) -> str:
        """Which of the two or three parts of a date is its day `d`, its month `m`, its year `y`."""
        if len(parts) < 3:
            return self.date_order.replace("y", "")
        return DateOrder.YMD if len(parts[0]) == 4 else self.date_order  # as ISO 8601 has it, whatever else is usual

    @staticmethod
    def year_of(digits: str) -> int:
        if len(digits) == 2:
            return int(digits) + (1900 if int(digits) >= FIRST_YEAR_OF_TWO_DIGITS else 2000)
        if len(digits) != 4:
            raise Valueless(NoValue.DATE)
        return int(digits)

    def time_of_day(self, text: str) -> time:
        if not (match := TIME.fullmatch(text)):
            raise Valueless(NoValue.TIME)
        hour, minute, second = (int(part) for part in match.groups(default="0"))
        try:
            return time(hour, minute, second)
        except ValueError:
            raise Valueless(NoValue.TIME) from None

    def fraction(self, text: str) -> int | Fraction:
        if WHOLE.fullmatch(text):
            return int(self.number(text))
        match = FRACTION.fullmatch(text)
        if not match or len(text) > MOST_DIGITS or not int(match[4]):
            raise Valueless(NoValue.FRACTION)
        if match[1] == "-" and not self.negative:
            raise Valueless(NoValue.NEGATIVE)
        value = int(match[2] or 0) + Fraction(int(match[3]), int(match[4]))
        return -value if match[1] == "-" else value


AS_WRITTEN = Notation()
READ: dict[str, Callable[[Notation, str], Value]] = {
    Kind.WRITTEN: Notation.as_found,
    Kind.NUMBER: Notation.number,
    Kind.CODE: Notation.code,
    Kind.DATE: Notation.day,
    Kind.TIME: Notation.time_of_day,
    Kind.FRACTION: Notation.fraction,
}


def places_in(value: int | Decimal, text: str) -> int:
    """How many digits were written behind the decimal sign of a number."""
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return -int(exponent) - (2 if isinstance(value, Decimal) and "%" in text else 0)


def added_up(values: Iterable[Value | None]) -> int | Decimal | Fraction:
    """Exactly; what is no number adds nothing."""
    total = sum((Fraction(value) for value in values if isinstance(value, int | Decimal | Fraction)), Fraction())
    return plain(total)


def plain(number: Fraction) -> int | Decimal | Fraction:
    """As an int or Decimal where that is exact."""
    if number.denominator == 1:
        return number.numerator
    twos, rest = 0, number.denominator
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    fives = 0
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    if rest > 1:
        return number
    places = max(twos, fives)
    return Decimal(f"{number.numerator * 10**places // number.denominator}e-{places}")


def sort_key(value: Value | None) -> float | None:
    """Where it stands among others of its kind, to within a float: dates by day, times by second. A code has none."""
    if isinstance(value, date):
        return float(value.toordinal())
    if isinstance(value, time):
        return float((value.hour * 60 + value.minute) * 60 + value.second)
    if value is None or isinstance(value, str):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
