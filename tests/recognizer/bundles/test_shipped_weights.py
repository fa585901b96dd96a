import hashlib

import pytest

from recognizer.bundles import DEFAULT_MODEL, Classifier, available, load
from recognizer.bundles.folder import WEIGHTS
from recognizer.exams.metrics import evaluate
from recognizer.learning.mnist import load_mnist, load_mnist_test
from tests.environment import ROOT

LEAST_ACCURACY = {"seed": 0.987}


@pytest.mark.parametrize("name", available())
def test_each_shipped_model_scores_on_the_test_digits_what_its_card_says(name: str) -> None:
    bundle = load(name)
    report = evaluate(Classifier(bundle), load_mnist_test())
    card = bundle.card["test"]
    assert report.count == card["count"] == 10_000
    assert report.accuracy >= LEAST_ACCURACY.get(name, 0.99)
    assert (report.accuracy, report.confusion) == (card["accuracy"], card["confusion"])
    assert report.ece == pytest.approx(card["ece"], abs=1e-4)


@pytest.mark.parametrize("name", available())
def test_each_shipped_model_was_trained_on_mnist_alone(name: str) -> None:
    bundle = load(name)
    assert bundle.card["data"]["fingerprint"] == load_mnist().fingerprint
    assert bundle.config.limit is None


@pytest.mark.parametrize("name", available())
def test_each_shipped_model_is_sure_about_as_often_as_it_is_right(name: str) -> None:
    assert load(name).card["test"]["ece"] < 0.01


def test_all_shipped_models_find_with_the_finder_that_their_cards_name_and_are_judged_alike() -> None:
    for bundle in map(load, available()):
        assert bundle.sight == load(DEFAULT_MODEL).sight
        assert hashlib.sha256(bundle.sight.finder).hexdigest() == bundle.card["finder"]["sha256"]


def test_the_finder_is_small() -> None:
    assert len(load(DEFAULT_MODEL).sight.finder) <= 5_000_000


def test_the_default_model_ships() -> None:
    assert DEFAULT_MODEL in available()


def test_the_seed_is_small() -> None:
    """But for the finder, which every model carries."""
    files = [path for path in (WEIGHTS / "seed").iterdir() if path.name != "finder.tflite"]
    assert sum(path.stat().st_size for path in files) <= 6_000_000


@pytest.mark.parametrize("name", available())
def test_the_documentation_gives_each_shipped_model_s_accuracy_and_fingerprints(name: str) -> None:
    documentation = (ROOT / "docs" / "models.md").read_text()
    bundle = load(name)
    for figure in (f"{bundle.card['test']['accuracy']:.2%}", bundle.card["data"]["fingerprint"], bundle.sha256):
        assert figure.replace("%", " %") in documentation
