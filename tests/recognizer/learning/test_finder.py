"""The finder learns: a few steps on two pages each, for what is tested is the way, not where it leads."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from recognizer.drawing.canvas import SIDE
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.contrast import CHANNELS
from recognizer.finding.network import CELL, MARGIN, OUTPUTS, FinderNetwork, framed
from recognizer.learning import finder as learning
from recognizer.learning.finder import Batch, batch, build, exported, loss, rate, train_finder
from recognizer.learning.mnist import load_mnist
from recognizer.learning.recipes.finder import FinderConfig

TINY = FinderConfig(steps=3, batch_size=2, warm_up=1, keep=1)


@pytest.fixture(scope="module")
def handwriting() -> Handwriting:
    some = load_mnist().train[:50]
    return Handwriting.of(some.images, some.labels)


@pytest.fixture(autouse=True)
def drawn_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process would need longer to start than these few pages to draw."""

    def here(handwriting: Handwriting, config: FinderConfig, first: int) -> Iterator[Batch]:
        return (batch(handwriting, config, step) for step in range(first, config.steps))

    monkeypatch.setattr(learning, "_batches", here)


@pytest.fixture(scope="module")
def trained(handwriting: Handwriting, tmp_path_factory: pytest.TempPathFactory) -> keras.Model:
    with pytest.MonkeyPatch.context() as patch:
        drawn_here.__wrapped__(patch)  # type: ignore[attr-defined]
        return train_finder(handwriting, TINY, tmp_path_factory.mktemp("finder"))


def test_a_batch_is_always_the_same_and_another_step_s_another(handwriting: Handwriting) -> None:
    one, again, other = batch(handwriting, TINY, 1), batch(handwriting, TINY, 1), batch(handwriting, TINY, 2)
    assert all((a == b).all() for a, b in zip(one, again, strict=True))
    assert (one[0] != other[0]).any()
    cells = SIDE // CELL
    assert [part.shape for part in one] == [
        (2, SIDE, SIDE, CHANNELS), (2, cells, cells, 5), (2, cells, cells), (2, SIDE // 2, SIDE // 2, 4)
    ]  # fmt: skip


def test_steps_change_the_weights(trained: keras.Model) -> None:
    keras.utils.set_random_seed(TINY.seed)
    fresh = build()
    changed = [(a != b).any() for a, b in zip(trained.get_weights(), fresh.get_weights(), strict=True)]
    assert np.mean(changed) > 0.9


def test_a_training_killed_after_a_checkpoint_goes_on_to_the_same_weights(
    trained: keras.Model, handwriting: Handwriting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    drawn: list[int] = []

    def dying(handwriting: Handwriting, config: FinderConfig, first: int) -> Iterator[Batch]:
        for step in range(first, config.steps):
            drawn.append(step)
            yield batch(handwriting, config, step)
            if drawn == [0, 1]:
                raise Killed

    monkeypatch.setattr(learning, "_batches", dying)
    with pytest.raises(Killed):
        train_finder(handwriting, TINY, tmp_path)
    again = train_finder(handwriting, TINY, tmp_path)
    assert drawn == [0, 1, 2]
    for one, other in zip(again.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_an_exported_graph_sees_what_its_network_does(trained: keras.Model) -> None:
    graph = exported(trained)
    grey = np.random.default_rng(1).integers(0, 256, (64, 96)).astype(np.uint8)
    network = FinderNetwork(graph)
    taken = framed(grey)
    cells, ink = (said.numpy()[0] for said in trained(learning.channels(taken)[None], training=False))
    seen, first = network.see(grey), MARGIN // CELL
    inner = cells[first:, first:][:16, :24]
    np.testing.assert_allclose(seen.centre, tf.sigmoid(inner[..., 0]), atol=0.01)
    np.testing.assert_allclose(seen.way, learning.REACH * inner[..., 1:3], atol=0.05)
    np.testing.assert_allclose(seen.symbols, tf.nn.softmax(inner[..., 3:]), atol=0.01)
    halves = ink.reshape(*ink.shape[:2], 2, 2).transpose(0, 2, 1, 3).reshape(taken.shape)
    pixels = tf.sigmoid(halves[MARGIN:, MARGIN:][:64, :96])
    np.testing.assert_allclose(seen.ink / 255, pixels, atol=0.02)
    assert cells.shape[-1] == OUTPUTS


def said(wanted: np.ndarray, symbol: np.ndarray, inked: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
    """What a network that knows it all says."""
    peaks = np.where(wanted[..., :1] > 0.97, 12.0, -12.0)
    names = 14.0 * np.eye(OUTPUTS - 3)[symbol]
    cells = np.concatenate([peaks, wanted[..., 1:3] / learning.REACH, names], 3).astype(np.float32)
    return tf.constant(cells), tf.constant(np.where(inked > 0, 12.0, -12.0).astype(np.float32))


def test_who_knows_it_all_has_next_to_no_loss_and_every_mistake_costs(handwriting: Handwriting) -> None:
    _, wanted, symbol, inked = batch(handwriting, replace(TINY, batch_size=4), 5)
    cells, ink = said(wanted, symbol, inked)
    assert loss(cells, ink, wanted, symbol, inked).numpy().max() < 0.02
    own = wanted[..., 4:5]
    for part, spoilt in enumerate((
        (tf.concat([-cells[..., :1], cells[..., 1:]], 3), ink),
        (tf.concat([cells[..., :1], cells[..., 1:3] + own, cells[..., 3:]], 3), ink),
        (tf.concat([cells[..., :3], tf.roll(cells[..., 3:], 1, 3)], 3), ink),
        (cells, -ink),
    )):  # fmt: skip
        losses = loss(*spoilt, wanted, symbol, inked).numpy()
        assert losses[part] > 0.5
        assert np.delete(losses, part).max() < 0.02


def test_of_what_cannot_be_told_nothing_is_asked(handwriting: Handwriting) -> None:
    _, wanted, symbol, inked = batch(handwriting, TINY, 5)
    cells, ink = said(wanted, symbol, inked)
    untold = wanted.copy()
    untold[..., 3] = 0
    wrong = tf.concat([cells[..., :1], cells[..., 1:3] + 1, tf.roll(cells[..., 3:], 1, 3)], 3)
    assert loss(wrong, ink, untold, symbol, inked).numpy()[1:3].max() == 0


def test_the_rate_rises_then_falls_to_a_hundredth() -> None:
    config = FinderConfig(steps=1000, warm_up=100, learning_rate=1.0)
    rates = [rate(config, step) for step in range(1000)]
    assert rates[0] < 0.02
    assert 90 <= int(np.argmax(rates)) <= 110
    assert max(rates) == pytest.approx(1, abs=0.03)
    assert rates[-1] == pytest.approx(0.01, abs=0.001)
