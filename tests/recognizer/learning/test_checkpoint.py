import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from recognizer.bundles import TrainConfig
from recognizer.learning import networks
from recognizer.learning.checkpoint import Checkpoint
from recognizer.learning.keeper import EpochLogs, Keeper
from recognizer.learning.mnist import Dataset, load_mnist
from recognizer.learning.recipes import RECIPES
from recognizer.learning.training import fit, train

OnEpoch = Callable[[int, EpochLogs], None]

QUICK = replace(RECIPES["sapling"], epochs=4, patience=4, gentle_epochs=2, batch_size=4, limit=8, nondigits=0.5)
SEED = TrainConfig(epochs=3, batch_size=4)
KILLED = """
import os, signal, sys
from pathlib import Path
from recognizer.learning.training import train
from tests.recognizer.learning.test_checkpoint import QUICK, eight_digits

def die(epoch, figures):
    if epoch == 2:
        os.kill(os.getpid(), signal.SIGKILL)

train(QUICK, eight_digits(), Path(sys.argv[1]), checkpoint=Path(sys.argv[2]), on_epoch=die)
"""


class Stopped(Exception):
    pass


def stop_after_two(epoch: int, figures: EpochLogs) -> None:
    if epoch == 2:
        raise Stopped


def eight_digits() -> Dataset:
    mnist = load_mnist()
    return Dataset("eight digits", mnist.train[:8], mnist.validation[:20])


@pytest.fixture(scope="module")
def eight() -> Dataset:
    return eight_digits()


def fitted(config: TrainConfig, dataset: Dataset, path: Path | None, on_epoch: OnEpoch | None = None) -> Keeper:
    """A training without the publication at its end, which takes seconds."""
    keras.utils.set_random_seed(config.seed)
    model, keeper = networks.build(config.architecture, config.dropout), Keeper(config, dataset, path)
    fit(model, config, dataset.train, dataset.validation, keeper, on_epoch)
    return keeper


def test_a_training_that_was_killed_goes_on_to_the_weights_it_would_have_had(eight: Dataset, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "quick.npz"
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "quick", kept], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "quick").exists()

    told: list[int] = []
    resumed = train(QUICK, eight, tmp_path / "quick", checkpoint=kept, on_epoch=lambda epoch, _: told.append(epoch))
    assert told == [3, 4]
    whole = fitted(QUICK, eight, None)
    assert resumed.history == resumed.bundle.card["training"]["history"] == whole.state.history
    for weights, expected in zip(resumed.bundle.weights.values(), whole.state.best, strict=True):
        np.testing.assert_array_equal(weights, expected)
    assert list(kept.parent.iterdir()) == []


@pytest.fixture
def stopped(eight: Dataset, tmp_path: Path) -> Path:
    """What a training of the seed left that was stopped after two epochs of three."""
    with pytest.raises(Stopped):
        fitted(SEED, eight, tmp_path / "kept", stop_after_two)
    return tmp_path / "kept"


def test_another_training_does_not_go_on_from_it(eight: Dataset, stopped: Path) -> None:
    assert len(Keeper(SEED, eight, stopped).state.history) == 2
    assert Keeper(replace(SEED, seed=1), eight, stopped).state.history == []
    other_data = Dataset("others", eight.train, eight.train)
    assert Keeper(SEED, other_data, stopped).state.history == []


def test_a_checkpoint_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    arrays = [np.arange(6.0).reshape(2, 3), np.array(7), np.zeros((0, 2))]
    saved = Checkpoint("this one", arrays, arrays[:1], [], [{"loss": 0.5, "val_loss": 0.25}], 12.5)
    saved.save(tmp_path / "kept")
    loaded = Checkpoint.load(tmp_path / "kept", "this one")
    assert (loaded.training, loaded.history, loaded.seconds, loaded.best) == ("this one", saved.history, 12.5, [])
    for before, after in ((saved.network, loaded.network), (saved.optimizer, loaded.optimizer)):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("content", [b"", b"not an archive", None])
def test_a_damaged_or_missing_checkpoint_is_a_beginning(content: bytes | None, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    if content is not None:
        kept.write_bytes(content)
    assert Checkpoint.load(kept, "any").history == []


def test_a_checkpoint_cut_off_is_a_beginning(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    Checkpoint("any", [np.zeros(5000)], history=[{"val_loss": 1.0}]).save(kept)
    kept.write_bytes(kept.read_bytes()[:-2000])
    assert Checkpoint.load(kept, "any").history == []
