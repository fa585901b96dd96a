"""Answers that come with their pictures: a table `labels.csv` in an archive, a line for each picture.

The table holds for the whole archive or not at all: where a line is doubtful nothing is taken in, and the faults are
named.
"""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator

from recognizer.files.piece import shown_name
from recognizer.page import Fault
from recognizer.symbols import ALPHABET, SIGNS, typed

TABLE = "labels.csv"
COLUMNS = ["file", "text"]
BLANK = "blank"
WRITTEN = {*ALPHABET, " ", "\n"}
LONGEST = 5000
MOST_BYTES = 16 * 2**20
MOST_NAMED = 5


def is_table(name: str) -> bool:
    return name.replace("\\", "/").rpartition("/")[2].lower() == TABLE


def read_labels(data: bytes, folder: str, files: Collection[str]) -> dict[str, str]:
    """What is written on each of `files`, by their names; "" where a picture is blank.

    Names in the table count from the `folder` that it lies in. Raises Fault `labels` with the first few
    faults that were found, and how many more there are.
    """
    named: dict[str, str] = {}
    faults: list[Fault] = []
    for line, name, text in lines(data):
        file = plain(folder + name)
        said = "" if text == BLANK else typed(text)
        if file in named:
            faults.append(Fault("label_twice", line=line, name=name))
        elif not text:
            faults.append(Fault("label_without_text", line=line, name=name, blank=BLANK))
        elif not set(said) <= WRITTEN or len(said) > LONGEST:
            signs = " ".join(SIGNS)
            faults.append(Fault("label_not_a_number", line=line, text=text[:40], name=name, signs=signs, blank=BLANK))
        named[file] = said
    faults += compared(named, files)
    if faults:
        more = [Fault("labels_more", count=len(faults) - MOST_NAMED)] if len(faults) > MOST_NAMED else []
        raise refused(*faults[:MOST_NAMED], *more)
    return {name: named[plain(name)] for name in files}


def compared(named: Collection[str], files: Collection[str]) -> Iterator[Fault]:
    """Pictures without a line, lines without a picture, and names that do not say which."""
    here = Counter(map(plain, files))
    yield from (Fault("label_without_file", name=name) for name in named if name not in here)
    yield from (Fault("file_without_label", name=name) for name in here if name not in named)
    yield from (Fault("file_several_times", name=name, count=count) for name, count in here.items() if count > 1)


def lines(data: bytes) -> Iterator[tuple[int, str, str]]:
    """Each line's number, its file and its text. Commas, semicolons or tabs between, as spreadsheets do."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused(Fault("labels_not_utf8")) from None
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=next((mark for mark in ",;\t" if mark in head), ","))
    try:
        columns = [cell.strip().lower() for cell in next(rows, [])]
        if sorted(columns) != sorted(COLUMNS):
            raise refused(Fault("labels_columns", columns=", ".join(columns)[:100]))
        for row in rows:
            cells = dict(zip(columns, (cell.strip().replace("\r\n", "\n") for cell in row), strict=False))
            if len(row) not in (0, len(columns)):
                raise refused(Fault("labels_cells", line=rows.line_num, count=len(row), columns=len(columns)))
            if any(cells.values()):
                yield rows.line_num, cells["file"], cells["text"]
    except csv.Error as fault:
        raise refused(Fault("labels_not_csv", line=rows.line_num, fault=str(fault))) from fault


def plain(name: str) -> str:
    """One spelling for each name: some systems write letters with their accents apart, and folders with backslashes."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./")


def refused(*why: Fault) -> Fault:
    """Nothing of the archive is taken in, because of these faults of its table."""
    for fault in why:
        if "name" in fault.values:
            fault.values["name"] = shown_name(fault.values["name"])
    return Fault("labels", table=TABLE, why=[fault.as_json() for fault in why])
