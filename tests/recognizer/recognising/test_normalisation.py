import cv2
import numpy as np
import pytest

from recognizer.learning.mnist import Digits
from recognizer.recognising.normalisation import BOX, FRAME, THICKEST, normalize_glyph


def bar_and_ring(side: int, pen: int) -> np.ndarray:
    """A 6-like shape: light ink on 0, `side` pixels high, drawn with a pen of this width."""
    ink = np.zeros((side, side), np.uint8)
    cv2.circle(ink, (side // 2, 2 * side // 3), side // 4, 255, pen, cv2.LINE_AA)
    cv2.line(ink, (side // 4, 2 * side // 3), (side // 2, side // 10), 255, pen, cv2.LINE_AA)
    return ink


def extent(glyph: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(glyph)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre_of_mass(glyph: np.ndarray) -> np.ndarray:
    weight = glyph.astype(float)
    return np.array([(weight.sum(1) @ np.arange(FRAME)), (weight.sum(0) @ np.arange(FRAME))]) / weight.sum()


def test_mnist_s_own_digits_come_out_as_they_went_in(digits: Digits) -> None:
    images = digits.images[:500]
    same = [np.array_equal(normalize_glyph(image), image) for image in images]
    assert np.mean(same) > 0.97


@pytest.mark.parametrize("side", [12, 28, 60, 400, 2000])
def test_a_glyph_of_any_size_fills_the_box_and_lies_on_its_mass(side: int) -> None:
    glyph = normalize_glyph(bar_and_ring(side, max(1, side // 12)))
    assert glyph.shape == (FRAME, FRAME)
    assert glyph.dtype == np.uint8
    assert abs(max(extent(glyph)) - BOX) <= 1
    assert np.abs(centre_of_mass(glyph) - FRAME / 2).max() <= 0.6
    assert glyph.max() > 200


def test_the_margin_around_a_glyph_does_not_matter() -> None:
    ink = bar_and_ring(100, 8)
    assert np.array_equal(normalize_glyph(np.pad(ink, ((5, 90), (40, 3)))), normalize_glyph(ink))


def test_proportions_are_kept() -> None:
    ink = np.zeros((200, 100), np.uint8)
    cv2.rectangle(ink, (10, 10), (89, 169), 255, 12)
    height, width = extent(normalize_glyph(ink))
    assert height == BOX
    assert abs(width - BOX / 2) <= 1


def test_a_hairline_becomes_a_stroke_that_a_network_trained_on_mnist_can_see() -> None:
    hairline, pen = bar_and_ring(400, 2), bar_and_ring(400, 34)
    assert (normalize_glyph(hairline) > 127).sum() > 0.6 * (normalize_glyph(pen) > 127).sum()


def test_a_fat_marker_is_thinned_without_closing_its_ring() -> None:
    glyph = normalize_glyph(bar_and_ring(400, 90))
    count, _ = cv2.connectedComponents((glyph < 127).astype(np.uint8), connectivity=4)
    assert count == 3  # ink, the outside and the inside of the ring
    assert (glyph > 127).sum() < (THICKEST + 1) * 3 * BOX


def test_pale_ink_is_brought_to_full_contrast() -> None:
    pale = (bar_and_ring(100, 8) // 5).astype(np.uint8)
    assert normalize_glyph(pale).max() > 200


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (28, 28), (1, 3000), (3000, 1)])
def test_no_ink_gives_an_empty_frame(shape: tuple[int, int]) -> None:
    assert not normalize_glyph(np.zeros(shape, np.uint8)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 2), (20, 20), (500, 500)])
def test_solid_ink_of_any_shape_stays_within_the_frame(shape: tuple[int, int]) -> None:
    glyph = normalize_glyph(np.full(shape, 255, np.uint8))
    assert glyph.shape == (FRAME, FRAME)
    assert glyph.any()
