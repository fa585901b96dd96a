"""What a table adds up to: pictures by state and model, and the exact sum of its values."""

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from webapp.exports.cells import Cell
from webapp.exports.row import Row
from webapp.notation import added_up

# Fractions with more denominators than these, or longer ones, would have a sum that fills pages.
MOST_DENOMINATORS, LONGEST_DENOMINATOR = 100, 10**40

DECIMALS = re.compile(r"\.(0+)")

Number = int | Decimal | Fraction


@dataclass(slots=True)
class Tally:
    pictures: int = 0
    rows: int = 0
    states: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    numbers: int = 0
    days_and_times: int = 0
    kept_as_text: int = 0  # numbers that a spreadsheet cannot hold, and so cannot add
    formats: set[str] = field(default_factory=set)  # without their units
    by_denominator: Counter[int] = field(default_factory=Counter)

    def count_picture(self, row: Row) -> None:
        self.pictures += 1
        self.states[row.state] += 1
        if row.model:
            self.models[row.model] += 1

    def count_row(self, row: Row, cell: Cell | None) -> None:
        self.rows += 1
        if cell is None or isinstance(row.value, str):
            return
        if not isinstance(row.value, Number):
            self.days_and_times += 1
            return
        self.numbers += 1
        self.kept_as_text += isinstance(cell.value, str)
        self.formats.add(cell.format.partition('"')[0])
        value = Fraction(row.value)
        self.by_denominator[value.denominator] += value.numerator

    @property
    def adds_up(self) -> bool:
        """Days and times among the numbers would be added with them."""
        return bool(self.numbers) and not self.days_and_times

    @property
    def total(self) -> Number | None:
        """Exact; None where it would be too long."""
        denominators = self.by_denominator
        if len(denominators) > MOST_DENOMINATORS or max(denominators, default=1) > LONGEST_DENOMINATOR:
            return None
        return added_up(Fraction(total, denominator) for denominator, total in denominators.items())

    @property
    def format(self) -> str:
        """Of the sum: with as many decimals as the value that has most; any other where they are of several kinds."""
        if len({"%" in one for one in self.formats}) > 1 or any("/" in one for one in self.formats):
            return "General"
        places = max((len(match[1]) for match in map(DECIMALS.search, self.formats) if match), default=0)
        percent = "%" if any("%" in one for one in self.formats) else ""
        return "#,##0" + ("." + "0" * places if places else "") + percent
