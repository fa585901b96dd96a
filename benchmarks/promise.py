"""How often a promise is broken, and what it costs: batches whose truth is known, looked at as people may.

    python -m benchmarks.promise [--batches 10000] [--whole 1000]

For each kind of batch: in how many anything that was said at any look, at any position of the dial, was ever untrue (no
way of stopping or choosing can break more promises than that); and what somebody gets who stops as soon as at most 1 %
is promised, or after 600 looks: how often it was, after how many looks, and in how many batches more was wrong.

Below it what the promise takes beside a number of looks fixed beforehand (the exact hypergeometric bound).
"""

import argparse
import math
import random
import statistics
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from webapp.certainty import Looks

# As webapp/models/certificate.py has them, which needs a database.
ERROR, ERROR_AT_ONCE = 0.05, 0.04
MOST_DRAWN = 2000
GOAL, PATIENCE = 0.01, 600
SEED = 1812
Answers = list[tuple[float, bool]]  # how sure each is said to be, and whether it is wrong


class Outcome(NamedTuple):
    ever_untrue: bool
    looks: int | None
    broken: bool


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--batches", type=int, default=10_000)
    options.add_argument("--whole", type=int, default=1000)
    chosen = options.parse_args()
    print(f"{chosen.batches:,} batches of {chosen.whole:,} accepted answers, promised with {1 - ERROR:.0%} confidence")
    print(f"{'':<34}{'wrong':>8}{'ever untrue':>13}{'1 % promised':>14}{'looks':>7}{'and broken':>12}")
    for kind, make in KINDS.items():
        print(f"{kind:<34}" + row(simulated(make, chosen.batches, chosen.whole)), flush=True)
    costs(chosen.whole)


def simulated(
    make: "Callable[[random.Random, int], Answers]", batches: int, whole: int, seed: int = SEED
) -> Iterator[tuple[float, Outcome]]:
    """Of each batch, its share of wrong answers and what became of it."""
    chance = random.Random(seed)
    for _ in range(batches):
        answers = make(chance, whole)
        yield sum(wrong for _, wrong in answers) / whole, looked_at(answers, chance)


def row(outcomes: Iterator[tuple[float, Outcome]]) -> str:
    wrong, found = zip(*outcomes, strict=True)
    promised = [one.looks for one in found if one.looks is not None]
    looks = f"{statistics.median(promised):.0f}" if promised else "–"
    untrue, broken = sum(one.ever_untrue for one in found), sum(one.broken for one in found)
    shares = f"{statistics.mean(wrong):>8.2%}{untrue / len(found):>13.2%}{len(promised) / len(found):>14.1%}"
    return f"{shares}{looks:>7}{broken / len(found):>12.2%}"


def looked_at(answers: Answers, chance: random.Random) -> Outcome:
    """One lot to its end. Between two wrong answers what speaks against a number first falls and then grows, so it is
    largest where a wrong one comes or right before that: only there it need be asked."""
    lot = chance.sample(answers, min(len(answers), MOST_DRAWN))
    said = sorted(said for said, _ in answers)
    thresholds = sorted({0.0, *(said[len(said) * quarter // 4] for quarter in (1, 2, 3))})
    errors = [ERROR_AT_ONCE, *((ERROR - ERROR_AT_ONCE) / 2**step for step in range(1, len(thresholds)))]
    untrue = any(
        ever_untrue([one for one in lot if one[0] >= least], [one for one in answers if one[0] >= least], error)
        for least, error in zip(thresholds, errors, strict=True)
    )
    looks = stops_at(lot[:PATIENCE], len(answers), ERROR_AT_ONCE)
    left = sum(wrong for _, wrong in answers) - sum(wrong for _, wrong in lot[: looks or 0])
    return Outcome(untrue, looks, looks is not None and left > GOAL * len(answers))


def ever_untrue(lot: Answers, whole: Answers, error: float) -> bool:
    number = sum(wrong for _, wrong in whole)
    return any(
        number > looks.likeliest and looks.disbelieves(number) for looks in turning_points(lot, len(whole), error)
    )


def turning_points(lot: Answers, whole: int, error: float) -> Iterator[Looks]:
    wrong = 0
    for looked, (_, is_wrong) in enumerate(lot):
        if is_wrong:
            yield Looks(whole, looked, wrong, error)
            wrong += 1
            yield Looks(whole, looked + 1, wrong, error)
    yield Looks(whole, len(lot), wrong, error)


def stops_at(lot: Answers, whole: int, error: float) -> int | None:
    """After how many looks at most 1 % is promised; None where the lot ends before."""
    places = [place for place, (_, wrong) in enumerate(lot) if wrong]
    for wrong, (start, end) in enumerate(zip([0, *(place + 1 for place in places)], [*places, len(lot)], strict=True)):
        promised = start + Looks(whole, start, wrong, error).needed(GOAL)
        if promised <= end:
            return promised
    return None


# --- Batches ---------------------------------------------------------------------------------------------------------


def doubts(chance: random.Random, whole: int) -> list[float]:
    """How unsure a model is of what is accepted: mostly hardly, in the mean 1 %."""
    return [min(0.5, 0.01 * chance.expovariate(1)) for _ in range(whole)]


def miscalibrated(times: float) -> "Callable[[random.Random, int], Answers]":
    """Wrong so many times as often as the model says."""

    def make(chance: random.Random, whole: int) -> Answers:
        return [(1 - doubt, chance.random() < times * doubt) for doubt in doubts(chance, whole)]

    return make


def one_hand(chance: random.Random, whole: int) -> Answers:
    """A twentieth is one writer's, of whom the model is sure and has four in ten wrong."""
    hand = range(start := chance.randrange(whole), start + whole // 20)
    found = miscalibrated(0.3)(chance, whole)
    for place in hand:
        found[place % whole] = (0.999 + 0.001 * chance.random(), chance.random() < 0.4)
    return found


def one_too_many(chance: random.Random, whole: int) -> Answers:
    """Hardly more wrong than is to be promised, which is hardest to tell, and all of them among the surest."""
    sure = sorted((1 - doubt for doubt in doubts(chance, whole)), reverse=True)
    wrong = set(chance.sample(range(whole // 4), int(GOAL * whole) + 1))
    return [(said, place in wrong) for place, said in enumerate(sure)]


def any_share(chance: random.Random, whole: int) -> Answers:
    share = chance.random() * 0.05
    return [(1 - doubt, chance.random() < share) for doubt in doubts(chance, whole)]


KINDS: "dict[str, Callable[[random.Random, int], Answers]]" = {
    "calibrated": miscalibrated(1),
    "over-confident, three times": miscalibrated(3),
    "under-confident, a tenth": miscalibrated(0.1),
    "one hand that it cannot read": one_hand,
    "one too many, among the surest": one_too_many,
    "any share up to 5 %": any_share,
}


# --- What it costs ---------------------------------------------------------------------------------------------------


def costs(whole: int) -> None:
    print(f"\nLooks among {whole:,} accepted until so many at most are wrong, by how many wrong ones turn up")
    print(f"{'':<34}" + "".join(f"{found:>6}" for found in range(4)))
    for goal in (0.01, 0.02, 0.05):
        found = [looks_with(whole, goal, wrong) for wrong in range(4)]
        fixed = [looks_fixed_beforehand(whole, goal, wrong) for wrong in range(4)]
        print(f"{f'{goal:.0%}, whenever one stops':<34}" + "".join(f"{looks:>6}" for looks in found))
        print(f"{f'{goal:.0%}, fixed beforehand':<34}" + "".join(f"{looks:>6}" for looks in fixed))


def looks_with(whole: int, goal: float, wrong: int) -> int:
    return wrong + Looks(whole, wrong, wrong, ERROR_AT_ONCE).needed(goal)


def looks_fixed_beforehand(whole: int, goal: float, wrong: int, error: float = ERROR) -> int:
    short, enough = wrong, whole
    while enough - short > 1:
        looked = (short + enough) // 2
        holds = most_left_at_one_look(whole, looked, wrong, error) <= goal * whole
        short, enough = (short, looked) if holds else (looked, enough)
    return enough


def most_left_at_one_look(whole: int, looked: int, wrong: int, error: float) -> int:
    """The exact hypergeometric upper bound, less those found: true of one number of looks, fixed beforehand."""
    first, beyond = wrong, wrong + whole - looked + 1
    while beyond - first > 1:
        middle = (first + beyond) // 2
        seen = sum(math.comb(middle, found) * math.comb(whole - middle, looked - found) for found in range(wrong + 1))
        first, beyond = (first, middle) if seen <= Fraction(str(error)) * math.comb(whole, looked) else (middle, beyond)
    return first - wrong


if __name__ == "__main__":
    main()
