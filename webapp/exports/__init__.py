"""What people take away: one file a format, each a function from pictures to bytes as they are ready."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webapp.exports import csv, jsonl, xlsx
from webapp.models.images import ImageQuerySet


class Format(NamedTuple):
    """How pages call it, what browsers are told it is, and how it is made."""

    label: str | Promise
    content_type: str
    export: Callable[[ImageQuerySet], Iterator[bytes]]


# By the ending of its files; addresses and menus follow from this, in this order.
FORMATS = {
    "xlsx": Format(_("Excel"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.export),
    "csv": Format("CSV", "text/csv; charset=utf-8", csv.export),
    "jsonl": Format(_("JSON lines"), "application/x-ndjson", jsonl.export),
}
