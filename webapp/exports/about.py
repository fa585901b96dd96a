"""What a workbook says of itself, on a sheet of its own: the same in every language."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from django.utils import timezone

from webapp.exports.cells import MOST_DIGITS, Cell, is_huge, significant, unit_format
from webapp.exports.tally import Number, Tally
from webapp.exports.wanted import Wanted
from webapp.models import Batch
from webapp.models.adapter import example
from webapp.notation import AS_WRITTEN, Kind, Notation

STATES = ("accepted", "to check", "checked", "failed", "cancelled", "waiting", "running")
MOMENT, SHARE, COUNT = "yyyy-mm-dd hh:mm", "0.0###%", "#,##0"


class Line(NamedTuple):
    """`formula` computes the cell, which is shown by those who do not compute it."""

    label: str
    cell: Cell
    formula: str = ""


def lines(wanted: Wanted, tally: Tally, columns: str) -> Iterator[Line]:
    """`columns` are all places of a value, as a formula names them."""
    batch = wanted.batch
    if batch:
        yield Line("Batch", Cell(batch.name))
        yield Line("Handed in", Cell(local(batch.created_at), MOMENT))
    if wanted.picked:
        yield Line("Only these", Cell(", ".join(wanted.picked)))
    yield Line("Taken away", Cell(local(timezone.now()), MOMENT))
    yield from counts(wanted, tally)
    if batch:
        yield from how_it_is_read(batch)
    yield from sums(batch.noted if batch else AS_WRITTEN, tally, columns)
    if batch and (certificate := batch.certificate_sentence):
        yield Line("Certificate", Cell(certificate))


def local(moment: datetime) -> datetime:
    """By the site's clock; cells know no time zones."""
    return timezone.localtime(moment).replace(tzinfo=None)


def counts(wanted: Wanted, tally: Tally) -> Iterator[Line]:
    yield Line("Pictures", Cell(tally.pictures, COUNT))
    for state in sorted(tally.states, key=STATES.index):
        yield Line(f"Pictures: {state}", Cell(tally.states[state], COUNT))
    if wanted.by_number:
        yield Line("Rows, one a number", Cell(tally.rows, COUNT))
    for model, count in sorted(tally.models.items()):
        yield Line(f"Read by model {model}", Cell(count, COUNT))


def how_it_is_read(batch: Batch) -> Iterator[Line]:
    yield Line("Accepted at an expected precision of", Cell(batch.precision, SHARE))
    if batch.sure_from <= 1:
        yield Line("That is from a confidence of", Cell(batch.curve.likely(batch.sure_from), SHARE))
    if batch.calibration:
        yield Line("Confidence goes by so many checked answers", Cell(batch.curve.checked, COUNT))
    if batch.hints:
        yield Line("Known before reading", Cell(", ".join(batch.known.summary())))
    if batch.patterns:
        yield Line(
            "Read as checked ones are written",
            Cell(", ".join(example(one) for one, _ in Counter(batch.patterns).most_common())),
        )
    if batch.rules:
        yield Line("Expected", Cell(", ".join(batch.expectations.summary())))
    yield Line("Notation", Cell(", ".join(batch.noted.summary()) or str(Kind.WRITTEN.label)))


def sums(noted: Notation, tally: Tally, columns: str) -> Iterator[Line]:
    """Both: a spreadsheet adds floats, and only what it can hold."""
    if not tally.adds_up:
        return
    total, shown = tally.total, tally.format + unit_format(noted.unit)
    computed = 0.0 if total is None or is_huge(total) else float(total)
    yield Line("Sum of the column value", Cell(computed, shown), f"=SUM({columns})")
    if tally.kept_as_text:
        yield Line("Values that are text, so not in this sum", Cell(tally.kept_as_text, COUNT))
    yield Line("The exact sum", exact(total, shown))


def exact(total: Number | None, shown: str) -> Cell:
    if total is None:
        return Cell("too long to be written down")
    if isinstance(total, Fraction):
        return Cell(str(total))
    if significant(total) > MOST_DIGITS or is_huge(total):
        return Cell(str(total) if isinstance(total, int) else f"{total:f}")
    return Cell(float(total), shown)
