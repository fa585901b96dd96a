"""The dial: how many answers to accept so that a given share of them is expected to be right.

A calibrated confidence is the probability that an answer is right, so the mean confidence of some answers is the
precision to expect of them. The surest are accepted, as many as keep that mean at the target.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STOPS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
# An answer less likely right than wrong is not accepted, however sure its neighbours are.
LEAST_ACCEPTED = 0.5
BINS = 10_000
NOTHING_IS_SURE = 2.0
# Sums of a hundred thousand confidences are exact to about this.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of nearly the same confidence; `free` are those that nothing but the dial sends to a person."""

    least: float
    count: int
    total: float
    free_count: int
    free_total: float


@dataclass(frozen=True, slots=True)
class Stop:
    """What the dial would do at one precision."""

    precision: float
    accepted: int
    to_check: int
    errors: float

    @property
    def percent(self) -> float:
        return round(100 * self.precision, 2)

    @property
    def accepts_none(self) -> bool:
        return self.precision >= 1

    @property
    def errors_expected(self) -> int:
        return round(self.errors)


def sure_from(bins: Iterable[Bin], precision: float) -> float:
    """The least confidence that is accepted; `bins` come surest first."""
    count, total, least = 0, 0.0, NOTHING_IS_SURE
    if precision >= 1:
        return least
    for one in bins:
        count, total = count + one.count, total + one.total
        if one.least < LEAST_ACCEPTED or total < precision * count - ROUNDING:
            break
        least = one.least
    return least


def stops(bins: Sequence[Bin], unchecked: int, chosen: float) -> list[Stop]:
    """Every stop of the dial, the chosen one among them, for a batch with so many answers not checked by a person."""
    rows = []
    for precision in sorted({*STOPS, chosen}):
        least = sure_from(bins, precision)
        accepted = [one for one in bins if one.least >= least]
        count = sum(one.free_count for one in accepted)
        errors = count - sum(one.free_total for one in accepted)
        rows.append(Stop(precision, count, unchecked - count, max(errors, 0.0)))
    return rows
