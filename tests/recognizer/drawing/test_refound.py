import numpy as np
import pytest

from recognizer.bundles import Classifier, load
from recognizer.drawing import refound
from recognizer.learning.mnist import Digits, load_mnist
from recognizer.recognising.normalisation import normalize_glyph


@pytest.fixture(scope="module")
def some() -> Digits:
    return load_mnist().train[:100]


def test_a_digit_that_was_on_paper_is_mostly_found_again_and_read_as_itself(some: Digits) -> None:
    randomness = np.random.default_rng(1)
    found = [refound.on_paper(image, randomness) for image in some.images]
    there = [number for number, glyph in enumerate(found) if glyph is not None]
    assert len(there) >= 90
    glyphs = np.stack([normalize_glyph(found[number]) for number in there])
    assert (glyphs != some.images[there]).any(axis=(1, 2)).all()
    said = Classifier(load("sapling")).logits(glyphs).argmax(axis=1)
    assert (said == some.labels[there]).mean() > 0.9


def test_the_same_randomness_finds_the_same(some: Digits) -> None:
    for found in (refound.on_paper, refound.in_picture):
        once, again = (found(some.images[0], np.random.default_rng(2)) for _ in range(2))
        assert once is not None
        np.testing.assert_array_equal(once, again)


def test_a_thing_is_found_in_its_picture_at_any_size_and_either_way_round() -> None:
    randomness, thing = np.random.default_rng(3), np.zeros((96, 96), np.uint8)
    thing[20:80, 30:70] = 180
    found = [refound.in_picture(thing, randomness) for _ in range(20)]
    assert sum(glyph is not None and bool(glyph.any()) for glyph in found) >= 15


def test_where_next_to_nothing_is_there_nothing_is_found() -> None:
    ink = np.zeros((96, 96), np.uint8)
    assert refound.on_paper(ink, np.random.default_rng(0)) is None
    assert refound.in_picture(ink, np.random.default_rng(0)) is None
    ink[40:44, 40:60] = 255  # a scrap in a corner of what was drawn
    assert refound.on_paper(ink, np.random.default_rng(0)) is None
