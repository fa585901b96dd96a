import cv2
import numpy as np
import pytest

from recognizer.finding.contrast import channels


def stroke(ink: int, paper: int = 200) -> np.ndarray:
    grey = np.full((96, 128), paper, np.uint8)
    cv2.line(grey, (60, 20), (60, 70), ink, 5)
    return grey


@pytest.mark.parametrize("shape", [(32, 32), (96, 160), (64, 480)])
def test_a_picture_becomes_two_channels_of_its_own_size_in_bounds(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    seen = channels(noise)
    assert (seen.shape, seen.dtype) == ((*shape, 2), np.float32)
    np.testing.assert_allclose(seen[..., 0], noise / 255 - 0.5, atol=1e-6)
    assert 0.5 < np.abs(seen[..., 1]).max() <= 2


def test_faint_ink_is_nearly_as_strong_as_dark_ink_in_the_second_channel_alone() -> None:
    faint, dark = channels(stroke(160)), channels(stroke(20))
    assert (0.5 + faint[45, 60, 0], 0.5 + dark[45, 60, 0]) == pytest.approx((160 / 255, 20 / 255))
    assert faint[45, 60, 1] == pytest.approx(dark[45, 60, 1], rel=0.3)
    assert dark[45, 60, 1] < -0.5


def test_a_stroke_in_the_dark_corner_of_a_sheet_departs_as_far_as_one_in_the_light() -> None:
    light, corner = channels(stroke(120, paper=220)), channels(stroke(44, paper=80))
    assert corner[45, 60, 1] == pytest.approx(light[45, 60, 1], rel=0.3)


def test_noise_that_nobody_sees_stays_weak() -> None:
    grey = np.random.default_rng(1).integers(199, 202, (96, 96)).astype(np.uint8)
    assert np.abs(channels(grey)[..., 1]).max() < 0.3


def test_a_constant_picture_departs_from_nothing() -> None:
    assert not channels(np.full((64, 64), 200, np.uint8))[..., 1].any()
