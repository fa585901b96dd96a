"""What people take away: one file a format, each a function from pictures to bytes as they are ready."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webapp.exports import csv, jsonl, xlsx
from webapp.exports.wanted import Wanted
from webapp.models.images import ImageQuerySet

Words = str | Promise


class Way(NamedTuple):
    """How a file may be asked for besides: what stands in the address, what the menu says, and says in short."""

    asked: Mapping[str, str]
    label: Words
    short: Words = ""


class Format(NamedTuple):
    """How pages call it, what browsers are told it is, how it is made, and how else."""

    label: Words
    content_type: str
    export: Callable[[ImageQuerySet, Wanted], Iterator[bytes]]
    other_ways: tuple[Way, ...] = ()

    @property
    def ways(self) -> tuple[Way, ...]:
        return (Way({}, self.label, self.label), *self.other_ways)


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WITH_PICTURES = Way({"thumbnails": "1"}, _("Excel with pictures"))
SEMICOLONS = Way({"csv": "semicolon"}, _("CSV for Excel in German and others (; and ,)"), "CSV (; ,)")

# By the ending of its files; addresses and menus follow from this, in this order.
FORMATS = {
    "xlsx": Format(_("Excel"), WORKBOOK, xlsx.export, (WITH_PICTURES,)),
    "csv": Format("CSV", "text/csv; charset=utf-8", csv.export, (SEMICOLONS,)),
    "jsonl": Format(_("JSON lines"), "application/x-ndjson", jsonl.export),
}
