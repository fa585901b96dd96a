import cv2
import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, load
from recognizer.drawing.touching import pair
from recognizer.learning.mnist import Digits, load_mnist
from recognizer.page import Picture
from recognizer.reader import Reader
from recognizer.recognising.calibration import Calibration
from recognizer.recognising.normalisation import normalize_pair
from recognizer.recognising.pair_network import FIRST, OUTPUTS, SECOND, TWO, PairNetwork, sure


@pytest.fixture(scope="module")
def validation() -> Digits:
    return load_mnist().validation


@pytest.fixture(scope="module")
def pairs() -> PairNetwork:
    shipped = load(DEFAULT_MODEL).pairs
    return PairNetwork(shipped.graph, shipped.calibration)


def test_two_digits_that_touch_are_told_and_read(validation: Digits, pairs: PairNetwork) -> None:
    randomness = np.random.default_rng(1)
    ones, others = validation[:200], validation[200:400]
    sheets = [pair(*images, randomness) for images in zip(ones.images, others.images, strict=True)]
    said = pairs.probabilities(np.stack([normalize_pair(np.maximum(*sheet)) for sheet in sheets]))
    right = (said[:, FIRST].argmax(1) == ones.labels) & (said[:, SECOND].argmax(1) == others.labels)
    assert right.mean() > 0.9
    assert (sure(said) > 0.5).mean() > 0.85


def test_one_digit_is_no_pair(validation: Digits, pairs: PairNetwork) -> None:
    said = pairs.probabilities(np.stack([normalize_pair(image) for image in validation.images[:500]]))
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
        assert all(mark.seen.shape == (28, 28) for mark in reading.marks)
        assert 0 <= reading.confidence <= 1
    assert right >= 48


def test_no_frames_have_no_probabilities(pairs: PairNetwork) -> None:
    assert pairs.probabilities(np.zeros((0, 28, 56), np.uint8)).shape == (0, OUTPUTS)


def test_a_graph_that_takes_or_gives_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not images \[n, 28, 56, 1\] into logits \[n, 21\]"):
        PairNetwork(load(DEFAULT_MODEL).graph, Calibration())
