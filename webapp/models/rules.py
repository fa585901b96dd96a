"""What the numbers of a batch are expected to be. An answer that breaks a rule goes to a person, however sure it is."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from webapp.symbols import DIGITS

# What has a value without saying what its signs mean: 1,250 is one and a quarter here.
PLAIN = re.compile("[+-]?[0-9]+(?:[.,][0-9]+)?")


class CheckDigit(models.TextChoices):
    LUHN = "luhn", gettext_lazy("mod 10, Luhn (cards, many customer numbers)")
    GTIN = "gtin", gettext_lazy("mod 10, weights 3 and 1 (EAN, GTIN)")
    MOD11 = "mod11", gettext_lazy("mod 11, weights 2, 3, 4 … (ISBN-10 and others)")


class Broken(models.TextChoices):
    """Which rule an answer breaks; the first of these where several."""

    DIGITS = "digits", gettext_lazy("number of digits")
    RANGE = "range", gettext_lazy("range")
    CHECK = "check", gettext_lazy("check digit")
    UNIQUE = "unique", gettext_lazy("unique")
    SUM = "sum", gettext_lazy("sum")


def luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def gtin(number: str) -> bool:
    return sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(reversed(number))) % 10 == 0


def mod11(number: str) -> bool:
    return sum(int(digit) * (1 + place) for place, digit in enumerate(reversed(number))) % 11 == 0


CHECKS: dict[str, Callable[[str], bool]] = {CheckDigit.LUHN: luhn, CheckDigit.GTIN: gtin, CheckDigit.MOD11: mod11}


def number_in(text: str) -> str:
    """The number of an answer, with its signs, however it is grouped."""
    return "".join(text.split())


def digits_in(number: str) -> str:
    return "".join(sign for sign in number if sign in DIGITS)


def value_of(number: str) -> int | Decimal | None:
    """What a plain number is worth; nothing where it is none: 3/4, 12:30, a hyphenated one."""
    if not PLAIN.fullmatch(number):
        return None
    return Decimal(number.replace(",", ".")) if "." in number or "," in number else int(number)


def added_up(numbers: Iterable[str]) -> int | Decimal:
    """Whole numbers exactly, however long; what has no value adds nothing."""
    return sum(value_of(number) or 0 for number in numbers)


def grouped(number: int | Decimal) -> str:
    return str(number_format(number, force_grouping=True))


@dataclass(frozen=True, slots=True)
class Rules:
    digits: int | None = None
    least: int | None = None
    most: int | None = None
    check: str = ""
    unique: bool = False
    total: int | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**stored)

    def __bool__(self) -> bool:
        return self != Rules()

    def stored(self) -> dict[str, Any]:
        """Only what is set, as it lies in the batch's row."""
        unset = asdict(type(self)())
        return {name: value for name, value in asdict(self).items() if value is not unset[name] and value != ""}

    def broken_alone(self, number: str) -> str:
        """The rule that a number breaks by itself, or nothing. No number breaks none: it is looked at anyway."""
        if not number:
            return ""
        digits = digits_in(number)
        if self.digits is not None and len(digits) != self.digits:
            return Broken.DIGITS
        if not self.is_within(number):
            return Broken.RANGE
        if self.check and not (digits and CHECKS[self.check](digits)):
            return Broken.CHECK
        return ""

    def is_within(self, number: str) -> bool:
        """Whether its value is in the range, where there is one; what has no value is in none."""
        if self.least is None and self.most is None:
            return True
        value = value_of(number)
        if value is None:
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def broken(self, answers: Mapping[int, str], whole: bool) -> dict[int, str]:
        """Which rule each of a batch's answers breaks, by the same keys; the sum counts once the batch is whole.

        Nobody knows which answer spoils a sum, so it sends all of them to a person, until corrections make it right.
        """
        numbers = {key: number_in(text) for key, text in answers.items()}
        doubles = self.doubles(numbers.values())
        otherwise = Broken.SUM if whole and self.sum_is_wrong(numbers.values()) else ""
        return {
            key: self.broken_alone(number) or (Broken.UNIQUE if number in doubles else otherwise)
            for key, number in numbers.items()
        }

    def doubles(self, numbers: Iterable[str]) -> set[str]:
        if not self.unique:
            return set()
        return {number for number, times in Counter(numbers).items() if times > 1 and number}

    def sum_is_wrong(self, numbers: Iterable[str]) -> bool:
        return self.total is not None and added_up(numbers) != self.total

    def sentence(self, broken: str) -> str:
        """Why an answer needs a person's eyes."""
        return {
            Broken.DIGITS: self.digits_sentence(),
            Broken.RANGE: self.range_sentence(),
            Broken.CHECK: _("Its check digit is wrong."),
            Broken.UNIQUE: _("Another picture has the same number."),
            Broken.SUM: _("The answers do not add up to %(total)s."),
        }[Broken(broken)] % self.said()

    def sum_sentence(self, texts: Iterable[str]) -> str:
        """What these answers add up to, beside what they should."""
        if self.total is None:
            return ""
        found = added_up(number_in(text) for text in texts)
        if found == self.total:
            return _("The answers add up to %(total)s, as expected.") % self.said()
        said, off = (
            (_("The answers add up to %(found)s; %(total)s expected; %(off)s less."), self.total - found)
            if found < self.total
            else (_("The answers add up to %(found)s; %(total)s expected; %(off)s more."), found - self.total)
        )
        return said % (self.said() | {"found": grouped(found), "off": grouped(off)})

    def said(self) -> dict[str, Any]:
        """What is put into sentences."""
        check = CheckDigit(self.check).label if self.check else ""
        return asdict(self) | {"total": grouped(self.total or 0), "check_label": check}

    def digits_sentence(self) -> str:
        return ngettext(
            "It should have exactly %(digits)s digit.", "It should have exactly %(digits)s digits.", self.digits or 0
        )

    def range_sentence(self) -> str:
        if self.least is None:
            return _("It should be at most %(most)s.")
        return (
            _("It should be at least %(least)s.")
            if self.most is None
            else _("It should be between %(least)s and %(most)s.")
        )

    def summary(self) -> list[str]:
        """Each rule in words."""
        said = {
            "digits": ngettext("exactly %(digits)s digit", "exactly %(digits)s digits", self.digits or 0),
            "least": _("at least %(least)s"),
            "most": _("at most %(most)s"),
            "check": _("check digit by %(check_label)s"),
            "unique": _("no number twice"),
            "total": _("sum %(total)s"),
        }
        return [said[name] % self.said() for name in self.stored()]
