"""Digits of other hands than MNIST's."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from recognizer.drawing.pens import Hand, digit_of, stranger
from recognizer.drawing.strokes import TALL
from recognizer.finding.network import OTHER
from recognizer.learning.hands import EACH, FILE, keep, others


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


def test_letters_of_these_hands_and_of_other_scripts_are_no_digits() -> None:
    letters = others().letters
    assert letters
    assert len(letters) > 1000
    assert set(letters.labels) == {OTHER}
    shown = stranger(others(), 40, 0.0, Hand(0.1, 0.0, 0.0, 1.0, 0.3, 0.0, 0.9, 0.9, 0.9), np.random.default_rng(1))
    assert max(shown.cover.shape) == pytest.approx(42, abs=12)


def test_packages_of_fonts_become_digits_and_letters(tmp_path: Path) -> None:
    font = tmp_path / "font.woff2"
    plain = ImageFont.load_default(40)
    assert isinstance(plain, ImageFont.FreeTypeFont)
    font.write_bytes(plain.font_bytes)
    ranges = tmp_path / "unicode.json"
    ranges.write_text('{"latin": "U+0000-00FF", "cyrillic-ext": "U+0460-052F", "hebrew": "U+0259,U+0590-05FF"}')
    hand, script = (tmp_path / f"fontsource-{name}-1.0.0.tgz" for name in ("plain", "other"))
    with tarfile.open(hand, "w:gz") as files:
        files.add(font, "package/files/plain-latin-400-normal.woff2")
        files.add(font, "package/files/plain-latin-700-normal.woff2")
    with tarfile.open(script, "w:gz") as files:
        files.add(font, "package/files/other-hebrew-400-normal.woff2")
        files.add(ranges, "package/unicode.json")
    keep([hand], [script], lambda image: image.shape[1] > image.shape[0], tmp_path / "hands.npz")
    with np.load(tmp_path / "hands.npz") as kept:
        assert (list(kept["fonts"]), list(kept["labels"])) == (["plain-1.0.0"], list(range(10)))
        assert list(kept["scripts"]) == ["other-1.0.0"]
        assert kept["inks"].any(axis=1).all()
        assert 5 <= len(kept["letters"]) <= 2 * EACH
        inks = np.unpackbits(kept["letters"], axis=1).reshape(-1, 64, 64)
        sides = np.array([[np.ptp(side) for side in np.nonzero(ink)] for ink in inks])
        assert (sides[:, 1] <= sides[:, 0]).all()
