import numpy as np
import pytest

from recognizer.bundles import Classifier, load
from recognizer.drawing import letters as alphabet
from recognizer.drawing.nondigits import LETTERS, NONE
from recognizer.drawing.touching import cut_apart, judged_pieces, pair
from recognizer.learning.mnist import Digits, load_mnist
from recognizer.recognising.looks import probabilities


@pytest.fixture(scope="module")
def some() -> Digits:
    return load_mnist().train[:200]


def test_a_pair_touches_and_neither_covers_the_other(some: Digits) -> None:
    randomness = np.random.default_rng(1)
    for left, right in zip(some.images[:40], some.images[40:80], strict=True):
        one, other = pair(left, right, randomness)
        assert one.shape == other.shape
        shared = np.count_nonzero((one > 100) & (other > 100))
        assert shared < 0.35 * min(np.count_nonzero(one > 100), np.count_nonzero(other > 100))


def test_of_pieces_some_are_digits_and_some_are_none_and_the_same_seed_gives_the_same(some: Digits) -> None:
    once, again = (cut_apart(60, some.images, some.labels, np.random.default_rng(4)) for _ in range(2))
    glyphs, labels = once
    assert glyphs.shape == (60, 28, 28)
    assert 15 < np.count_nonzero(labels == NONE) < 50
    assert set(labels) <= {NONE, *range(10)}
    np.testing.assert_array_equal(once[0], again[0])
    np.testing.assert_array_equal(once[1], again[1])


def test_pieces_that_are_called_digits_are_read_as_those_digits(some: Digits) -> None:
    glyphs, labels = cut_apart(200, some.images, some.labels, np.random.default_rng(5))
    said = probabilities(Classifier(load("sapling")).network, glyphs).argmax(axis=1)
    digits = labels != NONE
    assert (said[digits] == labels[digits]).mean() > 0.9


def test_nothing_gives_no_pieces(some: Digits) -> None:
    empty = np.zeros((28, 28), np.uint8)
    assert judged_pieces(*pair(empty, empty, np.random.default_rng(0)), np.random.default_rng(0)) == []
    glyphs, labels = cut_apart(0, some.images, some.labels, np.random.default_rng(0))
    assert glyphs.shape == (0, 28, 28)
    assert labels.shape == (0,)


@pytest.mark.parametrize("letter", alphabet.WAYS)
def test_every_letter_fits_its_box_and_is_never_twice_the_same(letter: str) -> None:
    randomness = np.random.default_rng(2)
    once, again = (alphabet.strokes(letter, randomness) for _ in range(2))
    assert all(stroke.shape[1] == 2 and stroke.min() > -0.3 and stroke.max() < 1.3 for stroke in (*once, *again))
    assert [stroke.tolist() for stroke in once] != [stroke.tolist() for stroke in again]


def test_hands_write_the_letters_that_fonts_do() -> None:
    assert set(alphabet.WAYS) <= set(LETTERS)
