"""Pages of a long list by where they begin, not by how many rows come before: the last is as quick as the first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from webapp.text import row_number


@dataclass(frozen=True)
class KeysetPage:
    """Some rows, newest first, and the addresses of their neighbours."""

    rows: list[Any]
    newer: str = ""
    older: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


def numbered_page(rows: QuerySet[Any], number: str | None, size: int) -> Page[Any]:
    """A page of `rows` by its number, in whatever order they have.

    First which ones, then the rows that belong to them: of 20,000 pictures sorted by name the last page takes 20 ms
    instead of 270.
    """
    page = Paginator(rows.select_related(None).values_list("pk", flat=True), size).get_page(number)
    pks = list(page.object_list)
    found = rows.in_bulk(pks)
    page.object_list = [found[pk] for pk in pks if pk in found]
    return page


def cursor(row: Model) -> str:
    return f"{row.created_at.isoformat()}_{row.pk}"  # type: ignore[attr-defined]


def parse(text: str) -> tuple[datetime, int] | None:
    moment, _, pk = text.rpartition("_")
    try:
        when = parse_datetime(moment)
    except ValueError:
        return None
    possible = when and when.tzinfo and 1900 <= when.year < 3000  # at either end of the calendar are zones without it
    number = row_number(pk)
    return (when, number) if when and possible and number is not None else None


def keyset_page(rows: QuerySet[Any], query: QueryDict, size: int) -> KeysetPage:
    """A page of `rows`, which have `created_at`: those before or after the row that the address names.

    First the numbers alone, which an index can tell, then the rows that belong to them.
    """
    before, after = parse(query.get("before", "")), parse(query.get("after", ""))
    order = ("created_at", "pk") if after else ("-created_at", "-pk")
    numbers = rows.select_related(None).order_by(*order)
    if before:
        when, pk = before
        numbers = numbers.filter(created_at__lte=when).exclude(Q(created_at=when) & Q(pk__gte=pk))
    elif after:
        when, pk = after
        numbers = numbers.filter(created_at__gte=when).exclude(Q(created_at=when) & Q(pk__lte=pk))
    pks = list(numbers.values_list("pk", flat=True)[: size + 1])
    more, shown = len(pks) > size, pks[:size]
    found = sorted(rows.in_bulk(shown).values(), key=lambda row: (row.created_at, row.pk), reverse=True)
    if not found:
        return KeysetPage([])
    has_newer = more if after else before is not None
    has_older = after is not None or more
    return KeysetPage(found, cursor(found[0]) if has_newer else "", cursor(found[-1]) if has_older else "")
