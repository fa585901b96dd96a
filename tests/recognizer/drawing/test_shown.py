"""What a finder finds on drawn pages, and whose marks that are."""

import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, Classifier, load
from recognizer.drawing import nondigits
from recognizer.drawing.canvas import UNTOLD, Drawing
from recognizer.drawing.pens import Inked
from recognizer.drawing.shown import NONE, Delivery, Shown, boxes_of, shown, whose
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.finder import Finder
from recognizer.finding.network import OTHER
from recognizer.symbols import ALPHABET


@pytest.fixture(scope="module")
def pages(handwriting: Handwriting, finder: Finder) -> list[Shown]:
    return [shown(handwriting, finder, np.random.default_rng(seed)) for seed in range(20)]


def test_of_each_mark_that_is_found_it_is_known_whose_it_is(pages: list[Shown]) -> None:
    for one in pages:
        assert len(one.marks) == len(one.finding.marks)
        assert all(mark in (NONE, UNTOLD) or 1 <= mark <= len(one.drawing.marks) for mark in one.marks)


def test_a_mark_of_the_page_is_found_at_most_once(pages: list[Shown]) -> None:
    for one in pages:
        told = [mark for mark in one.marks if mark > 0]
        assert len(told) == len(set(told))


def page_of_a_digit_and_a_letter() -> Drawing:
    drawing = Drawing()
    for left, symbol in ((20.0, 4), (80.0, OTHER)):
        drawing.write(Inked(np.ones((40, 30), np.float32), (0.0, 0.0)), left, 60.0, symbol)
    return drawing


@pytest.mark.parametrize("dark", [60, 255])
def test_a_mark_found_where_it_was_written_is_that_mark_however_faint(dark: int) -> None:
    ink = np.full((39, 31), dark, np.uint8)
    page = page_of_a_digit_and_a_letter()
    assert whose(page, boxes_of(page), 20, 60, ink) == 1


def test_half_a_mark_or_twice_a_mark_is_none_and_a_letter_is_no_sign() -> None:
    page, ink = page_of_a_digit_and_a_letter(), np.full((40, 30), 255, np.uint8)
    boxes = boxes_of(page)
    assert whose(page, boxes, 20, 60, ink[:18]) == NONE
    assert whose(page, boxes, 20, 60, np.full((90, 30), 255, np.uint8)) == NONE
    assert whose(page, boxes, 80, 60, ink) == NONE
    assert whose(page, boxes, 20, 110, ink) == NONE


def test_what_is_found_is_mostly_what_was_written_and_named_so(pages: list[Shown]) -> None:
    named = []
    for one in pages:
        for number, found in zip(one.marks, one.finding.marks, strict=True):
            if number > 0 and found.symbols is not None:
                named.append(ALPHABET[one.symbol(number)] == ALPHABET[int(found.symbols.argmax())])
    assert len(named) > 60
    assert np.mean(named) > 0.5


def test_the_same_randomness_shows_the_same_page(handwriting: Handwriting, finder: Finder, pages: list[Shown]) -> None:
    again = shown(handwriting, finder, np.random.default_rng(7))
    assert (again.marks, again.drawing.marks) == (pages[7].marks, pages[7].drawing.marks)


def test_digits_are_delivered_in_mnist_s_frame_with_what_they_are(handwriting: Handwriting, finder: Finder) -> None:
    glyphs, labels = Delivery(handwriting, finder.network).glyphs(50, np.random.default_rng(3))
    assert (glyphs.shape, glyphs.dtype, labels.shape) == ((50, 28, 28), np.uint8, (50,))
    assert set(labels) <= {*range(10), nondigits.NONE}
    assert len(set(labels)) > 6
    network = Classifier(load(DEFAULT_MODEL))
    digits = labels != nondigits.NONE
    assert np.mean(network.probabilities(glyphs[digits]).argmax(axis=1) == labels[digits]) > 0.7
