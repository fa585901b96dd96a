"""How much better the rest of a batch is read once some of its doubtful answers have been checked.

    python -m benchmarks.adapting LABELS [--kinds log_cells log_cells_decimal] [--draws 5] [--model sapling]

LABELS is a CSV of file, label and kind. A batch is all pictures of one kind whose labels have the same signs, of which
there are 64. Of those that are less sure than 99 %, k are checked, drawn at random; the others are read again with what
these say of how numbers are written. For k = 8, 16, 32 and 64: how many of the others were wrong before and are then,
how many were right and said 90 % or more and are spoilt, how many said 90 % or more are wrong before and then, and how
long it took.
"""

import argparse
import csv
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from recognizer.bundles import DEFAULT_MODEL
from recognizer.files import decode
from recognizer.page import Hints, Reading
from recognizer.reader import Reader
from recognizer.recognising.candidate import Prepared
from recognizer.symbols import SIGNS, pattern, squeezed

CHECKED = (8, 16, 32, 64)
ACCEPTED, SURE = 0.99, 0.9
SEED = 1812


class Case(NamedTuple):
    prepared: Prepared
    label: str
    reading: Reading

    def is_wrong(self, reading: Reading) -> bool:
        return squeezed(reading.text) != self.label


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("labels", type=Path)
    options.add_argument("--kinds", nargs="+", default=["log_cells", "log_cells_decimal"])
    options.add_argument("--draws", type=int, default=5)
    options.add_argument("--model", default=DEFAULT_MODEL)
    chosen = options.parse_args()
    reader = Reader.load(chosen.model)
    print(f"{'':<34}{'k':>4}{'the rest':>10}{'wrong':>8}{'then':>8}{'spoilt':>8}{'s & w':>8}{'then':>8}{'seconds':>9}")
    for name, rows in batches(chosen.labels, chosen.kinds):
        cases = [read(reader, chosen.labels.parent / file, label) for file, label in rows]
        for k in CHECKED:
            figures = [row(reader, cases, k, random.Random(SEED + draw)) for draw in range(chosen.draws)]
            means = [sum(column) / len(figures) for column in zip(*figures, strict=True)]
            print(
                f"{name:<34}{k:>4}" + "{:>10.0f}{:>8.1f}{:>8.1f}{:>8.1f}{:>8.1f}{:>8.1f}{:>9.1f}".format(*means),
                flush=True,
            )


def batches(labels: Path, kinds: Sequence[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Name, and file and label of each picture."""
    found = defaultdict(list)
    with labels.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["kind"] in kinds:
                signs = "".join(sorted({sign for sign in row["label"] if sign in SIGNS}))
                found[f"{row['kind']} {signs or 'without signs'}"].append((row["file"], squeezed(row["label"])))
    yield from ((name, rows) for name, rows in sorted(found.items()) if len(rows) >= max(CHECKED))


def read(reader: Reader, file: Path, label: str) -> Case:
    prepared = reader.prepare(decode(file.read_bytes()))
    return Case(prepared, label, reader.answer([prepared])[0])


def row(reader: Reader, cases: Sequence[Case], k: int, chance: random.Random) -> tuple[float, ...]:
    doubtful = [case for case in cases if case.reading.confidence < ACCEPTED]
    chance.shuffle(doubtful)
    checked, rest = doubtful[:k], doubtful[k:]
    began = time.monotonic()
    hints = Hints(patterns=Counter(pattern(case.label) for case in checked))
    after = reader.answer([replace(case.prepared, hints=hints) for case in rest])
    spent = time.monotonic() - began
    both = list(zip(rest, after, strict=True))
    return (
        len(rest),
        sum(case.is_wrong(case.reading) for case in rest),
        sum(case.is_wrong(reading) for case, reading in both),
        sum(
            sure_and(not case.is_wrong(case.reading), case.reading) and case.is_wrong(reading) for case, reading in both
        ),
        sum(sure_and(case.is_wrong(case.reading), case.reading) for case in rest),
        sum(sure_and(case.is_wrong(reading), reading) for case, reading in both),
        spent,
    )


def sure_and(holds: bool, reading: Reading) -> bool:
    return holds and reading.confidence >= SURE


if __name__ == "__main__":
    main()
