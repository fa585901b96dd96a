import json
from pathlib import Path

import numpy as np
import pytest

from recognizer.__main__ import main
from recognizer.bundles import load
from recognizer.commands.seal import with_pairs
from recognizer.learning.pairs import CARD
from recognizer.page import Picture
from recognizer.reader import Reader


def test_a_brief_training_makes_a_network_that_a_bundle_can_carry_and_read_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train-pairs", "--epochs", "1", "--frames", "256", "--out", str(tmp_path)]) == 0
    assert "validation" in capsys.readouterr().out
    card = json.loads((tmp_path / CARD).read_text())
    assert card["training"]["frames"] == 256
    assert 0 <= card["validation"]["both_digits"] <= 1
    before = load("seed")
    bundle = with_pairs(before, tmp_path)
    assert bundle.card == {**before.card, "pairs": card}
    assert bundle.pairs.graph != before.pairs.graph
    assert Reader(bundle).read([Picture.drawn(np.full((40, 40), 255, np.uint8))])[0].outcome == "blank"
