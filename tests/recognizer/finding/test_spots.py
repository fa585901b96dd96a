"""From what a network says of each cell to marks. What it says is made here, cell by cell."""

import numpy as np
import pytest

from recognizer.finding.network import CELL, NOTHING, OTHER, Seen
from recognizer.finding.spots import Spot, spots
from recognizer.symbols import ALPHABET

Cells = tuple[slice, slice]


class Said:
    """What a network says of a sheet of so many cells on which nobody has written yet."""

    def __init__(self, rows: int = 16, columns: int = 24) -> None:
        self.centre = np.zeros((rows, columns), np.float32)
        self.way = np.zeros((rows, columns, 2), np.float32)
        self.symbols = np.zeros((rows, columns, OTHER + 1), np.float32)
        self.symbols[..., NOTHING] = 1
        self.ink = np.zeros((CELL * rows, CELL * columns), np.uint8)

    def ink_that_points_to(self, centre: tuple[int, int], cells: Cells, symbol: int, sure: float = 0.9) -> None:
        rows, columns = np.mgrid[cells]
        self.way[cells] = np.stack([centre[1] - columns, centre[0] - rows], 2)
        self.symbols[cells] = 0
        self.symbols[(*cells, symbol)] = sure
        self.symbols[(*cells, NOTHING)] = 1 - sure
        self.ink[CELL * cells[0].start : CELL * cells[0].stop, CELL * cells[1].start : CELL * cells[1].stop] = 255

    def mark(self, cells: Cells, sign: str, heat: float = 0.8) -> None:
        """A block of ink that points to its own middle."""
        centre = (cells[0].start + cells[0].stop - 1) // 2, (cells[1].start + cells[1].stop - 1) // 2
        self.ink_that_points_to(centre, cells, ALPHABET.index(sign))
        self.centre[centre] = heat

    def spots(self) -> list[Spot]:
        found = spots(Seen(self.centre, self.way, self.symbols, self.ink))
        return sorted(found, key=lambda spot: spot.x)


def box(spot: Spot) -> tuple[int, int, int, int]:
    return spot.x, spot.y, spot.width, spot.height


def test_ink_that_points_to_a_centre_is_a_mark_with_its_box_its_sign_and_its_heat() -> None:
    said = Said()
    said.mark(np.s_[4:10, 8:12], "7")
    (spot,) = said.spots()
    assert box(spot) == (32, 16, 16, 24)
    assert ALPHABET[spot.symbol] == "7"
    assert spot.symbols.shape == (len(ALPHABET),)
    assert spot.symbols.sum() == pytest.approx(1)
    assert (spot.heat, spot.held) == pytest.approx((0.8, 0.9))


def test_two_centres_part_ink_that_touches() -> None:
    said = Said()
    said.mark(np.s_[4:10, 6:10], "4")
    said.mark(np.s_[4:10, 10:14], "0")
    left, right = said.spots()
    assert (ALPHABET[left.symbol], ALPHABET[right.symbol]) == ("4", "0")
    assert (box(left), box(right)) == ((24, 16, 16, 24), (40, 16, 16, 24))


def test_ink_of_two_centres_in_one_box_is_each_one_s_own() -> None:
    said = Said()
    said.mark(np.s_[4:10, 6:8], "1")
    said.mark(np.s_[10:12, 6:14], "2")
    parts = sum(int((spot.ink > 0).sum()) for spot in said.spots())
    assert parts == (said.ink > 0).sum()


def test_ink_that_points_nowhere_near_a_centre_is_nobody_s() -> None:
    said = Said()
    said.mark(np.s_[4:10, 6:10], "4")
    said.ink_that_points_to((2, 16), np.s_[4:10, 14:18], ALPHABET.index("4"))
    (spot,) = said.spots()
    assert box(spot) == (24, 16, 16, 24)


def test_ink_without_a_centre_is_no_mark_and_neither_is_a_centre_without_ink() -> None:
    said = Said()
    said.mark(np.s_[4:10, 6:10], "4", heat=0.1)
    said.centre[7, 18] = 0.9
    assert said.spots() == []
    assert Said().spots() == []


def test_of_neighbouring_likely_cells_the_likeliest_is_the_one_centre() -> None:
    said = Said()
    said.mark(np.s_[4:10, 6:10], "4")
    said.centre[5:8, 7:9] = np.maximum(said.centre[5:8, 7:9], 0.5)
    assert [spot.heat for spot in said.spots()] == pytest.approx([0.8])


def test_a_letter_beside_a_digit_is_a_mark_of_its_own_that_is_hardly_held_for_a_sign() -> None:
    said = Said()
    said.mark(np.s_[4:10, 6:10], "4")
    said.ink_that_points_to((7, 12), np.s_[4:10, 10:14], OTHER, sure=0.95)
    said.centre[7, 12] = 0.7
    digit, letter = said.spots()
    assert (digit.x + digit.width, letter.x) == (40, 40)
    assert digit.held > 0.8
    assert letter.held < 0.1


def test_ink_that_nobody_would_see_is_left_out() -> None:
    said = Said()
    said.mark(np.s_[4:10, 6:10], "4")
    said.ink[16:28] = 30
    (spot,) = said.spots()
    assert box(spot) == (24, 28, 16, 12)


def test_a_mark_at_the_rim_of_a_picture_that_ends_within_a_cell_stays_in_it() -> None:
    said = Said()
    said.mark(np.s_[12:16, 20:24], "4")
    said.ink = said.ink[:-3, :-2]
    (spot,) = said.spots()
    assert (spot.x + spot.width, spot.y + spot.height) == (said.ink.shape[1], said.ink.shape[0])


def test_hundreds_of_centres_and_thousands_of_cells_of_ink_are_sorted_out_at_once() -> None:
    randomness = np.random.default_rng(2)
    said = Said(150, 150)
    said.centre[::6, ::6] = 0.9
    said.symbols[:] = 0
    said.symbols[..., :NOTHING] = 1 / NOTHING
    said.way[:] = randomness.normal(0, 3, said.way.shape)
    said.ink[:] = 255
    found = said.spots()
    assert len(found) == 25 * 25
