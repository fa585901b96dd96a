from dataclasses import replace

import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, Bundle, Classifier, load
from recognizer.learning.mnist import Digits
from recognizer.page import Box, Hints
from recognizer.recognising.candidate import Candidate
from recognizer.recognising.recogniser import Recogniser, together
from recognizer.symbols import ALPHABET, DIGITS
from tests.recognizer.marks import opinion, recognised


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load(DEFAULT_MODEL)


def said(digits: np.ndarray, symbols: np.ndarray) -> str:
    return ALPHABET[int(together(digits, symbols.astype(np.float32)).argmax())]


def test_signs_are_the_finder_s_alone() -> None:
    """To the digit network everything is a digit."""
    assert said(opinion("1", 0.9999, DIGITS), opinion("/", 0.7)) == "/"
    finder = opinion("4", 0.6).astype(np.float32)
    for digit in ("4", "7"):
        both = together(opinion(digit, of=DIGITS), finder)
        np.testing.assert_allclose(both[len(DIGITS) :], finder[len(DIGITS) :], rtol=1e-5)


def test_which_digit_it_is_the_surer_one_decides() -> None:
    assert said(opinion("4", 0.99, DIGITS), opinion("9", 0.6)) == "4"
    assert said(opinion("4", 0.5, DIGITS), opinion("9", 0.95)) == "9"


def test_two_that_agree_are_surer_than_either() -> None:
    both = together(opinion("4", 0.9, DIGITS), opinion("4", 0.9).astype(np.float32))
    alone = opinion("4", 0.9)
    assert both[4] / both[:10].sum() > alone[4] / alone[:10].sum()


@pytest.mark.parametrize("sure", [0.2, 0.9, 1.0])
@pytest.mark.parametrize("sign", ["4", "9", ","])
def test_two_opinions_make_one_that_sums_to_1(sure: float, sign: str) -> None:
    both = together(opinion("4", sure, DIGITS), opinion(sign, sure).astype(np.float32))
    assert both.shape == (len(ALPHABET),)
    assert both.min() > 0
    assert both.sum() == pytest.approx(1, abs=1e-4)


def test_a_sign_that_may_not_stand_there_leaves_its_place_to_what_may() -> None:
    doubt = replace(recognised("1"), symbols=0.45 * opinion("/", 1.0) + 0.55 * opinion("1", 1.0))
    given = doubt.given(Hints(signs=""))
    assert given
    assert (given.symbol, given.symbols[ALPHABET.index("/")]) == ("1", 0)
    assert doubt.given(Hints(signs="/-"))
    assert recognised("/").given(Hints(signs=".,")) is None


def test_without_a_finder_the_digit_network_alone_decides_and_nothing_is_a_sign() -> None:
    digits = opinion("4", 0.8, DIGITS)
    np.testing.assert_array_equal(together(digits, None), [*digits, *[0.0] * 7])


def test_a_mark_is_recognised_with_what_each_network_says_of_it(bundle: Bundle, digits: Digits) -> None:
    four = digits.images[np.flatnonzero(digits.labels == 4)[0]]
    minus = opinion("-", 0.9).astype(np.float32)
    tiny, seen = Recogniser(Classifier(bundle).network).recognise(
        [Candidate(Box(0, 0, 9, 9), glyph=four), Candidate(Box(20, 0, 9, 9), symbols=minus, glyph=four)]
    )
    assert (tiny.symbol, seen.symbol) == ("4", "-")
    np.testing.assert_allclose(seen.digits, tiny.digits, atol=1e-5)
    assert seen.mark.box == (20, 0, 9, 9)
    assert seen.mark.probabilities == tuple(seen.symbols)


def test_the_outputs_of_a_network_are_put_in_the_order_of_the_alphabet(bundle: Bundle, digits: Digits) -> None:
    network = Classifier(bundle).network
    candidates = [Candidate(Box(0, 0, 9, 9), glyph=image) for image in digits.images[:20]]
    usual, reversed_ = (Recogniser(network, order).recognise(candidates) for order in (DIGITS, DIGITS[::-1]))
    for one, other in zip(usual, reversed_, strict=True):
        np.testing.assert_array_equal(one.digits, other.digits[::-1])


def test_a_glyph_in_doubt_is_looked_at_askew_and_a_clear_one_is_not(bundle: Bundle, digits: Digits) -> None:
    bare = Classifier(bundle).probabilities(digits.images[:600])
    read = Recogniser(Classifier(bundle).network).recognise(
        [Candidate(Box(0, 0, 9, 9), glyph=image) for image in digits.images[:600]]
    )
    doubtful = bare.max(axis=1) < 0.99
    assert doubtful.any()
    for one, row, in_doubt in zip(read, bare, doubtful, strict=True):
        assert np.allclose(one.digits, row, atol=1e-5) != in_doubt
        assert one.digits.sum() == pytest.approx(1)


def test_nothing_is_recognised_in_nothing(bundle: Bundle) -> None:
    assert Recogniser(Classifier(bundle).network).recognise([]) == []
