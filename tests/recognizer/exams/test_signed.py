"""Numbers with signs, drawn for exams alone."""

import numpy as np
import pytest

from recognizer.exams.signed import FORMS, drawn, suite
from recognizer.learning.mnist import Digits
from recognizer.symbols import DIGITS, SIGNS


def test_numbers_of_all_forms_are_written_alike_and_always_the_same(digits: Digits) -> None:
    one, again = (list(suite(digits, count=2 * len(FORMS))) for _ in range(2))
    assert [number.text for number in one] == [number.text for number in again]
    assert (one[3].picture == again[3].picture).all()
    for number, form in zip(one, FORMS * 2, strict=True):
        assert "".join("d" if sign in DIGITS else sign for sign in number.text) == form
        assert number.picture.dtype == np.uint8


def test_every_sign_is_asked() -> None:
    assert set("".join(FORMS)) == {"d", *SIGNS}


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_lies_where_a_hand_puts_it_beside_digits(sign: str) -> None:
    for seed in range(20):
        ink, above = drawn(sign, 60, 5.0, np.random.default_rng(seed))
        assert ink.max() > 0.9
        middle = (above + len(ink) / 2) / 60
        low = {".": (0.9, 1.05), ",": (0.95, 1.2)}.get(sign, (0.4, 0.7))
        assert low[0] <= middle <= low[1]
