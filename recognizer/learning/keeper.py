"""What a training keeps of each epoch."""

import math
import time
from pathlib import Path

import keras
import numpy as np

from recognizer.bundles import TrainConfig
from recognizer.learning.checkpoint import Checkpoint
from recognizer.learning.mnist import Dataset

EpochLogs = dict[str, float]


class Keeper(keras.callbacks.Callback):
    """Keeps each epoch's state, the best epoch's weights, and where there is a file, both in it."""

    def __init__(self, config: TrainConfig, dataset: Dataset, path: Path | None = None) -> None:
        super().__init__()
        self.config, self.path, self.started = config, path, time.monotonic()
        training = config.to_json() + dataset.fingerprint
        self.state = Checkpoint.load(path, training) if path else Checkpoint(training)
        self.before = self.state.seconds

    @property
    def satisfied(self) -> bool:
        """Whether all epochs are done, or validation has not improved for `patience` of them."""
        done = len(self.state.history)
        return done >= self.config.epochs or done >= best_epoch(self.state.history) + self.config.patience > 0

    @property
    def kept(self) -> int:
        """From 1: the epoch whose weights are kept."""
        return kept_epoch(self.state.history, self.config)

    def take_up(self, model: keras.Model) -> int:
        """Put a compiled model where the last kept epoch left it; returns how many epochs are done."""
        if self.state.history:
            model.optimizer.build(model.trainable_variables)
            for variables, kept in ((model.variables, self.state.network), (_steering(model), self.state.optimizer)):
                for variable, value in zip(variables, kept, strict=True):
                    variable.assign(value)
        return len(self.state.history)

    def on_test_end(self, logs: EpochLogs | None = None) -> None:
        self.validated = self.model.get_weights()

    def on_epoch_end(self, epoch: int, logs: EpochLogs | None = None) -> None:
        state = self.state
        state.history.append({name: float(value) for name, value in (logs or {}).items()})
        if self.kept == len(state.history) or not state.best:
            state.best = self.validated
        state.seconds = self.before + time.monotonic() - self.started
        if self.path:
            state.network = [np.asarray(variable) for variable in self.model.variables]
            state.optimizer = [np.asarray(variable) for variable in _steering(self.model)]
            state.save(self.path)
        self.model.stop_training = self.satisfied


def _steering(model: keras.Model) -> list[keras.Variable]:
    return [variable for variable in model.optimizer.variables if variable.path != "learning_rate"]


def kept_epoch(history: list[EpochLogs], config: TrainConfig) -> int:
    """From 1: the last of averaged weights that are trained to their end, for their loss grows as they learn doubt."""
    return len(history) if config.averaging and config.patience >= config.epochs else best_epoch(history)


def best_epoch(history: list[EpochLogs]) -> int:
    """From 1: the first with the least validation loss; 0 without a history."""
    losses = [math.inf if math.isnan(epoch["val_loss"]) else epoch["val_loss"] for epoch in history]
    return losses.index(min(losses)) + 1 if losses else 0
