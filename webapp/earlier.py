"""The table of what pictures had the last time: in each line a file's name and a value."""

import csv
import io
from collections.abc import Iterator

from django.conf import settings

from webapp.models.earlier import LONGEST_VALUE
from webapp.models.original import spelled
from webapp.refusals import Recorded
from webapp.symbols import DIGITS

FILE, VALUE = "file", "value"
# More of it is not carried here out of archives (recognizer.files.earlier).
MOST_BYTES = 16 * 2**20


class BadTable(Recorded):
    """Nothing of it is taken in."""


def read_table(data: bytes, name: str = "") -> dict[str, str]:
    """The values as they are written, by the names of pictures, which count from the folder of the table's own `name`.

    Raises BadTable for the first thing that is wrong.
    """
    most = settings.MAX_FILES_PER_BATCH
    if len(data) > MOST_BYTES:
        raise BadTable("earlier_too_large", most=most)
    folder, slash, _last = spelled(name).rpartition("/")
    values: dict[str, str] = {}
    for line, file, value in lines(text_in(data)):
        key = spelled(folder + slash + spelled(file))
        if key in values:
            raise BadTable("earlier_twice", line=line, name=key)
        if len(value) > LONGEST_VALUE:
            raise BadTable("earlier_too_long", line=line, most=LONGEST_VALUE)
        values[key] = value
    if not values:
        raise BadTable("earlier_empty")
    if len(values) > most:
        raise BadTable("earlier_too_large", most=most)
    return values


def text_in(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\0", "")  # which no column of PostgreSQL can hold
    except UnicodeDecodeError:
        raise BadTable("earlier_not_utf8") from None


def lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Each line's number, its file and its value, but for those without one.

    The first line may name the columns: by the names `file` and `value` they are found among others, else there are
    two, the file's first. A value has a digit, so that what has none there is a heading in any language.
    """
    table = list(rows_in(text))
    names = [cell.lower() for cell in table[0][1]] if table else []
    named = {FILE, VALUE} <= set(names)
    file, value, width = (names.index(FILE), names.index(VALUE), len(names)) if named else (0, 1, 2)
    for place, (line, row) in enumerate(table):
        if len(row) != width:
            raise BadTable("earlier_cells", line=line, count=len(row), columns=width)
        is_heading = not place and not set(row[value]) & set(DIGITS)
        if row[value] and not is_heading:
            yield line, row[file], row[value]


def rows_in(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line's number and its cells. Tabs, semicolons or commas stand between, as spreadsheets have it; beside a tab
    or semicolon in the first line a comma is one of a value."""
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=next((mark for mark in "\t;," if mark in head), ","))
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield rows.line_num, cells
    except csv.Error as fault:
        raise BadTable("earlier_not_csv", line=rows.line_num, fault=str(fault)) from fault
