"""Whether a challenger may replace the champion: paired tests on the same examples, and every reason in words.

Both models answer each example, so only those that they answer differently say anything: `gained` (the champion wrong,
the challenger right) against `lost`. McNemar: Note on the sampling error of the difference between correlated
proportions (1947); Efron: Bootstrap methods (1979) for how much may be lost at worst.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    """Both models on the same `count` examples; shares, and the one-sided 95 % lower end of their difference."""

    name: str
    count: int
    champion: float
    challenger: float
    gained: int
    lost: int
    lowest_change: float
    p_better: float

    @property
    def change(self) -> float:
        return self.challenger - self.champion

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Verdict:
    """`passed` where `against` is empty. `for_it` and `against` are sentences."""

    for_it: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.against

    @property
    def said(self) -> str:
        return " ".join(self.against or self.for_it)


Right = NDArray[np.bool_]


def mcnemar(gained: int, lost: int) -> float:
    """The exact one-sided chance of at least so many gained among those answered differently, were both as good."""
    together = gained + lost
    return sum(math.comb(together, k) for k in range(gained, together + 1)) / 2**together


def compare(name: str, champion: Right, challenger: Right, weights: NDArray[np.floating] | None = None) -> Comparison:
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
    for_it, against = [], []
    told = f"{held_out.challenger:.1%} instead of {held_out.champion:.1%} of {held_out.count} held-out pictures right"
    if held_out.count < margins.fewest_held_out:
        few = "1 answered picture is" if held_out.count == 1 else f"{held_out.count} answered pictures are"
        against.append(f"Only {few} held out; {margins.fewest_held_out} are needed to judge by.")
    elif held_out.change > 0 and held_out.lowest_change > 0 and held_out.p_better < LEVEL:
        for_it.append(f"Better on the site's own pictures: {told}.")
    else:
        against.append(f"Not shown to be better on the site's own pictures: {told} (p = {held_out.p_better:.2f}).")
    for name, suite in suites.items():
        margin = getattr(margins, name)
        if suite.lowest_change < -margin:
            against.append(f"{worse(suite)}, and may lose {-suite.lowest_change:.2%}, more than {margin:.2%}.")
    if (clean := suites.get("clean")) and clean.change < -margins.clean_change:
        against.append(f"{worse(clean)}, more than {margins.clean_change:.2%}.")
    for digit in digits:
        if digit.lowest_change < -margins.digit:
            against.append(f"{worse(digit)}, and may lose {-digit.lowest_change:.2%}, more than {margins.digit:.2%}.")
    if not against:
        for_it.append(f"Not worse than the margins on {', '.join(suites)} or on any digit.")
    return Verdict(tuple(for_it), tuple(against))


def worse(suite: Comparison) -> str:
    return f"On {suite.name} it reads {suite.challenger:.2%} instead of {suite.champion:.2%}"
