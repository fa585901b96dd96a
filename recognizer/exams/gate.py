"""Whether a challenger may replace the champion: paired tests on the same examples, and every reason as a code.

Both models answer each example, so only those that they answer differently say anything: `gained` (the champion wrong,
the challenger right) against `lost`. McNemar: Note on the sampling error of the difference between correlated
proportions (1947); Efron: Bootstrap methods (1979) for how much may be lost at worst.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.page import Reason

# Chance that the gate takes for better what is not.
LEVEL = 0.05
DRAWS = 20_000


@dataclass(frozen=True)
class Margins:
    """By how much a challenger may at worst be worse, in shares: at the lower end of a one-sided 95 % interval.

    `clean_change` bounds the change itself on clean digits: 5 of 5,000. `digit` bounds one digit's among some 500.
    """

    clean_change: float = 0.001
    clean: float = 0.003
    corruptions: float = 0.01
    numbers: float = 0.02
    digit: float = 0.015
    fewest_held_out: int = 20


@dataclass(frozen=True)
class Comparison:
    """Both models on the same `count` examples; shares, and the one-sided 95 % lower end of their difference.

    `name` is a code; of one digit's examples it is "digit", and `digit` says which.
    """

    name: str
    count: int
    champion: float
    challenger: float
    gained: int
    lost: int
    lowest_change: float
    p_better: float
    digit: int | None = None

    @property
    def change(self) -> float:
        return self.challenger - self.champion

    @property
    def examples(self) -> dict[str, Any]:
        """What both have answered, as a value of a reason."""
        return (Reason(self.name) if self.digit is None else Reason(self.name, digit=self.digit)).as_json()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Verdict:
    """`passed` where `against` is empty."""

    for_it: tuple[Reason, ...]
    against: tuple[Reason, ...]

    @property
    def passed(self) -> bool:
        return not self.against

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What decided."""
        return self.against or self.for_it

    def as_json(self) -> dict[str, Any]:
        for_it, against = ([reason.as_json() for reason in side] for side in (self.for_it, self.against))
        return {"passed": self.passed, "for": for_it, "against": against}


Right = NDArray[np.bool_]


def mcnemar(gained: int, lost: int) -> float:
    """The exact one-sided chance of at least so many gained among those answered differently, were both as good."""
    together = gained + lost
    return sum(math.comb(together, k) for k in range(gained, together + 1)) / 2**together


def compare(
    name: str,
    champion: Right,
    challenger: Right,
    weights: NDArray[np.floating] | None = None,
    digit: int | None = None,
) -> Comparison:
    """Right or wrong [n] of each model; `weights` [n] where the examples are not a fair sample."""
    count = len(champion)
    weights = np.ones(count) if weights is None else np.asarray(weights, float)
    change = challenger.astype(float) - champion.astype(float)
    gained, lost = int((change > 0).sum()), int((change < 0).sum())
    whole = max(weights.sum(), 1e-12)
    return Comparison(
        name=name,
        count=count,
        champion=float((weights * champion).sum() / whole),
        challenger=float((weights * challenger).sum() / whole),
        gained=gained,
        lost=lost,
        lowest_change=lowest_change(change, weights),
        p_better=mcnemar(gained, lost),
        digit=digit,
    )


def lowest_change(change: NDArray[np.floating], weights: NDArray[np.floating]) -> float:
    """The 5 % quantile of the weighted mean change over samples drawn with replacement.

    Examples of the same change and weight are drawn together, by their number: the same distribution, much sooner.
    """
    if not len(change):
        return 0.0
    kinds, counts = np.unique(np.stack([change, weights], axis=1), axis=0, return_counts=True)
    drawn = np.random.default_rng(1947).multinomial(len(change), counts / len(change), DRAWS)
    sums = drawn @ (kinds[:, 0] * kinds[:, 1])
    return float(np.quantile(sums / np.maximum(drawn @ kinds[:, 1], 1e-12), LEVEL))


def weights_by_mistakes(champion: Right, share: float) -> NDArray[np.float64]:
    """Weights [n] that give the examples the share of mistakes that the champion makes on all pictures.

    People look at what is doubtful, so the champion seems worse among their answers than it is.
    """
    weights = np.ones(len(champion))
    wrong = 1 - champion.mean() if len(champion) else 0.0
    if 0 < wrong < 1:
        weights[~champion], weights[champion] = share / wrong, (1 - share) / (1 - wrong)
    return weights


def judge(held_out: Comparison, suites: dict[str, Comparison], digits: list[Comparison], margins: Margins) -> Verdict:
    """Better on the site's own held-out pictures, and not worse than the margins on any suite or digit."""
    better = at_home(held_out, margins)
    for_it, against = ([better], []) if better.code == "better" else ([], [better])
    for name, suite in suites.items():
        against += may_lose(suite, getattr(margins, name))
    if (clean := suites.get("clean")) and clean.change < -margins.clean_change:
        against.append(Reason("worse", **figures(clean), most=margins.clean_change))
    for digit in digits:
        against += may_lose(digit, margins.digit)
    if not against:
        for_it.append(Reason("not_worse", suites=[suite.examples for suite in suites.values()]))
    return Verdict(tuple(for_it), tuple(against))


def at_home(held_out: Comparison, margins: Margins) -> Reason:
    """What the held-out pictures say: `better`, or why not."""
    count, shares = held_out.count, {"challenger": held_out.challenger, "champion": held_out.champion}
    if count < margins.fewest_held_out:
        return Reason("too_few_to_judge", count=count, fewest=margins.fewest_held_out)
    if held_out.change > 0 and held_out.lowest_change > 0 and held_out.p_better < LEVEL:
        return Reason("better", count=count, **shares)
    return Reason("not_better", count=count, p=held_out.p_better, **shares)


def may_lose(suite: Comparison, margin: float) -> list[Reason]:
    if suite.lowest_change >= -margin:
        return []
    return [Reason("may_lose", **figures(suite), loss=-suite.lowest_change, most=margin)]


def figures(suite: Comparison) -> dict[str, Any]:
    return {"suite": suite.examples, "challenger": suite.challenger, "champion": suite.champion}
