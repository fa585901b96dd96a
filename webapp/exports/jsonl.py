import json
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from webapp.exports.cells import MOST_DIGITS, significant
from webapp.exports.row import Row, columns, rows
from webapp.exports.wanted import ALL, Wanted
from webapp.models.images import ImageQuerySet
from webapp.notation import Value, plain

# Programs that take every number for a float have whole ones up to here.
MOST_WHOLE = 2**53


def export(images: ImageQuerySet, wanted: Wanted = ALL) -> Iterator[bytes]:
    for row in rows(images, wanted):
        yield json.dumps(as_object(row, wanted), cls=DjangoJSONEncoder, ensure_ascii=False).encode() + b"\n"


def as_object(row: Row, wanted: Wanted) -> dict[str, Any]:
    whole = row._asdict() | {"value": exact(row.value), "earlier": exact(row.earlier)}
    return {column: whole[column] for column in columns(wanted)}


def exact(value: Value | None) -> int | float | str | None:
    """A number where none of its digits is lost on programs that know but floats, else a text."""
    if isinstance(value, Fraction):
        value = plain(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int):
        return value if abs(value) <= MOST_WHOLE else str(value)
    if isinstance(value, Decimal):
        return float(value) if significant(value) <= MOST_DIGITS else f"{value:f}"
    return value if value is None else str(value)
