"""`read`: what is written on pictures, a line for each. Never stops at a bad file."""

import argparse
import errno
import json
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from recognizer.bundles import DEFAULT_MODEL
from recognizer.commands.sentences import NOTES, sentence
from recognizer.files import MAX_BYTES, pages
from recognizer.page import NO_HINTS, Fault, Hints, Reading
from recognizer.reader import Reader
from recognizer.symbols import SIGNS

Row = dict[str, Any]


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("read", help="read pictures of handwritten numbers")
    command.add_argument("paths", nargs="+", metavar="PATH", help="a picture, or a folder of them")
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.add_argument(
        "--signs", metavar="SIGNS", help=f"those of {SIGNS} that may stand there (default: any)".replace("%", "%%")
    )
    command.add_argument("--digits", type=int, metavar="N", help="how many digits each number has (default: any)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    hints = Hints(chosen.signs, chosen.digits)
    for row in read_paths(chosen.paths, Reader.load(chosen.model), hints):
        # Flushed line by line, so that whoever reads along sees each answer when it is there.
        print(json.dumps(row) if chosen.json else in_words(row), flush=True)


def in_words(row: Row) -> str:
    """One line for a person about one row of `read_paths`."""
    place = row["path"] + (f", page {row['page']}" if "page" in row else "")
    notes = f"  ({', '.join(NOTES[note] for note in row['notes'])})" if row["notes"] else ""
    if row["error"]:
        return f"{place}: {row['error']}"
    if row["outcome"] != "read":
        return f"{place}: {row['outcome']}{notes}"
    return f"{place}: {' / '.join(row['text'].splitlines())}  {row['confidence']:.1%}{notes}"


def read_paths(paths: Iterable[str | os.PathLike[str]], reader: Reader, hints: Hints = NO_HINTS) -> Iterator[Row]:
    """`read_file` of every file met, folders walked in sorted order. Never stops at a bad file."""
    for path in paths:
        for file in _files(Path(path)):
            yield from read_file(file, reader, hints)


def read_file(path: str | os.PathLike[str], reader: Reader, hints: Hints = NO_HINTS) -> Iterator[Row]:
    """One plain dict for a file, or one a page where it has several; a file that gives no picture has its `error`."""
    try:
        data = _contents(path)
    except OSError as fault:
        yield failed(path, Fault("cannot_be_opened", reason=fault.strerror or str(fault)))
        return
    # One page is held back, for only the second tells that there are several, and a hundred would not fit in memory.
    held, number = None, 0
    for page in pages(data):
        if held is not None:
            number += 1
            yield held | {"page": number}
        held = failed(path, page) if isinstance(page, Fault) else answered(path, reader.read([page], hints)[0])
    if held is not None:
        yield held | {"page": number + 1} if number else held


def _contents(path: str | os.PathLike[str]) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # or a named pipe would hold us for ever
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        return file.read(MAX_BYTES + 1)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):  # links to folders are not followed, so that no loop can hold it
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names))


def answered(path: str | os.PathLike[str], reading: Reading) -> Row:
    return {
        "path": os.fspath(path),
        "text": reading.text,
        "confidence": reading.confidence,
        "outcome": reading.outcome,
        "digits": [mark.as_json() for mark in reading.marks],
        "lines": [line.as_json() for line in reading.lines],
        "notes": list(reading.notes),
        "error": None,
    }


def failed(path: str | os.PathLike[str], fault: Fault) -> Row:
    nothing = {"text": "", "confidence": 0.0, "outcome": None, "digits": [], "lines": [], "notes": []}
    return {"path": os.fspath(path), **nothing, "error": sentence(fault)}
