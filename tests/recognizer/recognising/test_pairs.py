import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.__main__ import main
from recognizer.bundles import WEIGHTS, DamagedBundle
from recognizer.drawing.touching import pair
from recognizer.learning.mnist import Digits, load_mnist
from recognizer.page import Picture
from recognizer.reader import Reader
from recognizer.recognising.lattice import Judged, Mark
from recognizer.recognising.normalisation import normalize_pair
from recognizer.recognising.pair_network import CARD, FIRST, GRAPH, OUTPUTS, SECOND, TWO, Pairs, sure

A_MARK = Mark("", (0, 0, 60, 40), ((0, 0, 28, 40), (30, 0, 30, 40)), ((0, 1), (1, 2)), (0,))


@pytest.fixture(scope="module")
def validation() -> Digits:
    return load_mnist().validation


def test_ink_of_any_shape_fits_the_frame() -> None:
    randomness = np.random.default_rng(0)
    for _ in range(200):
        ink = np.zeros(randomness.integers(1, 120, 2), np.uint8)
        ink[tuple(randomness.integers(0, ink.shape))] = 255
        ink[: randomness.integers(0, 120), : randomness.integers(0, 120)] = randomness.integers(1, 256)
        assert normalize_pair(ink).shape == (28, 56)
    assert not normalize_pair(np.zeros((9, 9), np.uint8)).any()


def test_two_digits_that_touch_are_told_and_read(validation: Digits) -> None:
    randomness = np.random.default_rng(1)
    ones, others = validation[:200], validation[200:400]
    sheets = [pair(*images, randomness) for images in zip(ones.images, others.images, strict=True)]
    said = Pairs().probabilities(np.stack([normalize_pair(np.maximum(*sheet)) for sheet in sheets]))
    right = (said[:, FIRST].argmax(1) == ones.labels) & (said[:, SECOND].argmax(1) == others.labels)
    assert right.mean() > 0.9
    assert (sure(said) > 0.5).mean() > 0.85


def test_one_digit_is_no_pair(validation: Digits) -> None:
    said = Pairs().probabilities(np.stack([normalize_pair(image) for image in validation.images[:500]]))
    assert (said[:, TWO] > 0.5).mean() < 0.02


def test_a_picture_of_two_that_touch_is_read_with_a_box_and_a_glyph_for_each(validation: Digits) -> None:
    randomness, reader, right = np.random.default_rng(2), Reader.load("sapling"), 0
    for number in range(60):
        sheet = np.maximum(*pair(validation.images[number], validation.images[300 + number], randomness))
        third = cv2.resize(validation.images[600 + number], (75, 75), interpolation=cv2.INTER_CUBIC)
        page = np.pad(sheet, ((40, 60), (40, 120)))
        page[30:105, -110:-35] = np.maximum(page[30:105, -110:-35], third)
        (reading,) = reader.read([Picture.drawn(255 - page)])
        right += reading.text == "".join(str(validation.labels[at + number]) for at in (0, 300, 600))
        assert len(reading.glyphs) == len(reading.marks)
        assert 0 <= reading.confidence <= 1
    assert right >= 48


def judged(whole: float, two: float, mark: Mark = A_MARK) -> Judged:
    """A whole that looks like a 4, pieces that hardly look like 1 and 7, and a pair that looks like a 1 and a 7."""
    ones = np.full((len(mark.parts), 10), 0.01)
    ones[0, 4] = whole
    twos = np.full((1, OUTPUTS), 0.001)
    twos[0, [1, SECOND.start + 7, TWO]] = 0.99, 0.99, two
    if mark.pieces:
        ones[[1, 2], [1, 7]] = 0.2
    glyphs = np.arange(len(mark.parts), dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    return Judged(mark, glyphs, ones, np.full((1, 28, 56), 9, np.uint8), twos)


def test_a_doubtful_whole_gives_way_to_a_pair_shown_by_the_best_cut() -> None:
    certainty, found = judged(0.3, 0.9).read()
    assert [int(mark.symbol) for mark in found] == [1, 7]
    assert [mark.box for mark in found] == list(A_MARK.pieces)
    assert [int(mark.seen[0, 0]) for mark in found] == [1, 2]
    assert certainty == pytest.approx(0.9 * 0.99 * 0.99)


def test_a_sure_whole_and_an_unlikely_pair_stay_one_digit() -> None:
    for one in (judged(0.97, 0.99), judged(0.5, 0.01)):
        _, found = one.read()
        assert [int(mark.symbol) for mark in found] == [4]


def test_where_nothing_can_be_cut_each_digit_has_half_of_the_box() -> None:
    _, found = judged(0.3, 0.9, Mark("", (10, 0, 61, 40), pairs=(0,))).read()
    assert [int(mark.symbol) for mark in found] == [1, 7]
    assert [mark.box for mark in found] == [(10, 0, 30, 40), (41, 0, 30, 40)]
    assert [mark.seen.shape for mark in found] == [(28, 28), (28, 28)]


def test_an_altered_graph_is_refused(tmp_path: Path) -> None:
    for name in (GRAPH, CARD):
        shutil.copy(WEIGHTS / name, tmp_path)
    (tmp_path / GRAPH).write_bytes((tmp_path / GRAPH).read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedBundle, match="damaged"):
        Pairs(tmp_path)
    (tmp_path / CARD).unlink()
    with pytest.raises(DamagedBundle, match="cannot be read"):
        Pairs(tmp_path)


def test_a_brief_training_makes_a_network_that_can_be_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train-pairs", "--epochs", "1", "--frames", "256", "--out", str(tmp_path)]) == 0
    assert "validation" in capsys.readouterr().out
    card = json.loads((tmp_path / CARD).read_text())
    assert card["training"]["frames"] == 256
    assert 0 <= card["validation"]["both_digits"] <= 1
    assert Pairs(tmp_path).probabilities(np.zeros((3, 28, 56), np.uint8)).shape == (3, OUTPUTS)
