"""The sapling that ships. What holds for every model that ships is in test_shipped_weights.py."""

import numpy as np
import pytest
from django.conf import settings

from recognizer.bundles import DEFAULT_MODEL, Bundle, Classifier, load
from recognizer.drawing import nondigits
from recognizer.exams import corruptions
from recognizer.exams.metrics import evaluate
from recognizer.learning.mnist import Digits, load_mnist, load_mnist_test
from recognizer.learning.recipes import GOING_ON


@pytest.fixture(scope="module")
def sapling() -> Bundle:
    return load("sapling")


@pytest.fixture(scope="module")
def some() -> Digits:
    return load_mnist().validation[:500]


def tops(bundle: Bundle, glyphs: np.ndarray) -> np.ndarray:
    return Classifier(bundle).probabilities(glyphs).max(axis=1)


def test_it_scores_on_the_test_digits_what_its_card_says(sapling: Bundle) -> None:
    report = evaluate(Classifier(sapling), load_mnist_test())
    assert (report.count, report.correct) == (10_000, sapling.card["test"]["correct"])
    assert report.accuracy >= 0.995
    assert report.ece <= 0.005


def test_it_was_trained_as_its_documented_command_trains(sapling: Bundle) -> None:
    assert sapling.config == GOING_ON["sapling"]
    assert len(sapling.card["training"]["history"]) == sapling.config.epochs


def test_it_makes_fewer_mistakes_on_the_validation_digits_than_the_seed(sapling: Bundle) -> None:
    assert sapling.card["validation"]["correct"] > load("seed").card["validation"]["correct"]


def test_it_doubts_what_is_no_digit_and_the_seed_does_not(sapling: Bundle, some: Digits) -> None:
    drawn = nondigits.draw(300, some.images, some.labels, np.random.default_rng(9))
    assert np.mean(tops(sapling, drawn) >= 0.9) < 0.05
    assert np.mean(tops(load("seed"), drawn) >= 0.9) > 0.2
    assert np.mean(tops(sapling, some.images) >= 0.9) > 0.95


def test_it_reads_corrupted_digits_better_than_the_seed(sapling: Bundle, some: Digits) -> None:
    shares = {"seed": 0.0, "sapling": 0.0}
    for name in shares:
        model = Classifier(load(name))
        for corrupted in corruptions.CORRUPTIONS.values():
            images = corrupted(some.images, np.random.default_rng(0))
            right = model.logits(images).argmax(axis=1) == some.labels
            shares[name] += right.mean() / len(corruptions.CORRUPTIONS)
    assert shares["seed"] < 0.8
    assert shares["sapling"] > 0.9


def test_it_reads_where_no_other_is_named_on_the_command_line_and_on_a_new_site() -> None:
    assert DEFAULT_MODEL == settings.SHIPPED_CHAMPION == "sapling"
