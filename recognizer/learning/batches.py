"""What a network is shown, batch by batch."""

import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import TrainConfig
from recognizer.drawing import nondigits
from recognizer.drawing.augmentation import distort, roughen
from recognizer.drawing.shown import Delivery
from recognizer.learning.ahead import Ahead, Batch
from recognizer.learning.mnist import Digits
from recognizer.symbols import DIGITS


class Batches(Ahead):
    """Shuffled, distorted batches; every epoch covers every digit once, the last short batch included.

    Where the last `new` digits are new to a network that knows the others, an epoch is a rehearsal instead: all new
    ones, as often as needed, and at least `config.rehearsal` old ones, drawn anew each time, to each showing of a new.
    """

    def __init__(self, digits: Digits, config: TrainConfig, new: int = 0, delivery: Delivery | None = None) -> None:
        super().__init__()
        self.digits, self.config, self.new, self.delivery = digits, config, new, delivery
        self.epoch = 1
        self._orders: dict[int, NDArray[np.integer]] = {}

    def __len__(self) -> int:
        return -(-len(self.order(self.epoch)) // self.config.batch_size)

    def on_epoch_begin(self) -> None:
        self.epoch += 1

    def order(self, epoch: int) -> NDArray[np.integer]:
        """Which digits an epoch shows, one after the other. Epochs are counted from 2: Keras begins the first, too."""
        if epoch not in self._orders:
            randomness = np.random.default_rng([self.config.seed, epoch])
            everything = self.rehearsal(randomness) if self.new else np.arange(len(self.digits))
            kept = {number: order for number, order in self._orders.items() if number >= epoch - 1}
            self._orders = {**kept, epoch: randomness.permutation(everything)}
        return self._orders[epoch]

    def rehearsal(self, randomness: np.random.Generator) -> NDArray[np.integer]:
        """Which digits an epoch shows, in no order yet."""
        old = len(self.digits) - self.new
        showings = max(1, round(self.config.fewest_showings / self.new))
        fresh = np.repeat(np.arange(old, len(self.digits)), showings)
        known = randomness.choice(
            old, self.config.rehearsal * len(fresh), replace=self.config.rehearsal * len(fresh) > old
        )
        return np.concatenate([known, fresh])

    def prepare(self, epoch: int, index: int) -> Batch:
        config, order = self.config, self.order(epoch)
        chosen = self.digits[order[index * config.batch_size : (index + 1) * config.batch_size]]
        randomness = np.random.default_rng([config.seed, epoch, index])
        images, labels = chosen.images, chosen.labels.astype(int)
        if others := round(config.nondigits * len(chosen)):
            drawn = nondigits.draw(others, chosen.images, chosen.labels, randomness)
            images = np.concatenate([images, drawn])
            labels = np.concatenate([labels, np.full(others, nondigits.NONE)])
        gentle = 0 if config.roughen else len(images)
        # What knows the digits already is kept used to clean ones.
        if epoch - 1 > config.epochs - config.gentle_epochs or self.new:
            gentle = max(gentle, len(chosen) // 2)
        kept = distort(images[:gentle], config, randomness) if gentle else images[:0]
        digits = labels[labels != nondigits.NONE]
        rough = roughen(images[gentle:], digits[gentle:], randomness) if config.roughen else images[gentle:]
        images = np.concatenate([kept, rough])
        if self.delivery and (some := round(config.delivered * len(chosen))):
            found, said = self.delivery.glyphs(some, randomness)  # rough enough as they come
            images, labels = np.concatenate([images, found]), np.concatenate([labels, said])
        return as_input(images), targets(labels, config)


def targets(labels: NDArray[np.integer], config: TrainConfig) -> NDArray[np.integer] | NDArray[np.float32]:
    """What the loss compares with: the labels, or where some glyphs are no digit, probabilities [n, 10]."""
    if not (config.nondigits or config.delivered):
        return labels
    wanted = np.eye(len(DIGITS), dtype=np.float32)[labels]
    wanted[labels == nondigits.NONE] = 1 / len(DIGITS)
    return wanted


def as_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 [n, 28, 28] to the float32 [n, 28, 28, 1] in 0..1 that the networks take."""
    return images[..., None].astype(np.float32) / np.float32(255)
