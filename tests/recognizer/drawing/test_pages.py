"""Pages are drawn anew each time, and what is said of them is what was drawn."""

from collections.abc import Callable

import numpy as np
import pytest

from recognizer.drawing import layouts
from recognizer.drawing.canvas import SCRAPPED, SIDE, UNTOLD, Drawing
from recognizer.drawing.layouts import Writer, number
from recognizer.drawing.pages import page
from recognizer.drawing.pens import Hand, Inked
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.network import CELL, NOTHING, OTHER
from recognizer.symbols import ALPHABET, SIGNS

CELLS = SIDE // CELL
HAND = Hand(0.1, 0.0, 0.0, 1.0, 0.3, 0.03, 0.0, 0.0, 0.0)


def drawn(handwriting: Handwriting, seed: int) -> tuple[np.ndarray, Drawing]:
    return page(handwriting, np.random.default_rng(seed))


def block(height: int, width: int) -> Inked:
    """Something written: all ink, its foot in the middle below."""
    return Inked(np.ones((height, width), np.float32), (width / 2, float(height)))


def writer(handwriting: Handwriting, seed: int = 1) -> Writer:
    return Writer(Drawing(), handwriting, HAND, 0.0, np.random.default_rng(seed))


def test_the_same_randomness_draws_the_same_page_and_another_another(handwriting: Handwriting) -> None:
    (one, first), (same, again), (other, _) = (drawn(handwriting, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert (first.marks, first.numbers) == (again.marks, again.numbers)
    np.testing.assert_array_equal(first.target().way, again.target().way)
    assert (one != other).any()


def test_pages_and_targets_have_their_shapes_and_ranges(handwriting: Handwriting) -> None:
    for seed in range(20):
        grey, drawing = drawn(handwriting, seed)
        target = drawing.target()
        assert (grey.shape, grey.dtype) == ((SIDE, SIDE), np.uint8)
        assert (target.ink.shape, target.ink.dtype) == ((SIDE, SIDE), np.bool_)
        assert target.centre.shape == target.symbol.shape == target.weight.shape == (CELLS, CELLS)
        assert target.way.shape == (CELLS, CELLS, 2)
        assert 0 <= target.centre.min() <= target.centre.max() <= 1
        assert target.symbol.max() <= OTHER
        assert 0 <= target.weight.min() <= target.weight.max() <= 6
        assert np.isfinite(target.way).all()


# Fails: the middle of a mark rarely falls on the middle of a cell, so of 100 small marks 8 have a cell above 0.97, from
# which on the loss takes it for a centre (learning/finder.py); the others teach that nothing is there.
def test_every_mark_has_a_cell_that_is_its_centre_beyond_doubt(handwriting: Handwriting) -> None:
    for seed in range(20):
        _, drawing = drawn(handwriting, seed)
        centre = drawing.target().centre
        for x, y, *_ in drawing.marks:
            row, column = min(CELLS - 1, int(y / CELL)), min(CELLS - 1, int(x / CELL))
            assert centre[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].max() > 0.97


def test_every_mark_has_a_centre_where_its_ink_lies_and_its_cells_point_to_it(handwriting: Handwriting) -> None:
    marks = 0
    for seed in range(40):
        _, drawing = drawn(handwriting, seed)
        target = drawing.target()
        rows, columns = np.mgrid[:CELLS, :CELLS]
        aims = np.stack([columns + target.way[..., 0], rows + target.way[..., 1]], 2)
        for place, (x, y, _, symbol) in enumerate(drawing.marks, 1):
            mine = drawing.owner == place
            if mine.sum() < 60 or symbol == OTHER:  # written over by others; letters lie over letters
                continue
            marks += 1
            row, column = min(CELLS - 2, int(y / CELL)), min(CELLS - 2, int(x / CELL))
            assert target.centre[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].max() > 0.45
            cells = mine.reshape(CELLS, CELL, CELLS, CELL).any(axis=(1, 3)) & (target.symbol == symbol)
            away = np.hypot(*(aims[cells] - ((x - 1.5) / CELL, (y - 1.5) / CELL)).T)
            assert (away < 0.1).mean() > 0.5
    assert marks > 60


def test_ink_belongs_to_the_marks_of_the_page_or_to_scraps(handwriting: Handwriting) -> None:
    for seed in range(20):
        _, drawing = drawn(handwriting, seed)
        assert drawing.owner.max() <= len(drawing.marks)
        assert drawing.owner.min() >= UNTOLD
        assert (drawing.ink[drawing.owner != 0] > 0.3).all()
        assert drawing.target().ink[(drawing.owner > 0) & (drawing.ink > 0.35)].all()


def test_what_is_written_is_ink_whether_it_is_a_number_or_a_letter_and_lines_are_none(handwriting: Handwriting) -> None:
    one = writer(handwriting)
    one.drawing.write(block(20, 20), 40.0, 40.0, 4)
    one.drawing.write(block(20, 20), 80.0, 40.0, OTHER)
    one.drawing.put(np.ones((20, 20), np.float32), 110.0, 20.0)
    one.drawing.lines[100:104] = 1
    target = one.drawing.target()
    assert all(target.ink[20:40, left : left + 20].all() for left in (30, 70, 110))
    assert not target.ink[95:110].any()
    assert (target.symbol[7, 10], target.symbol[7, 20], target.symbol[7, 30]) == (4, OTHER, OTHER)
    assert (target.of_a_mark[7, 10], target.of_a_mark[7, 20], target.of_a_mark[7, 30]) == (True, True, False)
    assert target.centre[5:10, 17:23].max() > 0.97


def test_numbers_are_made_of_the_marks_of_the_page_each_once(handwriting: Handwriting) -> None:
    for seed in range(20):
        _, drawing = drawn(handwriting, seed)
        told = [mark for one in drawing.numbers for mark in one if mark > 0]
        assert sorted(told) == [place for place, mark in enumerate(drawing.marks, 1) if mark[3] != OTHER]


def test_a_page_of_no_number_has_letters_and_print_at_most(handwriting: Handwriting) -> None:
    something = 0
    for seed in range(30):
        bare = writer(handwriting, seed)
        layouts.no_number(bare)
        target = bare.drawing.target()
        assert bare.drawing.numbers == []
        assert {mark[3] for mark in bare.drawing.marks} <= {OTHER}
        assert (target.symbol[target.of_a_mark] == OTHER).all()
        assert set(np.unique(target.symbol)) <= {NOTHING, OTHER}
        something += bool((target.symbol == OTHER).any())
    assert 15 < something < 30


NO_NUMBERS = (layouts.no_number, layouts.strangers)


@pytest.mark.parametrize("layout", [layout for layout in layouts.LAYOUTS if layout not in NO_NUMBERS])
def test_every_other_layout_writes_numbers(handwriting: Handwriting, layout: Callable[[Writer], float]) -> None:
    marks = 0
    for seed in range(8):
        one = writer(handwriting, seed)
        assert 5 < layout(one) < 130
        marks += sum(mark > 0 for number in one.drawing.numbers for mark in number)
    assert marks >= 5


def test_strangers_are_signs_of_no_number(handwriting: Handwriting) -> None:
    for seed in range(8):
        one = writer(handwriting, seed)
        assert 5 < layouts.strangers(one) < 130
        assert not one.drawing.numbers
        assert {symbol for *_, symbol in one.drawing.marks} <= {OTHER}
        assert one.drawing.ink.any()


def test_what_is_written_is_said_mark_by_mark(handwriting: Handwriting) -> None:
    one = writer(handwriting)
    one.write("-4,5", 20, 90, 40)
    signs = [ALPHABET[symbol] for *_, symbol in one.drawing.marks]
    assert signs == ["-", signs[1], ",", signs[3]]
    assert one.drawing.numbers == [[1, 2, 3, 4]]
    middles = [x for x, *_ in one.drawing.marks]
    assert middles == sorted(middles)


def test_a_mark_of_which_most_is_out_of_sight_is_a_scrap_and_of_one_half_in_sight_nothing_is_asked() -> None:
    drawing = Drawing()
    whole, half, scrap, gone = (drawing.write(block(40, 20), x, 80, 4) for x in (60, 4, 164, 300))
    assert (whole, half, scrap, gone) == (1, UNTOLD, SCRAPPED, SCRAPPED)
    assert len(drawing.marks) == 1
    target = drawing.target()
    assert (target.symbol[10:20, 13:17] == 4).all()
    assert not target.weight[11:19, 0:3].any()
    assert (target.symbol[11:19, -1] == OTHER).all()


def test_the_cells_of_a_mark_point_to_the_middle_of_its_box() -> None:
    drawing = Drawing()
    drawing.write(block(40, 20), 60, 80, 4)
    target = drawing.target()
    rows, columns = np.nonzero(target.symbol == 4)
    aims = np.stack([columns + target.way[rows, columns, 0], rows + target.way[rows, columns, 1]], 1)
    np.testing.assert_allclose(aims, np.broadcast_to(((59.5 - 1.5) / CELL, (59.5 - 1.5) / CELL), aims.shape), atol=0.01)
    assert np.unravel_index(target.centre.argmax(), target.centre.shape) == (14, 14)


def test_small_marks_count_more_cell_by_cell_than_large_ones() -> None:
    drawing = Drawing()
    drawing.write(block(8, 8), 40, 40, 10)
    drawing.write(block(80, 60), 100, 140, 4)
    target = drawing.target()
    assert target.weight[target.symbol == 10].min() > 3 * target.weight[target.symbol == 4].max()


def test_what_is_no_number_is_something_else_and_paper_s_lines_are_nothing() -> None:
    drawing = Drawing()
    drawing.put(np.ones((20, 20), np.float32), 40, 40)
    drawing.lines[100] = 1
    target = drawing.target()
    assert (target.symbol[10:15, 10:15] == OTHER).all()
    assert (target.symbol[25] == NOTHING).all()
    drawing.put(np.ones((20, 20), np.float32), 400, -90)


def test_numbers_have_at_least_a_digit_and_no_sign_that_we_do_not_know() -> None:
    randomness = np.random.default_rng(1)
    texts = [number(randomness) for _ in range(400)]
    assert all("d" in text and set(text) <= {"d", *SIGNS} for text in texts)
    assert set("".join(texts)) == {"d", *SIGNS}
    assert 0.4 < np.mean([set(text) == {"d"} for text in texts]) < 0.6
