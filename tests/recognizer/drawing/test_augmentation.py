from dataclasses import replace

import numpy as np
import pytest

from recognizer.bundles import TrainConfig
from recognizer.drawing import nondigits
from recognizer.drawing.augmentation import SOILS, bend, crowded, distort, flagged, restroke, rewrite, roughen
from recognizer.learning.mnist import Digits, load_mnist

SHIFTED = TrainConfig(shift=2.0)
STILL = TrainConfig(shift=0, rotation=0, scale=0)


@pytest.fixture(scope="module")
def some() -> Digits:
    return load_mnist().train[:200]


def test_distortion_stays_within_its_bounds() -> None:
    dot = np.zeros((200, 28, 28), np.uint8)
    dot[:, 13:15, 13:15] = 255
    moved = distort(dot, SHIFTED, np.random.default_rng(0))
    ink = moved.sum(axis=(1, 2), dtype=float)
    centre = (moved.sum(axis=1) * np.arange(28.0)).sum(axis=1) / ink
    assert 1 < np.abs(centre - 13.5).max() < 2.1


def test_no_distortion_leaves_the_digits_as_they_are(some: Digits) -> None:
    np.testing.assert_array_equal(distort(some.images, STILL, np.random.default_rng(0)), some.images)


def test_roughening_gives_other_digits_of_the_same_kind_and_leaves_those_it_was_given(some: Digits) -> None:
    before = some.images.copy()
    rough = roughen(some.images, some.labels, np.random.default_rng(0))
    assert (rough.dtype, rough.shape) == (np.uint8, some.images.shape)
    assert (rough != some.images).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(some.images, before)


def test_roughening_depends_on_the_randomness_alone(some: Digits) -> None:
    once, again, other = (roughen(some.images, some.labels, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any(axis=(1, 2)).all()


def test_roughening_nothing_gives_nothing(some: Digits) -> None:
    assert roughen(some.images[:0], some.labels[:0], np.random.default_rng(0)).shape == (0, 28, 28)


@pytest.mark.parametrize("soiled", SOILS, ids=lambda soiled: soiled.__name__)
def test_each_kind_of_dirt_changes_a_digit_and_leaves_the_one_it_was_given(soiled, some: Digits) -> None:  # type: ignore[no-untyped-def]
    randomness, changed = np.random.default_rng(0), 0
    for image in some.images[:20].astype(np.float32):
        before = image.copy()
        after = soiled(image, randomness)
        assert after.shape == (28, 28)
        assert np.isfinite(after).all()
        np.testing.assert_array_equal(image, before)
        changed += bool((after != image).any())
    assert changed >= 15


def test_bending_keeps_the_digit_in_the_frame(some: Digits) -> None:
    bent = bend(some.images, np.random.default_rng(0))
    ink = bent.sum(axis=(1, 2), dtype=float) / some.images.sum(axis=(1, 2), dtype=float)
    assert ink.min() > 0.25
    assert 0.7 < np.median(ink) < 1.1


def test_a_digit_written_with_another_pen_is_in_mnist_s_frame(some: Digits) -> None:
    randomness = np.random.default_rng(0)
    for image in some.images[:50]:
        written = rewrite(image, randomness)
        rows, columns = (np.flatnonzero(written.any(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)


def test_a_flag_leads_down_to_the_left_of_a_one(some: Digits) -> None:
    one = np.zeros((28, 28), np.uint8)
    one[4:24, 13:15] = 255
    for number in range(50):
        rows, columns = np.nonzero(flagged(one, np.random.default_rng(number)) > 100)
        stem = np.median(columns[rows > 14])
        tip = columns[rows < 14].min()
        assert tip < stem - 1.5
        assert rows[columns == tip].mean() > rows.min() + 1
    assert not flagged(np.zeros_like(one), np.random.default_rng(0)).any()


def test_a_crowded_digit_has_a_little_more_ink_and_stays_in_the_frame(some: Digits) -> None:
    randomness = np.random.default_rng(0)
    for image, other in zip(some.images[:50], some.images[50:100], strict=True):
        glyph = crowded(image, other, randomness)
        assert (glyph.dtype, glyph.shape) == (np.uint8, (28, 28))
        assert max(np.ptp(np.flatnonzero(glyph.any(axis=axis))) for axis in (0, 1)) < 20
    assert (crowded(some.images[0], np.zeros((28, 28), np.uint8), randomness) == some.images[0]).all()


def test_another_pen_is_bolder_or_finer(some: Digits) -> None:
    randomness = np.random.default_rng(0)
    inks = [float(restroke(image, randomness).sum()) / float(image.sum()) for image in some.images]
    assert min(inks) < 0.8 < 1.2 < max(inks)


def test_non_digits_are_all_different_and_the_same_from_the_same_seed(some: Digits) -> None:
    once, again = (nondigits.draw(100, some.images, some.labels, np.random.default_rng(3)) for _ in range(2))
    assert (once.dtype, once.shape) == (np.uint8, (100, 28, 28))
    np.testing.assert_array_equal(once, again)
    assert len({glyph.tobytes() for glyph in once}) >= 95


@pytest.mark.parametrize("drawn", dict.fromkeys(nondigits.DRAWN), ids=lambda drawn: drawn.__name__)
def test_each_kind_of_non_digit_can_be_drawn_often(drawn) -> None:  # type: ignore[no-untyped-def]
    randomness = np.random.default_rng(0)
    glyphs = np.stack([drawn(randomness) for _ in range(50)])
    assert (glyphs.dtype, glyphs.shape) == (np.uint8, (50, 28, 28))
    assert glyphs.any(axis=(1, 2)).mean() > 0.7


def test_merged_and_halved_digits_take_any_glyph_even_an_empty_one(some: Digits) -> None:
    randomness, empty = np.random.default_rng(0), np.zeros((28, 28), np.uint8)
    for left, right, label in zip(some.images, some.images[::-1], some.labels, strict=True):
        assert nondigits.merged(left, right, randomness).shape == (28, 28)
        assert nondigits.halved(left, int(label), randomness).shape == (28, 28)
        assert nondigits.missed(left, right, randomness).shape == (28, 28)
    assert nondigits.missed(empty, empty, randomness).shape == (28, 28)
    assert nondigits.merged(empty, empty, randomness).shape == (28, 28)
    assert nondigits.halved(empty, 0, randomness).shape == (28, 28)


def test_no_non_digits_are_none(some: Digits) -> None:
    assert nondigits.draw(0, some.images, some.labels, np.random.default_rng(0)).shape == (0, 28, 28)


def test_bounds_on_the_recipe_are_checked() -> None:
    with pytest.raises(ValueError, match="nondigits is 2"):
        replace(STILL, nondigits=2)
