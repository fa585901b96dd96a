"""A picture in, its marks in reading order out, with the finder that ships."""

import numpy as np
import pytest

from recognizer.finding import finder as finder_module
from recognizer.finding.finder import MAX_MARKS, Finder
from recognizer.finding.found import Finding, Found
from recognizer.finding.network import CELL, NOTHING, OTHER, Seen
from recognizer.learning.mnist import Digits
from recognizer.page import Box, Grey, Picture
from recognizer.reader import Reader
from recognizer.symbols import ALPHABET
from tests.recognizer.conftest import clear_digits
from tests.recognizer.paper import PATTERNS, patterned, sheet, write


@pytest.fixture(scope="module")
def ten(digits: Digits, reader: Reader) -> list[Grey]:
    """A clear one of each digit, in order."""
    return clear_digits(digits, reader, "0123456789")


def found(finder: Finder, grey: Grey) -> Finding:
    return finder.find(Picture.drawn(grey))


def layout(finding: Finding) -> list[int]:
    """How many marks each line has."""
    lines = [mark.line for mark in finding.marks]
    return [lines.count(number) for number in range(max(lines, default=-1) + 1)]


def lies_at(mark: Found, box: Box, within: float = 5) -> bool:
    return bool(np.allclose(mark.box, box, atol=within))


def test_digits_are_found_where_they_were_written(finder: Finder, ten: list[Grey]) -> None:
    paper = sheet(240, 700)
    boxes = write(paper, [ten[4], ten[0], ten[7]], 200, 160)
    finding = found(finder, paper)
    assert (finding.outcome, len(finding.marks)) == ("read", 3)
    assert all(lies_at(mark, box) for mark, box in zip(finding.marks, boxes, strict=True))


def test_boxes_are_in_pixels_of_the_upright_original(finder: Finder, ten: list[Grey]) -> None:
    paper = sheet(240, 400)
    (box,) = write(paper, [ten[5]], 150, 160)
    (mark,) = finder.find(Picture(paper, None, (), 4000, 2400)).marks
    assert lies_at(mark, Box(*(10 * side for side in box)), within=50)


def test_a_mark_reaches_as_far_as_ink_goes_on_beside_it(finder: Finder, ten: list[Grey]) -> None:
    paper = sheet(240, 900)
    near = write(paper, [ten[4], ten[0], ten[7]], 100, 160)
    (far,) = write(paper, [ten[3]], 600, 160)
    *together, alone = found(finder, paper).marks
    for mark in together:
        assert mark.reach == pytest.approx((near[0].x, near[-1].right), abs=20)
    assert alone.reach == pytest.approx((far.x, far.right), abs=20)


def test_ink_is_light_on_0_and_that_of_one_mark_alone(finder: Finder, ten: list[Grey]) -> None:
    paper = sheet(200, 400)
    write(paper, [ten[1], ten[7]], 120, 150, gap=2)
    left, right = found(finder, paper).marks
    for mark, digit in ((left, ten[1]), (right, ten[7])):
        assert np.mean(mark.ink > 127) == pytest.approx(np.mean(digit[digit.any(1)][:, digit.any(0)] > 127), abs=0.15)
        assert np.median(mark.ink[mark.ink < 128]) == 0


def test_each_mark_says_what_the_finder_takes_it_for(finder: Finder, ten: list[Grey]) -> None:
    paper = sheet(240, 700)
    write(paper, [ten[4], ten[0]], 200, 160)
    for mark, digit in zip(found(finder, paper).marks, "40", strict=True):
        assert mark.symbols is not None
        assert ALPHABET[int(mark.symbols.argmax())] == digit
        assert 0.25 <= mark.heat <= 1
        assert mark.size == pytest.approx(1, abs=0.2)
        assert mark.beside < 0.2


@pytest.mark.parametrize("tall", [40, 90, 200, 420])
def test_a_digit_of_any_height_is_found(finder: Finder, ten: list[Grey], tall: int) -> None:
    paper = sheet(600, 800)
    (box,) = write(paper, [ten[3]], 200, 510, tall=tall)
    (mark,) = found(finder, paper).marks
    assert lies_at(mark, box, within=4 + 0.06 * tall)


def test_light_ink_on_dark_paper_is_found_and_noted(finder: Finder, ten: list[Grey]) -> None:
    paper = sheet(240, 500)
    boxes = write(paper, [ten[3], ten[7]], 200, 160)
    finding = found(finder, 255 - paper)
    assert all(lies_at(mark, box, within=12) for mark, box in zip(finding.marks, boxes, strict=True))
    assert "light_ink" in finding.notes
    assert "light_ink" not in found(finder, paper).notes


def test_faint_ink_is_found_and_noted(finder: Finder, ten: list[Grey]) -> None:
    faint, dark = sheet(240, 500), sheet(240, 500)
    write(faint, [ten[3], ten[7]], 200, 160, dark=0.1)
    write(dark, [ten[3], ten[7]], 200, 160)
    assert layout(found(finder, faint)) == [2]
    assert "low_contrast" in found(finder, faint).notes
    assert "low_contrast" not in found(finder, dark).notes


def test_ink_at_the_edge_of_a_picture_is_noted(finder: Finder, ten: list[Grey]) -> None:
    paper = sheet(240, 400)
    write(paper, [ten[3], ten[7]], 150, 160)
    assert "touches_edge" not in found(finder, paper).notes
    assert "touches_edge" in found(finder, paper[80:]).notes


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_constant_picture_is_blank(finder: Finder, level: int) -> None:
    finding = found(finder, np.full((64, 80), level, np.uint8))
    assert (finding.outcome, finding.marks) == ("blank", ())


def test_empty_paper_under_uneven_light_is_blank(finder: Finder) -> None:
    light = np.linspace(1, 0.7, 600)[None, :]
    assert found(finder, (sheet(400, 600) * light).astype(np.uint8)).outcome == "blank"


class SeesOther:
    """Stands for a network to which so many cells of a picture are written or printed and no number."""

    def __init__(self, cells: int) -> None:
        self.cells = cells

    def see(self, grey: Grey) -> Seen:
        n, m = (-(-side // CELL) for side in grey.shape)
        symbols = np.zeros((n, m, OTHER + 1), np.float32)
        symbols.reshape(-1, OTHER + 1)[: self.cells, OTHER] = 1
        symbols.reshape(-1, OTHER + 1)[self.cells :, NOTHING] = 1
        return Seen(np.zeros((n, m), np.float32), np.zeros((n, m, 2), np.float32), symbols, np.zeros_like(grey))


@pytest.mark.parametrize(("cells", "outcome"), [(40, "unclear"), (2, "blank")])
def test_a_picture_without_a_mark_is_unclear_where_something_else_is_written(cells: int, outcome: str) -> None:
    finding = found(Finder(SeesOther(cells)), sheet(80, 80))  # type: ignore[arg-type]
    assert (finding.outcome, finding.marks) == (outcome, ())


def test_a_tiny_picture_is_one_digit_and_needs_no_network(finder: Finder, ten: list[Grey]) -> None:
    (mark,) = found(finder, ten[6]).marks
    assert mark.symbols is None
    (looked_for,) = finder.look_for(Picture.drawn(ten[6])).marks
    assert looked_for.symbols is not None


def test_of_more_marks_than_are_read_the_upper_ones_are_kept_and_it_is_told(
    finder: Finder, ten: list[Grey], monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = sheet(460, 500)
    write(paper, [ten[4], ten[7]], 60, 150)
    write(paper, [ten[3], ten[8], ten[2]], 60, 340)
    assert "more_marks" not in found(finder, paper).notes
    monkeypatch.setattr(finder_module, "MAX_MARKS", 2)
    finding = found(finder, paper)
    assert [mark.box.y < 200 for mark in finding.marks] == [True, True]
    assert "more_marks" in finding.notes


def test_scraps_far_smaller_than_the_digits_beside_them_are_left_out(finder: Finder, ten: list[Grey]) -> None:
    paper = sheet(300, 600)
    boxes = write(paper, [ten[4], ten[7], ten[3]], 60, 200, tall=120)
    write(paper, [ten[0]], 480, 200, tall=18)
    finding = found(finder, paper)
    assert len(finding.marks) == len(boxes)


@pytest.mark.parametrize("shape", [(1, 1), (1, 28), (2, 2), (3, 500), (41, 40), (1, 2400), (2400, 1), (1600, 2400)])
@pytest.mark.parametrize("kind", PATTERNS)
def test_any_picture_has_a_bounded_number_of_marks_within_it(finder: Finder, shape: tuple[int, int], kind: str) -> None:
    grey = patterned(kind, shape)
    finding = found(finder, grey)
    assert len(finding.marks) <= MAX_MARKS
    for mark in finding.marks:
        x, y, width, height = mark.box
        assert 0 <= x < x + width <= shape[1]
        assert 0 <= y < y + height <= shape[0]
