"""Answers that come with their pictures: a table `labels.csv` in an archive, a line for each picture.

The table holds for the whole archive or not at all: where a line is doubtful nothing is taken in, and the faults are
named.
"""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator

from recognizer.files.decoding import UnreadablePicture

TABLE = "labels.csv"
COLUMNS = ["file", "text"]
BLANK = "blank"
WRITTEN = set("0123456789 \n")
LONGEST = 5000
MOST_BYTES = 16 * 2**20
MOST_NAMED = 5


def is_table(name: str) -> bool:
    return name.replace("\\", "/").rpartition("/")[2].lower() == TABLE


def read_labels(data: bytes, folder: str, files: Collection[str]) -> dict[str, str]:
    """What is written on each of `files`, by their names; "" where a picture is blank.

    Names in the table count from the `folder` that it lies in. Raises UnreadablePicture with every fault, or the first.
    """
    named: dict[str, str] = {}
    faults: list[str] = []
    for place, name, text in lines(data):
        file = plain(folder + name)
        said = "" if text == BLANK else text
        if file in named:
            faults.append(f"{place} names {name} once more")
        elif not text:
            faults.append(f"{place} has no text for {name}; write “{BLANK}” where nothing is written on it")
        elif not set(said) <= WRITTEN or len(said) > LONGEST:
            faults.append(
                f"{place} has “{text[:40]}” for {name}; a text is digits, spaces and line breaks, or “{BLANK}”"
            )
        named[file] = said
    faults += compared(named, files)
    if faults:
        raise bad(
            "; ".join(faults[:MOST_NAMED]) + (f"; and {len(faults) - MOST_NAMED:,} more" * (len(faults) > MOST_NAMED))
        )
    return {name: named[plain(name)] for name in files}


def compared(named: Collection[str], files: Collection[str]) -> Iterator[str]:
    """Pictures without a line, lines without a picture, and names that do not say which."""
    here = Counter(map(plain, files))
    yield from (f"{name} is not in the archive" for name in named if name not in here)
    yield from (f"{name} has no line" for name in here if name not in named)
    yield from (f"{name} is in the archive {count} times" for name, count in here.items() if count > 1)


def lines(data: bytes) -> Iterator[tuple[str, str, str]]:
    """Where each line stands, its file and its text. Commas, semicolons or tabs between, as spreadsheets do."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad("it is not text in UTF-8; save it as “CSV UTF-8”") from None
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=next((mark for mark in ",;\t" if mark in head), ","))
    try:
        columns = [cell.strip().lower() for cell in next(rows, [])]
        if sorted(columns) != sorted(COLUMNS):
            raise bad(f"its columns are “{', '.join(columns)[:100]}”; they must be “file” and “text”")
        for row in rows:
            cells = dict(zip(columns, (cell.strip().replace("\r\n", "\n") for cell in row), strict=False))
            if len(row) not in (0, len(columns)):
                raise bad(f"line {rows.line_num:,} has {len(row)} cells instead of {len(columns)}")
            if any(cells.values()):
                yield f"line {rows.line_num:,}", cells["file"], cells["text"]
    except csv.Error as fault:
        raise bad(f"line {rows.line_num:,} cannot be read as CSV ({fault})") from fault


def plain(name: str) -> str:
    """One spelling for each name: some systems write letters with their accents apart, and folders with backslashes."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./")


def bad(why: str) -> UnreadablePicture:
    return UnreadablePicture("labels", f"Nothing was taken in, because of {TABLE}: {why}.")
