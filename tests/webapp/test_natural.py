"""Names sort as people count, wherever they stand in a row."""

import random

import pytest

from webapp.natural import KEY_BYTES, natural_key

IN_ORDER = [
    "1.png",
    "2.png",
    "10.png",
    "Ärger 1.png",
    "árger 2.PNG",
    "b/IMG_2.jpg",
    "b/IMG_10.jpg",
    "b 1/IMG_1.jpg",
    "IMG_2.jpg",
    "img_2 (1).jpg",
    "IMG_3.jpg",
    "img_0010.jpg",
    "IMG_11",
    "IMG_11a.jpg",
    "IMG_100000000000000000000000000000.jpg",
    "scan.pdf, page 2",
    "scan.pdf, page 10",
]


def test_names_sort_as_people_count() -> None:
    shuffled = random.Random(1).sample(IN_ORDER, len(IN_ORDER))
    assert sorted(shuffled, key=natural_key) == IN_ORDER


def test_zeros_before_a_number_do_not_count() -> None:
    assert natural_key("IMG_007.jpg") == natural_key("img_7.JPG")
    assert natural_key("0.png") == natural_key("000.png") < natural_key("1.png")


@pytest.mark.parametrize("name", ["", ".", "/", ".hidden", "a\\b", "\ud800", "x" * 255, "0" * 255, "𝟚.png", "ﷺ" * 255])
def test_every_name_has_a_key_that_fits_an_index(name: str) -> None:
    assert len(natural_key(name)) <= KEY_BYTES
