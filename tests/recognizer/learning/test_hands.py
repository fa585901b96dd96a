"""Digits of other hands than MNIST's."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from recognizer.drawing.pens import Hand, digit_of
from recognizer.drawing.strokes import TALL
from recognizer.learning.hands import FILE, keep, others


def test_every_font_has_one_of_each_digit_as_large_as_mnist_s_are() -> None:
    hands = others()
    with np.load(FILE) as kept:
        fonts = kept["fonts"]
    assert len(set(fonts)) == len(fonts) == len(hands) / 10 > 100
    assert (hands.labels.reshape(-1, 10) == np.arange(10)).all()
    for index in range(0, len(hands), 17):
        ink, line = hands.ink(index), hands.line(index)
        assert TALL - 8 <= max(np.ptp(side) + 1 for side in np.nonzero(ink)) <= TALL
        assert line.any()
        assert (ink >= line).all()


def test_their_digits_are_written_as_any_are() -> None:
    even = Hand(0.1, 0.0, 0.0, 1.0, 0.3, 0.0, 0.0, 0.0, 0.0)
    glyph = digit_of(others(), 28, 40, 0.0, even, np.random.default_rng(1))
    assert max(glyph.cover.shape) == pytest.approx(42, abs=6)


def test_a_package_of_a_font_becomes_its_digits(tmp_path: Path) -> None:
    font = tmp_path / "font.woff2"
    plain = ImageFont.load_default(40)
    assert isinstance(plain, ImageFont.FreeTypeFont)
    font.write_bytes(plain.font_bytes)
    package = tmp_path / "fontsource-plain-1.0.0.tgz"
    with tarfile.open(package, "w:gz") as files:
        files.add(font, "package/files/plain-latin-400-normal.woff2")
        files.add(font, "package/files/plain-latin-700-normal.woff2")
    keep([package], tmp_path / "hands.npz")
    with np.load(tmp_path / "hands.npz") as kept:
        assert (list(kept["fonts"]), list(kept["labels"])) == (["plain-1.0.0"], list(range(10)))
        assert kept["inks"].any(axis=1).all()
