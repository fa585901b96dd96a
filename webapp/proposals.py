"""How the answers of a batch seem to be written: proposed to whoever handed them in, never assumed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from webapp.figures import number
from webapp.notation import DATE, FRACTION, DateOrder, DecimalSign, Kind, Notation, Valueless
from webapp.symbols import DIGITS

FEWEST = 10
MOST_THAT_DIFFER = Fraction(1, 10)
# What hints at a notation, a comma or a zero in front, is so many texts': one may be misread.
LEAST_EVIDENCE = 2
LEAST_SHARE = Fraction(1, 20)
# Of what people write as fractions; 4/17 is rather a day or one number of two.
DENOMINATORS = {2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 50, 64, 100}

NUMBERS, CODES, TIMES, FRACTIONS = (Notation(kind) for kind in (Kind.NUMBER, Kind.CODE, Kind.TIME, Kind.FRACTION))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A notation that `fits` so many answers of so many that were looked at, and leaves others without a value."""

    notation: Notation
    fits: int
    looked_at: int
    valueless: int

    @property
    def sentence(self) -> str:
        said = _("%(fits)s of %(all)s answers look like this: %(notation)s.")
        return said % {
            "fits": number(self.fits),
            "all": number(self.looked_at),
            "notation": ", ".join(self.notation.summary()),
        }


def propose(texts: Sequence[str]) -> Proposal | None:
    """Nothing where these are few, differ, or have clear values already: whole numbers without zeros in front."""
    if len(texts) < FEWEST or all(is_plain(text) for text in texts):
        return None
    found = [as_proposal(texts, notation) for kind in KINDS if (notation := kind(texts))]
    best = max(found, key=lambda one: one.fits, default=None)
    return best if best and are_most(best.fits, texts) else None


def as_proposal(texts: Sequence[str], notation: Notation) -> Proposal:
    """Codes fit that are as long as most."""
    valued = sum(notation.value(text) is not None for text in texts)
    fits = most_of_one_length(texts)[1] if notation.kind == Kind.CODE else valued
    return Proposal(notation, fits, len(texts), len(texts) - valued)


def is_plain(text: str) -> bool:
    return (set(text) <= set(DIGITS) and not text.startswith("0")) or text == "0"


def are_most(count: int, texts: Sequence[Any]) -> bool:
    return len(texts) - count <= MOST_THAT_DIFFER * len(texts)


def are_evidence(count: int, texts: Sequence[str]) -> bool:
    return count >= LEAST_EVIDENCE and count >= LEAST_SHARE * len(texts)


def most_of_one_length(texts: Sequence[str]) -> tuple[int, int]:
    """How many digits most of those texts have that are digits alone, and how many these are."""
    lengths = Counter(len(text) for text in texts if set(text) <= set(DIGITS))
    return lengths.most_common(1)[0] if lengths else (0, 0)


def as_codes(texts: Sequence[str]) -> Notation | None:
    """All equally long, some with zeros in front."""
    length, _count = most_of_one_length(texts)
    padded = [text for text in texts if text.startswith("0") and len(text) == length > 1]
    return CODES if are_evidence(len(padded), texts) else None


def as_dates(texts: Sequence[str]) -> Notation | None:
    """Of day, month and year, in the one order that they can have: 05/12/2024 alone may be two days."""
    whole = [text for text in texts if (match := DATE.fullmatch(text)) and match[4]]
    days = {order: in_order(whole, order) for order in DateOrder}
    days = {order: read for order, read in days.items() if are_most(len(read), texts)}
    if len({tuple(read) for read in days.values()}) == 1 and DateOrder.YMD in days:
        return Notation(Kind.DATE, date_order=DateOrder.YMD)
    if DateOrder.DMY in days and DateOrder.MDY in days:
        return None
    if len(days) > 1:  # 24.05.31: the years of a log are fewer than its days
        days = {order: read for order, read in days.items() if has_fewer_years(read)}
    return Notation(Kind.DATE, date_order=next(iter(days))) if len(days) == 1 else None


def in_order(texts: Sequence[str], order: str) -> list[date]:
    notation = Notation(Kind.DATE, date_order=order)
    return [value for text in texts if isinstance(value := notation.value(text), date)]


def has_fewer_years(days: Sequence[date]) -> bool:
    return len({day.year for day in days}) <= len({day.day for day in days})


def as_times(texts: Sequence[str]) -> Notation | None:
    """Written with a colon: 7.45 may be a number."""
    return TIMES if are_most(sum(":" in text for text in texts), texts) else None


def as_fractions(texts: Sequence[str]) -> Notation | None:
    """Less than one, or behind a whole number, and of what people do divide by: 24/12 is rather a day."""
    stroked = [text for text in texts if "/" in text]
    proper = [
        match
        for text in stroked
        if (match := FRACTION.fullmatch(text)) and int(match[3]) < int(match[4]) and int(match[4]) in DENOMINATORS
    ]
    return FRACTIONS if are_evidence(len(stroked), texts) and are_most(len(proper), stroked) else None


def as_numbers(texts: Sequence[str]) -> Notation | None:
    """The decimal sign is that of the texts that leave no choice: 12,5 and 1.234,50, never 1.234."""
    signed = [text for text in texts if "." in text or "," in text]
    signs = Counter(filter(None, map(decimal_sign_of, signed)))
    if not are_evidence(len(signed), texts) or signs.total() < LEAST_EVIDENCE:
        return None
    ((sign, count),) = signs.most_common(1)
    is_one = signs.total() - count <= MOST_THAT_DIFFER * signs.total()
    return Notation(Kind.NUMBER, decimal=DecimalSign(sign)) if is_one else NUMBERS


def decimal_sign_of(text: str) -> str:
    """Nothing where it is no number, or may be two."""
    try:
        NUMBERS.read(text)
    except Valueless:
        return ""
    return NUMBERS.decimal_sign_in(text.lstrip("+- ").rstrip("% "))


KINDS: list[Callable[[Sequence[str]], Notation | None]] = [as_codes, as_dates, as_times, as_fractions, as_numbers]
