"""The judge learns from pages that are drawn and read; here from very few."""

import json
from dataclasses import replace

import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, Bundle, Classifier, load
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.finder import Finder
from recognizer.judging.judge import Judge
from recognizer.learning.hands import others
from recognizer.learning.judging import Cases, fitted, train_judge
from recognizer.learning.mnist import load_mnist
from recognizer.learning.recipes.judge import JudgeConfig
from recognizer.recognising.line_reader import LineReader
from recognizer.recognising.recogniser import Recogniser

FEW = JudgeConfig(pages=10, units=3, epochs=2, members=2)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def handwriting() -> Handwriting:
    some = load_mnist().validation[:50]
    return Handwriting.of(some.images, some.labels)


def test_few_pages_make_a_judge_that_survives_being_written_and_read(
    bundle: Bundle, finder: Finder, handwriting: Handwriting
) -> None:
    pages: list[int] = []
    recogniser = Recogniser(Classifier(bundle).network)
    judge = train_judge([handwriting, others()], finder, recogniser, LineReader(), FEW, pages.append)
    again = Judge.from_json(json.dumps(judge.as_json()).encode())
    for name in ("there", "right", "apart", "numbers", "own", "other"):
        one, other = getattr(judge, name), getattr(again, name)
        evidence = np.random.default_rng(1).normal(0, 2, (20, len(one.shift)))
        np.testing.assert_allclose(other.probabilities(evidence), one.probabilities(evidence), atol=1e-4)
    assert len(judge.there.output) == FEW.members * FEW.units
    assert 0 < len(pages) <= FEW.pages
    assert pages == sorted(pages)


def cases(share: float, count: int = 800) -> Cases:
    """Two features of which the first decides, and so many of whose answers are right."""
    drawn, found = np.random.default_rng(2), Cases()
    for _ in range(count):
        so = bool(drawn.random() < share)
        found.add(np.array([drawn.normal(3.0 if so else -3.0), drawn.normal(40, 9)]), so)
    return found


def test_what_is_fitted_tells_what_is_so_from_what_is_not() -> None:
    layers = fitted(cases(0.5), replace(FEW, epochs=25, batch_size=64))
    likely = layers.probabilities(np.array([[3.0, 40.0], [-3.0, 40.0], [3.0, 20.0]]))
    assert likely[0] > 0.95
    assert likely[1] < 0.05
    assert likely[2] > 0.8


def test_where_evidence_says_nothing_the_answer_is_how_often_it_is_so() -> None:
    found = cases(0.8)
    found.evidence = [np.array([0.0, row[1]]) for row in found.evidence]
    layers = fitted(found, replace(FEW, epochs=25, batch_size=64))
    assert layers.probabilities(np.array([[0.0, 40.0]]))[0] == pytest.approx(0.8, abs=0.06)
