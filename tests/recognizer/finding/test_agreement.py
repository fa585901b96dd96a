import numpy as np
import pytest

from recognizer.finding.agreement import agreed
from recognizer.finding.network import Seen
from recognizer.finding.scales import Look
from recognizer.finding.spots import Spot
from recognizer.symbols import ALPHABET
from tests.recognizer.marks import opinion


def spot(sign: str, x: int, y: int, side: int = 20, heat: float = 0.8) -> Spot:
    return Spot(x, y, np.full((side, side), 255, np.uint8), opinion(sign).astype(np.float32), heat, 0.9)


def look(scale: float, *spots: Spot) -> Look:
    cells = np.zeros((1, 1), np.float32)
    return Look(scale, Seen(cells, cells[..., None], cells[..., None], cells.astype(np.uint8)), list(spots))


def test_a_mark_that_a_look_twice_as_large_takes_for_the_same_is_seen_again() -> None:
    (mark,) = agreed(look(1.0, spot("4", 10, 30)), look(2.0, spot("4", 20, 60, side=40, heat=0.6)))
    assert mark.again == pytest.approx(0.6 * 0.95)


def test_one_that_it_takes_for_another_sign_or_does_not_see_is_not() -> None:
    best = look(1.0, spot("4", 10, 30), spot("7", 60, 30))
    taken_for_nine, unseen = agreed(best, look(1.0, spot("9", 10, 30)))
    assert taken_for_nine.again < 0.05
    assert unseen.again == 0


def test_half_a_mark_is_not_that_mark() -> None:
    (mark,) = agreed(look(1.0, spot("0", 0, 0, side=40)), look(1.0, spot("0", 0, 0, side=20)))
    assert mark.again == 0


def test_without_a_second_look_a_mark_speaks_for_itself() -> None:
    (mark,) = agreed(look(1.0, spot("4", 10, 30)), None)
    assert mark.again == pytest.approx(0.8 * 0.95)
    assert ALPHABET[mark.symbol] == "4"


def test_a_second_look_that_sees_nothing_sees_nothing_again() -> None:
    assert [mark.again for mark in agreed(look(1.0, spot("4", 10, 30)), look(0.5))] == [0]
    assert agreed(look(1.0), look(0.5, spot("4", 10, 30))) == []
