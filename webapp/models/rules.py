"""What the numbers of a batch are expected to be. An answer that breaks a rule goes to a person, however sure it is."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from webapp.figures import exact
from webapp.notation import AS_WRITTEN, Kind, Notation, NoValue, Value, added_up, places_in, plain
from webapp.symbols import DIGITS

# What has a point or comma, or zeros in front, is a number too for whoever asks for a range or a sum.
AS_NUMBERS = Notation(Kind.NUMBER)


class CheckDigit(models.TextChoices):
    LUHN = "luhn", gettext_lazy("Luhn, mod 10 (cards)")
    GTIN = "gtin", gettext_lazy("EAN, GTIN (mod 10)")
    MOD11 = "mod11", gettext_lazy("ISBN-10 (mod 11)")


class Broken(models.TextChoices):
    """Which rule an answer breaks; the first of these where several."""

    VALUE = "value", gettext_lazy("no value")
    DIGITS = "digits", gettext_lazy("number of digits")
    RANGE = "range", gettext_lazy("range")
    CHANGE = "change", gettext_lazy("rise or fall")
    DAYS = "days", gettext_lazy("days")
    PLACES = "places", gettext_lazy("decimals")
    STEP = "step", gettext_lazy("steps")
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


def worth(text: str, noted: Notation) -> Value | None:
    """By the notation, or as one number where it names no kind."""
    return noted.value(text) if noted.kind else AS_NUMBERS.value(number_in(text))


def identity(text: str, noted: Notation) -> Value | str:
    """What is the same of two answers that are the same number: of 12.5 and 12,50; of 7 and 07 where both are said to
    be numbers."""
    number = number_in(text)
    value = noted.value(text if noted.kind else number)
    return number if value is None else value


def as_number(value: Value | None) -> Fraction | None:
    """To be compared: a Decimal and a Fraction are not."""
    return Fraction(value) if isinstance(value, int | Decimal | Fraction) else None


def as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value)


EXACT, DAYS = ("least", "most", "rise", "fall", "step", "total"), ("earliest", "latest")
# How what is no JSON comes back. Numbers that were stored as such still do.
OF_JSON: dict[str, Callable[[Any], Any]] = dict.fromkeys(EXACT, Decimal) | dict.fromkeys(DAYS, date.fromisoformat)


@dataclass(frozen=True, slots=True)
class Rules:
    digits: int | None = None
    least: Decimal | int | None = None
    most: Decimal | int | None = None
    rise: Decimal | int | None = None
    fall: Decimal | int | None = None
    earliest: date | None = None
    latest: date | None = None
    places: int | None = None
    step: Decimal | int | None = None
    check: str = ""
    unique: bool = False
    total: Decimal | int | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{name: OF_JSON[name](value) if name in OF_JSON else value for name, value in stored.items()})

    def __bool__(self) -> bool:
        return self != Rules()

    def stored(self) -> dict[str, Any]:
        """Only what is set, as it lies in the batch's row."""
        unset = asdict(type(self)())
        named = {name: value for name, value in asdict(self).items() if value is not unset[name] and value != ""}
        return {name: as_json(value) if name in OF_JSON else value for name, value in named.items()}

    def broken_alone(self, text: str, noted: Notation = AS_WRITTEN, earlier: str = "") -> str:
        """The rule that an answer breaks by itself, or nothing. No number breaks none: it is looked at anyway.

        `earlier` is what stood there the last time, where that is known.
        """
        number = number_in(text)
        if not number:
            return ""
        value = worth(text, noted) if noted.kind or self.weigh else None
        if noted.kind and value is None:
            return Broken.VALUE
        if self.digits is not None and len(digits_in(number)) != self.digits:
            return Broken.DIGITS
        if self.weigh and (broken := self.broken_by(value, number, worth(earlier, noted))):
            return broken
        if self.check and not ((digits := digits_in(number)) and CHECKS[self.check](digits)):
            return Broken.CHECK
        return ""

    @property
    def compare(self) -> bool:
        """Whether any of them looks at several answers together."""
        return self.unique or self.total is not None

    @property
    def weigh(self) -> bool:
        """Whether any of them looks at what an answer is worth."""
        asked = (self.least, self.most, self.rise, self.fall, self.earliest, self.latest, self.places, self.step)
        return any(limit is not None for limit in asked)

    def broken_by(self, value: Value | None, number: str, earlier: Value | None) -> str:
        """The rule that what it is worth breaks, or nothing. What has no value is in no range."""
        if not self.is_within(value):
            return Broken.RANGE
        if not self.is_near(value, earlier):
            return Broken.CHANGE
        if not self.is_in_time(value):
            return Broken.DAYS
        if not self.has_places(value, number):
            return Broken.PLACES
        return "" if self.is_in_steps(value) else Broken.STEP

    def is_within(self, value: Value | None) -> bool:
        if self.least is None and self.most is None:
            return True
        found = as_number(value)
        if found is None:
            return False
        return (self.least is None or found >= Fraction(self.least)) and (
            self.most is None or found <= Fraction(self.most)
        )

    def is_near(self, value: Value | None, earlier: Value | None) -> bool:
        """Whether it has risen or fallen by no more than it may; what had no value before may be anything."""
        before, found = as_number(earlier), as_number(value)
        if before is None or (self.rise is None and self.fall is None):
            return True
        if found is None:
            return False
        return (self.rise is None or found - before <= Fraction(self.rise)) and (
            self.fall is None or before - found <= Fraction(self.fall)
        )

    def is_in_time(self, value: Value | None) -> bool:
        if self.earliest is None and self.latest is None:
            return True
        if not isinstance(value, date):
            return False
        return (self.earliest or date.min) <= value <= (self.latest or date.max)

    def has_places(self, value: Value | None, number: str) -> bool:
        """Whether so many digits stand behind its decimal sign; a fraction has none."""
        if self.places is None:
            return True
        return isinstance(value, int | Decimal) and places_in(value, number) == self.places

    def is_in_steps(self, value: Value | None) -> bool:
        """Whether it is so many whole steps from nothing."""
        if self.step is None:
            return True
        found = as_number(value)
        return found is not None and found % Fraction(self.step) == 0

    def broken(
        self,
        answers: Mapping[int, str],
        whole: bool,
        noted: Notation = AS_WRITTEN,
        earlier: Mapping[int, str] = MappingProxyType({}),
    ) -> dict[int, str]:
        """Which rule each of a batch's answers breaks, by the same keys; the sum counts once the batch is whole.

        `earlier` has what stood there the last time, by the same keys, where that is known.

        Nobody knows which answer spoils a sum, so it sends all of them to a person, until corrections make it right.
        """
        doubles = self.doubles(answers, noted)
        otherwise = Broken.SUM if whole and self.sum_is_wrong(answers.values(), noted) else ""
        alone = {key: self.broken_alone(text, noted, earlier.get(key, "")) for key, text in answers.items()}
        return {key: rule or (Broken.UNIQUE if key in doubles else otherwise) for key, rule in alone.items()}

    def doubles(self, answers: Mapping[int, str], noted: Notation) -> set[int]:
        """Whose number another one has, too."""
        if not self.unique:
            return set()
        numbers = {key: identity(text, noted) for key, text in answers.items()}
        times = Counter(numbers.values())
        return {key for key, number in numbers.items() if times[number] > 1 and number != ""}

    def sum_is_wrong(self, texts: Iterable[str], noted: Notation) -> bool:
        return self.total is not None and self.off(texts, noted) != 0

    def off(self, texts: Iterable[str], noted: Notation) -> Fraction:
        """By how much these answers add up to more than they should."""
        return Fraction(added_up(worth(text, noted) for text in texts)) - Fraction(self.total or 0)

    def sentence(self, broken: str, text: str = "", noted: Notation = AS_WRITTEN, earlier: str = "") -> str:
        """Why this answer needs a person's eyes."""
        if broken == Broken.VALUE:
            return str(NoValue(noted.why_none(text) or NoValue.NUMBER).label)
        if broken == Broken.CHANGE:
            return self.change_sentence(worth(text, noted), worth(earlier, noted))
        return {
            Broken.DIGITS: self.digits_sentence(),
            Broken.RANGE: self.range_sentence(),
            Broken.DAYS: self.days_sentence(),
            Broken.PLACES: self.places_sentence(),
            Broken.STEP: _("It should be a multiple of %(step)s."),
            Broken.CHECK: _("Its check digit is wrong."),
            Broken.UNIQUE: _("Another picture has the same number."),
            Broken.SUM: _("The answers do not add up to %(total)s."),
        }[Broken(broken)] % self.said()

    def sum_sentence(self, texts: Iterable[str], noted: Notation = AS_WRITTEN) -> str:
        """What these answers add up to, beside what they should."""
        if self.total is None:
            return ""
        off = self.off(texts, noted)
        if not off:
            return _("The answers add up to %(total)s, as expected.") % self.said()
        said = (
            _("The answers add up to %(found)s; %(total)s expected; %(off)s less.")
            if off < 0
            else _("The answers add up to %(found)s; %(total)s expected; %(off)s more.")
        )
        found = plain(Fraction(self.total) + off)
        return said % (self.said() | {"found": exact(found), "off": exact(plain(abs(off)))})

    def said(self) -> dict[str, Any]:
        """What is put into sentences."""
        values = asdict(self)
        shown = {name: exact(values[name]) for name in OF_JSON if values[name] is not None}
        return values | shown | {"check_label": CheckDigit(self.check).label if self.check else ""}

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

    def change_sentence(self, value: Value | None, earlier: Value | None) -> str:
        before, found = as_number(earlier), as_number(value)
        if before is None or found is None:
            return _("It has no value that could be compared with the earlier one.")
        if found > before:
            above = _("%(found)s is more than %(rise)s above the earlier %(before)s.")
            said = above if self.rise else _("%(found)s is above the earlier %(before)s.")
        else:
            below = _("%(found)s is more than %(fall)s below the earlier %(before)s.")
            said = below if self.fall else _("%(found)s is below the earlier %(before)s.")
        return said % (self.said() | {"found": exact(plain(found)), "before": exact(plain(before))})

    def days_sentence(self) -> str:
        if self.earliest is None:
            return _("It should be no later than %(latest)s.")
        return (
            _("It should be no earlier than %(earliest)s.")
            if self.latest is None
            else _("It should be a day from %(earliest)s to %(latest)s.")
        )

    def places_sentence(self) -> str:
        return (
            ngettext(
                "It should have exactly %(places)s digit behind its decimal sign.",
                "It should have exactly %(places)s digits behind its decimal sign.",
                self.places,
            )
            if self.places
            else _("It should have no digits behind a decimal sign.")
        )

    def summary(self) -> list[str]:
        """Each rule in words."""
        decimals = ngettext("exactly %(places)s decimal", "exactly %(places)s decimals", self.places or 0)
        said = {
            "digits": ngettext("exactly %(digits)s digit", "exactly %(digits)s digits", self.digits or 0),
            "least": _("at least %(least)s"),
            "most": _("at most %(most)s"),
            "rise": _("at most %(rise)s above the earlier value") if self.rise else _("never above the earlier value"),
            "fall": _("at most %(fall)s below the earlier value") if self.fall else _("never below the earlier value"),
            "earliest": _("no earlier than %(earliest)s"),
            "latest": _("no later than %(latest)s"),
            "places": decimals if self.places else _("no decimals"),
            "step": _("multiples of %(step)s"),
            "check": _("check digit by %(check_label)s"),
            "unique": _("no number twice"),
            "total": _("sum %(total)s"),
        }
        return [said[name] % self.said() for name in self.stored()]
