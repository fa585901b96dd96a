"""What is looked for among answers: a text, what is worth as much, or a range of values, `12..20`."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from django.db.models import Q

from webapp.notation import AS_WRITTEN, Kind, Notation, Value, sort_key

RANGE = ".."
NUMBERS = (Kind.WRITTEN, Kind.NUMBER, Kind.FRACTION)
# A float keeps so many digits apart; of a longer number its neighbours would be found, too.
DIGITS_APART = 15
# A float that came through JSON may be another one by its last bits.
LAST_BITS = 2**-50

NOTHING = Q(pk__in=[])


def near(key: float | None) -> Q:
    """Of the images with this sort value."""
    return NOTHING if key is None else between(key, key)


def between(least: float | None, most: float | None) -> Q:
    found = Q(sort_value__isnull=False)
    if least is not None:
        found &= Q(sort_value__gte=least - abs(least) * LAST_BITS)
    if most is not None:
        found &= Q(sort_value__lte=most + abs(most) * LAST_BITS)
    return found


def value_of(text: str, noted: Notation) -> Value | None:
    """As their batch has it, or as nobody takes for anything else."""
    value = noted.value(text)
    return AS_WRITTEN.value(text) if value is None and noted.kind in NUMBERS else value


def is_exact(value: Value | None) -> bool:
    if isinstance(value, int | Fraction):
        return abs(value) < 10**DIGITS_APART
    return not isinstance(value, Decimal) or len(value.normalize().as_tuple().digits) <= DIGITS_APART


@dataclass(frozen=True, slots=True)
class Sought:
    worth: Q
    is_range: bool = False

    @classmethod
    def of(cls, text: str, noted: Notation) -> Self:
        first, dots, last = text.partition(RANGE)
        if dots and (bounds := ends(first, last, noted)):
            return cls(between(*bounds), is_range=True)
        value = value_of(text, noted)
        return cls(near(sort_key(value)) if is_exact(value) else NOTHING)


def ends(first: str, last: str, noted: Notation) -> tuple[float | None, float | None] | None:
    """Of a range, one of which may be left open; nothing where it is none."""
    keys = [sort_key(value_of(text, noted)) for text in (first, last)]
    if not first.strip() and not last.strip():
        return None
    if any(key is None and text.strip() for key, text in zip(keys, (first, last), strict=True)):
        return None
    least, most = keys
    return (most, least) if least is not None and most is not None and least > most else (least, most)
