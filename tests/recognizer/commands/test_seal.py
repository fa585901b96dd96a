import json
from pathlib import Path

import pytest

from recognizer.bundles import DamagedBundle, load
from recognizer.commands.seal import with_finder

GRAPH, CARD, JUDGE = "finder.tflite", "finder.json", "judge.json"


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """As `train-finder` and `train-judge` leave it."""
    seed = load("seed")
    (tmp_path / GRAPH).write_bytes(seed.sight.finder)
    (tmp_path / JUDGE).write_bytes(seed.sight.judge)
    (tmp_path / CARD).write_text(json.dumps(seed.card["finder"]))
    return tmp_path


def test_what_was_trained_goes_into_the_bundle_and_its_card(trained: Path) -> None:
    seed = load("seed")
    assert with_finder(seed, trained).sight == seed.sight
    assert with_finder(seed, trained).card == seed.card


def test_an_altered_finder_is_refused(trained: Path) -> None:
    (trained / GRAPH).write_bytes((trained / GRAPH).read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedBundle, match="damaged"):
        with_finder(load("seed"), trained)


@pytest.mark.parametrize("content", [None, "", "[]", "{}"])
def test_a_finder_without_a_card_that_makes_sense_is_refused(trained: Path, content: str | None) -> None:
    (trained / CARD).unlink()
    if content is not None:
        (trained / CARD).write_text(content)
    with pytest.raises(DamagedBundle, match="cannot be read"):
        with_finder(load("seed"), trained)
