"""A version's checksum says what read, so an answer that changes asks for a new seal."""

import pytest

from recognizer.bundles import available, load
from recognizer.exams.answers import COUNT, answers, changed
from recognizer.learning.mnist import load_mnist
from recognizer.reader import Reader


@pytest.mark.parametrize("name", available())
def test_the_shipped_models_answer_what_their_cards_say(name: str) -> None:
    bundle = load(name)
    now = answers(Reader(bundle), load_mnist().validation)
    assert len(now) == COUNT
    assert not changed(bundle.card["answers"], now), "An answer changed: python -m recognizer seal makes a new version."


def test_another_text_or_another_confidence_is_a_change() -> None:
    page = {"text": "12", "outcome": "read", "confidence": 0.98, "notes": []}
    assert changed([page, page], [page, {**page, "text": "13"}]) == [1]
    assert changed([page, page], [{**page, "confidence": 0.9}, {**page, "confidence": 0.981}]) == [0]
