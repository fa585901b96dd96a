"""What people take away: one file a format, each a function from pictures to bytes as they are ready."""

from collections.abc import Callable, Iterator

from webapp.exports import csv, jsonl, xlsx
from webapp.models.images import ImageQuerySet

FORMATS: dict[str, tuple[str, Callable[[ImageQuerySet], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", csv.export),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.export),
    "jsonl": ("application/x-ndjson", jsonl.export),
}
