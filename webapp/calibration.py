"""How likely answers of a batch are right that are said to be so sure, by those of them that people have checked."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

FEWEST = 30
# Where confidences part: answers between two of these are as sure as each other. Closer where errors are rare.
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.998, 1.0)
# What the model says of answers counts as much as so many that were checked.
SAID_COUNTS = 10

Checked = Iterable[tuple[float, bool]]


@dataclass(frozen=True, slots=True)
class Level:
    """Answers as likely right as each other: how sure they are `said` to be, how many of `count` are `right`."""

    said: tuple[float, ...]
    count: float
    right: float

    @property
    def share(self) -> float:
        return self.right / self.count


@dataclass(frozen=True, slots=True)
class Curve:
    """From how sure an answer is said to be to how likely it is right: straight between `points`, and never falling."""

    points: tuple[tuple[float, float], ...] = ()
    checked: int = 0

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        return cls(tuple((said, right) for said, right in stored["points"]), stored["checked"]) if stored else cls()

    def stored(self) -> dict[str, Any]:
        return {"points": [list(point) for point in self.points], "checked": self.checked} if self.points else {}

    def likely(self, said: float) -> float:
        if not self.points:
            return said
        place = min(max(bisect(self.points, (said,)), 1), len(self.points) - 1)
        (left, low), (right, high) = self.points[place - 1], self.points[place]
        return low + (high - low) * (said - left) / (right - left)

    def said(self, likely: float) -> float:
        """From how sure on an answer is as likely right as that."""
        for (left, low), (right, high) in pairwise(self.points):
            if high >= likely:
                return left + (right - left) * max(0.0, likely - low) / (high - low) if high > low else left
        return 1.0 if self.points else likely


def fitted(checked: Checked) -> Curve:
    """What checked answers say, each with how sure it was said to be and whether it was right; what they do not, the
    model does. Where fewer of surer ones are right they are taken together (isotonic regression by pooling adjacent
    violators: Zadrozny and Elkan, Transforming classifier scores into accurate multiclass probability estimates, 2002).
    """
    answers = sorted(checked)
    if len(answers) < FEWEST:
        return Curve()
    levels = rising([level_of(answers, low, high) for low, high in pairwise(EDGES)])
    points = {0.0: 0.0} | {said: level.share for level in levels for said in level.said} | {1.0: levels[-1].share}
    return Curve(tuple(sorted(points.items())), len(answers))


def level_of(answers: Sequence[tuple[float, bool]], low: float, high: float) -> Level:
    """Of those from `low` on and below `high`, and of as many as what the model says counts for."""
    here = [one for one in answers if low <= one[0] < high or (high == 1 and one[0] == 1)]
    said = sum(sure for sure, _ in here) / len(here) if here else (low + high) / 2
    return Level((said,), SAID_COUNTS + len(here), SAID_COUNTS * said + sum(right for _, right in here))


def rising(levels: Iterable[Level]) -> list[Level]:
    pooled: list[Level] = []
    for level in levels:
        pooled.append(level)
        while len(pooled) > 1 and pooled[-2].share > pooled[-1].share:
            after, before = pooled.pop(), pooled.pop()
            pooled.append(Level(before.said + after.said, before.count + after.count, before.right + after.right))
    return pooled
