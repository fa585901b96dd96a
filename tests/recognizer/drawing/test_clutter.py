"""What stands beside numbers and is none."""

from collections.abc import Callable

import numpy as np
import pytest

from recognizer.drawing import clutter
from recognizer.drawing.pens import Cover, Hand
from recognizer.learning.hands import others

SIDE = 120


def dice(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("make", [lambda r: clutter.printed("Total", 30, r), lambda r: clutter.hershey(30, r)])
def test_print_is_cut_to_its_ink_and_about_as_high_as_asked(make: Callable[[np.random.Generator], Cover]) -> None:
    for seed in range(20):
        cover = make(dice(seed))
        assert (cover.dtype, cover.max()) == (np.float32, 1)
        assert all(edge.any() for edge in (cover[0], cover[-1], cover[:, 0], cover[:, -1]))
        assert 12 <= len(cover) <= 75


def test_what_print_cannot_show_leaves_no_ink() -> None:
    assert not clutter.printed(" ", 30, dice()).any()


def test_a_word_runs_on_from_its_start() -> None:
    longest = 0
    for seed in range(20):
        parts = clutter.word(others(), 30, 0.0, Hand.any(dice(seed)), dice(seed))
        starts = [x for _, x, _ in parts]
        assert starts == sorted(starts)
        longest = max(longest, len(parts))
    assert longest > 2


@pytest.mark.parametrize(
    "make", [lambda r: clutter.scribble(SIDE, 30, 3, r), lambda r: clutter.dust(SIDE, 30, r)], ids=["scribble", "dust"]
)
def test_a_scribble_and_dust_cover_a_part_of_the_page(make: Callable[[np.random.Generator], Cover]) -> None:
    covers = [make(dice(seed)) for seed in range(30)]
    assert {cover.shape for cover in covers} == {(SIDE, SIDE)}
    assert all(0 <= cover.min() <= cover.max() <= 1 for cover in covers)
    assert 0 < np.median([(cover > 0.5).mean() for cover in covers]) < 0.3


def test_print_says_words_labels_units_and_numbers() -> None:
    said = [clutter.print_of(dice(seed)) for seed in range(200)]
    assert all(said)
    assert any(text in clutter.LABELS for text in said)
    assert any(text in clutter.UNITS for text in said)
    assert any(character.isdigit() for text in said for character in text)
