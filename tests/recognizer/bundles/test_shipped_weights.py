from pathlib import Path

import pytest

from recognizer.bundles import WEIGHTS, Classifier, available, load
from recognizer.exams.metrics import evaluate
from recognizer.learning.mnist import load_mnist, load_mnist_test
from recognizer.learning.recipes import DEFAULT_MODEL

LEAST_ACCURACY = {"seed": 0.987}


@pytest.mark.parametrize("name", available())
def test_each_shipped_model_scores_on_the_test_digits_what_its_card_says(name: str) -> None:
    artifact = load(name)
    report = evaluate(Classifier(artifact), load_mnist_test())
    card = artifact.card["test"]
    assert report.count == card["count"] == 10_000
    assert report.accuracy >= LEAST_ACCURACY.get(name, 0.99)
    assert (report.accuracy, report.confusion) == (card["accuracy"], card["confusion"])
    assert report.ece == pytest.approx(card["ece"], abs=1e-4)


@pytest.mark.parametrize("name", available())
def test_each_shipped_model_was_trained_on_mnist_alone(name: str) -> None:
    artifact = load(name)
    assert artifact.card["data"]["fingerprint"] == load_mnist().fingerprint
    assert artifact.config.limit is None


@pytest.mark.parametrize("name", available())
def test_each_shipped_model_is_sure_about_as_often_as_it_is_right(name: str) -> None:
    assert load(name).card["test"]["ece"] < 0.01


def test_the_default_model_ships() -> None:
    assert DEFAULT_MODEL in available()


def test_the_seed_is_small() -> None:
    assert sum(path.stat().st_size for path in (WEIGHTS / "seed").iterdir()) <= 6_000_000


@pytest.mark.parametrize("name", available())
def test_the_documentation_gives_each_shipped_model_s_accuracy(name: str) -> None:
    documentation = (Path(__file__).parent.parent / "docs" / "models.md").read_text()
    card = load(name).card
    for figure in (f"{card['test']['accuracy']:.2%}", card["data"]["fingerprint"]):
        assert figure.replace("%", " %") in documentation
