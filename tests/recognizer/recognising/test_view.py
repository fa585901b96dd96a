import numpy as np
import pytest

from recognizer.page import Box, Picture
from recognizer.recognising.view import TALL, View


def test_a_view_has_its_digits_no_higher_than_they_are_looked_at() -> None:
    view = View.of(Picture.drawn(np.zeros((400, 800), np.uint8)), 4 * TALL)
    assert (view.grey.shape, view.scale) == ((100, 200), 0.25)
    small = View.of(Picture.drawn(np.zeros((40, 80), np.uint8)), TALL / 2)
    assert (small.grey.shape, small.scale) == ((40, 80), 1.0)


def test_a_box_is_in_the_pixels_of_the_upright_original() -> None:
    grey = np.zeros((100, 200), np.uint8)
    grey[20:30, 40:80] = 255
    picture = Picture(grey, None, (), 400, 200)  # decoded at half of its size
    assert (View.of(picture, 10).crop(Box(80, 40, 80, 20)) == 255).all()


@pytest.mark.parametrize("box", [Box(-50, -50, 400, 400), Box(90, 90, 0, 0), Box(500, 500, 9, 9), Box(-9, -9, 3, 3)])
def test_a_box_that_leaves_the_picture_is_what_is_left_of_it(box: Box) -> None:
    assert View.of(Picture.drawn(np.zeros((100, 100), np.uint8)), 20).crop(box).size > 0
