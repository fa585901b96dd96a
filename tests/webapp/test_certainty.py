"""What is promised of a whole by some of it, beside brute force, known tables, and batches whose truth is known."""

import itertools
import math
import random

import pytest

from benchmarks.promise import KINDS, most_left_at_one_look, simulated
from webapp.certainty import Looks

ERROR = 0.05


def ever_untrue(whole: int, wrong: int, error: float) -> float:
    """The exact probability that a lot of so many, so many of them wrong, ever promises less than that: over all orders
    in which they can be drawn, each looked at to its end."""
    reached, untrue = {0: 1.0}, 0.0
    for looked in range(whole + 1):
        for found in list(reached):
            if Looks(whole, looked, found, error).most_left + found < wrong:
                untrue += reached.pop(found)
        drawn: dict[int, float] = {}
        for found, chance in reached.items():
            next_is_wrong = (wrong - found) / max(whole - looked, 1)
            drawn[found + 1] = drawn.get(found + 1, 0.0) + chance * next_is_wrong
            drawn[found] = drawn.get(found, 0.0) + chance * (1 - next_is_wrong)
        reached = drawn
    return untrue


@pytest.mark.parametrize("whole", [1, 2, 7, 30, 60])
def test_no_way_of_stopping_breaks_more_promises_than_is_said(whole: int) -> None:
    chances = [ever_untrue(whole, wrong, ERROR) for wrong in range(whole + 1)]
    assert max(chances) <= ERROR
    assert chances[0] == 0


def test_the_exact_chance_is_that_of_all_orders_counted_one_by_one() -> None:
    """The test above is only as good as its counting."""
    whole, wrong, error = 7, 3, 0.4
    untrue = 0
    for places in itertools.combinations(range(whole), wrong):
        found = [sum(place < looked for place in places) for looked in range(whole + 1)]
        untrue += any(Looks(whole, n, k, error).most_left + k < wrong for n, k in enumerate(found))
    assert 0 < untrue / math.comb(whole, wrong) == pytest.approx(ever_untrue(whole, wrong, error))


@pytest.mark.parametrize("looked", range(0, 31, 3))
def test_what_is_believed_is_what_brute_force_believes(looked: int) -> None:
    """By every number of wrong ones in thirty, and each likelihood as a fraction of whole numbers."""
    whole = 30
    for wrong in range(looked + 1):
        looks = Looks(whole, looked, wrong, ERROR)
        spread = 300 * math.factorial(wrong) / math.prod(range(300 + looked - wrong, 300 + looked + 1))
        mixture = 0.5 * spread + (0 if wrong else 0.5)
        possible = range(wrong, wrong + whole - looked + 1)
        under = {k: math.comb(whole - looked, k - wrong) / math.comb(whole, k) for k in possible}
        believed = [k for k in possible if mixture / under[k] < 1 / ERROR]
        assert looks.most_left == max(believed) - wrong


def test_everything_looked_at_leaves_nothing_and_nothing_looked_at_leaves_all() -> None:
    assert [Looks(40, 40, wrong, ERROR).most_left for wrong in (0, 7, 40)] == [0, 0, 0]
    assert Looks(40, 0, 0, ERROR).most_left == 40
    assert Looks(0, 0, 0, ERROR).most_share == 0


def test_it_says_beforehand_how_many_looks_it_takes() -> None:
    for whole, goal in itertools.product((1, 60, 200, 2731, 20_000), (0.01, 0.02, 0.05)):
        needed = Looks(whole, 0, 0, ERROR).needed(goal)
        assert Looks(whole, needed, 0, ERROR).holds(goal)
        assert not Looks(whole, needed - 1, 0, ERROR).holds(goal)
    assert [Looks(2731, 0, 0, ERROR).needed(goal) for goal in (0.01, 0.02, 0.05)] == [301, 152, 60]
    assert Looks(2731, 301, 0, ERROR).needed(0.01) == 0
    assert Looks(2731, 301, 1, ERROR).needed(0.01) > 200, "one that was wrong takes more"


def test_it_gets_better_with_every_right_answer() -> None:
    left = [Looks(2731, looked, 2, ERROR).most_left for looked in range(2, 2732)]
    assert left == sorted(left, reverse=True)


def test_a_number_of_looks_fixed_beforehand_is_worth_what_the_tables_say() -> None:
    """Clopper and Pearson's upper bounds, one-sided at 95 %, for a hundred looks; of a large whole they are ours."""
    for wrong, percent in {0: 2.95, 1: 4.66, 2: 6.16, 5: 10.23}.items():
        most = most_left_at_one_look(100_000, 100, wrong, ERROR) + wrong
        assert 100 * most / 100_000 == pytest.approx(percent, abs=0.01)


def test_to_be_true_at_every_look_costs_something_and_not_much() -> None:
    for looked, wrong in [(20, 0), (50, 1), (100, 0), (100, 3), (190, 1)]:
        at_every_look = Looks(200, looked, wrong, ERROR).most_left
        at_one = most_left_at_one_look(200, looked, wrong, ERROR)
        assert at_one <= at_every_look <= 2.2 * at_one + 1


@pytest.mark.parametrize("kind", KINDS)
def test_promises_hold_in_batches_whose_truth_is_known(kind: str) -> None:
    """However sure the model says it is, wherever the wrong ones lie, and whenever somebody stops."""
    outcomes = [outcome for _, outcome in simulated(KINDS[kind], 150, 700, seed=7)]
    assert by_chance(sum(outcome.ever_untrue for outcome in outcomes), len(outcomes)) > 0.001
    assert by_chance(sum(outcome.broken for outcome in outcomes), len(outcomes)) > 0.001


def by_chance(broken: int, of: int) -> float:
    """How likely so many or more are where each is broken in one of twenty."""
    return sum(math.comb(of, n) * ERROR**n * (1 - ERROR) ** (of - n) for n in range(broken, of + 1))


def test_looking_until_it_looks_good_breaks_a_bound_for_one_number_of_looks() -> None:
    """What the simulation is for: it can tell a promise that does not hold."""
    chance, answers, broken = random.Random(3), [place < 11 for place in range(200)], 0
    for _ in range(60):
        found = enumerate(itertools.accumulate(chance.sample(answers, 200)), start=1)
        broken += any(most_left_at_one_look(200, looked, wrong, ERROR) + wrong < 11 for looked, wrong in found)
    assert by_chance(broken, 60) < 0.001
