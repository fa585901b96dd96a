import csv
import re
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from webapp.exports.row import HEADINGS, rows
from webapp.models.images import ImageQuerySet

# What computes to itself. Not so -2+3, -2/3 and -2 -3 (in two lines, too), nor +1:3, which is three rows of the sheet.
NUMBER = r"[+-][0-9]+(?:[.,][0-9]+)*%?"
# At a cell's beginning; and behind what a spreadsheet of another language, or one that is told so, takes for its end.
FORMULA = re.compile(rf"^(?!{NUMBER}\Z)(?=[=+\-@\t\r\n])|(?<=[;\t\r\n])(?!{NUMBER}(?:[;\t\r\n]|\Z))(?=[=+\-@])")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else


class Echo:
    """A file that hands back what is written to it, so that csv can be streamed."""

    def write(self, line: str) -> str:
        return line


def export(images: ImageQuerySet) -> Iterator[bytes]:
    write = csv.writer(Echo()).writerow
    yield (BYTE_ORDER_MARK + write(HEADINGS)).encode()
    for row in rows(images):
        yield write([cell(value) for value in row]).encode()


def cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    return harmless(value) if isinstance(value, str) else f"{value:.4f}"


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, nor for several cells of which one is."""
    return FORMULA.sub("'", text)
