"""One batch is prepared while the network learns from the one before, and is what it would have been all the same."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, load
from recognizer.drawing.shown import Delivery
from recognizer.drawing.strokes import Handwriting
from recognizer.learning.ahead import Ahead, Batch
from recognizer.learning.batches import Batches
from recognizer.learning.mnist import Digits, load_mnist
from recognizer.learning.recipes import GOING_ON

EPOCHS = (2, 3)


@pytest.fixture(scope="module")
def ten() -> Digits:
    return load_mnist().train[:10]


def batches(kind: str, digits: Digits) -> Ahead:
    """Three of them an epoch, with all that is drawn beside digits."""
    config = replace(GOING_ON["sapling"], batch_size=4)
    if kind == "with some of a finder's":
        delivery = Delivery(Handwriting.of(digits.images, digits.labels), load(DEFAULT_MODEL).finder().network)
        return Batches(digits, replace(config, delivered=1.0), delivery=delivery)
    return Batches(digits, config, new=3 if kind == "a rehearsal" else 0)


@pytest.mark.parametrize("kind", ["digits", "a rehearsal", "with some of a finder's"])
def test_what_is_in_a_batch_depends_on_epoch_and_index_alone(kind: str, ten: Digits) -> None:
    in_turn, out_of_turn = batches(kind, ten), batches(kind, ten)
    found: dict[tuple[int, int], Batch] = {}
    for in_turn.epoch in EPOCHS:
        found |= {(in_turn.epoch, index): in_turn[index] for index in range(3)}
    assert len({images.tobytes() for images, _ in found.values()}) == len(found) == 6
    for (out_of_turn.epoch, index), (images, wanted) in reversed(found.items()):  # nothing of it was prepared ahead
        again, wanted_again = out_of_turn[index]
        np.testing.assert_array_equal(again, images)
        np.testing.assert_array_equal(wanted_again, wanted)


class Numbered(Ahead):
    """Three batches an epoch that say what they are, and who prepared them."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared: list[tuple[int, int, int]] = []

    def __len__(self) -> int:
        return 3

    def prepare(self, epoch: int, index: int) -> Batch:
        self.prepared.append((epoch, index, threading.get_ident()))
        return np.array([epoch], np.float32), np.array([index])


def test_all_but_the_first_batch_are_prepared_ahead_once_by_another_thread() -> None:
    numbered = Numbered()
    for numbered.epoch in EPOCHS:
        for index in range(3):
            epochs, indexes = numbered[index]
            assert (epochs[0], indexes[0]) == (numbered.epoch, index)
    here = {(epoch, index) for epoch, index, thread in numbered.prepared if thread == threading.get_ident()}
    assert here == {(2, 0)}
    wanted = [(epoch, index) for epoch, index, _ in numbered.prepared if epoch in EPOCHS]
    assert sorted(wanted) == [(epoch, index) for epoch in EPOCHS for index in range(3)]


def test_what_fails_while_it_is_prepared_ahead_fails_where_it_is_asked_for(ten: Digits) -> None:
    class Failing(Numbered):
        def prepare(self, epoch: int, index: int) -> Batch:
            if index == 1:
                raise ValueError("nothing to draw with")
            return super().prepare(epoch, index)

    failing = Failing()
    assert failing[0][1][0] == 0
    with pytest.raises(ValueError, match="nothing to draw with"):
        failing[1]
