import json
from pathlib import Path

import pytest

from recognizer.bundles import DamagedBundle, load
from recognizer.commands.seal import with_pairs

GRAPH, CARD = "pairs.tflite", "pairs.json"


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """As `train-pairs` leaves it."""
    seed = load("seed")
    (tmp_path / GRAPH).write_bytes(seed.pairs.graph)
    (tmp_path / CARD).write_text(json.dumps(seed.card["pairs"]))
    return tmp_path


def test_what_was_trained_goes_into_the_bundle_and_its_card(trained: Path) -> None:
    seed = load("seed")
    assert with_pairs(seed, trained).pairs == seed.pairs
    assert with_pairs(seed, trained).card == seed.card


def test_an_altered_graph_for_pairs_is_refused(trained: Path) -> None:
    (trained / GRAPH).write_bytes((trained / GRAPH).read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedBundle, match="damaged"):
        with_pairs(load("seed"), trained)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"sha256": "", "temperature": 0}'])
def test_pairs_without_a_card_that_makes_sense_are_refused(trained: Path, content: str | None) -> None:
    (trained / CARD).unlink()
    if content is not None:
        (trained / CARD).write_text(content)
    with pytest.raises(DamagedBundle, match="cannot be read"):
        with_pairs(load("seed"), trained)
