"""What a finder finds on drawn pages, and whose marks that are."""

import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, Classifier, load
from recognizer.drawing.canvas import UNTOLD
from recognizer.drawing.shown import NO_DIGIT, NONE, Delivery, Shown, shown
from recognizer.drawing.strokes import Centrelines
from recognizer.seeing.finder import Finder
from recognizer.symbols import ALPHABET


@pytest.fixture(scope="module")
def pages(lines: Centrelines, finder: Finder) -> list[Shown]:
    return [shown(lines, finder, np.random.default_rng(seed)) for seed in range(40)]


def test_of_each_mark_that_is_found_it_is_known_whose_it_is(pages: list[Shown]) -> None:
    for one in pages:
        assert len(one.marks) == len(one.finding.marks)
        assert all(mark in (NONE, UNTOLD) or 1 <= mark <= len(one.drawing.marks) for mark in one.marks)


def test_a_mark_of_the_page_is_found_at_most_once(pages: list[Shown]) -> None:
    for one in pages:
        told = [mark for mark in one.marks if mark > 0]
        assert len(told) == len(set(told))


def test_what_is_found_is_mostly_what_was_written_and_named_so(pages: list[Shown]) -> None:
    named = []
    for one in pages:
        for number, found in zip(one.marks, one.finding.marks, strict=True):
            if number > 0 and found.symbols is not None:
                named.append(ALPHABET[one.symbol(number)] == ALPHABET[int(found.symbols.argmax())])
    assert len(named) > 60
    assert np.mean(named) > 0.5


def test_the_same_randomness_shows_the_same_page(lines: Centrelines, finder: Finder, pages: list[Shown]) -> None:
    again = shown(lines, finder, np.random.default_rng(7))
    assert (again.marks, again.drawing.marks) == (pages[7].marks, pages[7].drawing.marks)


def test_digits_are_delivered_in_mnist_s_frame_with_what_they_are(lines: Centrelines, finder: Finder) -> None:
    glyphs, labels = Delivery(lines, finder.network).glyphs(50, np.random.default_rng(3))
    assert (glyphs.shape, glyphs.dtype, labels.shape) == ((50, 28, 28), np.uint8, (50,))
    assert set(labels) <= {*range(10), NO_DIGIT}
    assert len(set(labels)) > 6
    network = Classifier(load(DEFAULT_MODEL))
    digits = labels != NO_DIGIT
    assert np.mean(network.probabilities(glyphs[digits]).argmax(axis=1) == labels[digits]) > 0.7
