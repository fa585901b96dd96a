"""One training, from digits and a config to a published model."""

import importlib.metadata
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from recognizer.bundles.artifacts import Artifact, Classifier, DamagedArtifact, Golden, publish
from recognizer.drawing import nondigits, touching
from recognizer.drawing.augmentation import distort, roughen
from recognizer.exams.metrics import evaluate
from recognizer.learning import networks as network
from recognizer.learning.checkpoint import Checkpoint
from recognizer.learning.mnist import Dataset, Digits
from recognizer.learning.recipes import TrainConfig
from recognizer.recognising.calibration import Calibration, fit_temperature

GOLDEN_COUNT = 32
# How far a LiteRT answer may lie from Keras' for the same digit. Probabilities, because logits grow with training.
EXPORT_TOLERANCE = 1e-5

# The height of the learning rate in the gentle epochs, as a share of the first.
AGAIN = 0.1

# New digits that are fewer than this are shown again within an epoch of a rehearsal, until they are as many.
FEWEST_SHOWINGS = 1000

EpochLogs = dict[str, float]


@dataclass(frozen=True)
class TrainingResult:
    """The published model, what each epoch said, which one was kept (from 1), and how long fitting took."""

    artifact: Artifact
    history: list[EpochLogs]
    best_epoch: int
    seconds: float


def train(
    config: TrainConfig,
    dataset: Dataset,
    out_dir: Path,
    *,
    test: Digits | None = None,
    on_epoch: Callable[[int, EpochLogs], None] | None = None,
    checkpoint: Path | None = None,
    verbose: int = 0,
    start: Mapping[str, NDArray[np.float32]] | None = None,
    calibrate_on: Digits | None = None,
    finish: Callable[[keras.Model], dict[str, float]] | None = None,
) -> TrainingResult:
    """Train from scratch, or from the weights `start`, and publish the model in the folder `out_dir`.

    Every choice (when to stop, which epoch to keep, the temperature) is made on `dataset.validation`, the temperature
    on `calibrate_on` where that is given; `test` is scored once, at the end, for the report card. The same config and
    data give the same weights on the same machine. `finish` may change the weights of the best epoch before they are
    exported; what it returns goes into the report card.
    `on_epoch` is called with the epoch's number (from 1) and its figures. `verbose` is Keras': 1 shows a progress bar.
    In the file `checkpoint` it keeps what it has after each epoch: killed and called again with the same config, data
    and file, it goes on after the last epoch that ended, to the same weights. Publishing removes the file.
    Raises InvalidConfig, and DamagedArtifact where the exported graph answers otherwise than the network.
    """
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    cv2.setNumThreads(1)  # its threads and TensorFlow's would wait for each other
    learn = dataset.train[: config.limit]
    model = network.build(config.architecture, config.dropout)
    if start:
        put_weights(model, start)
    keeper = Keeper(config, dataset, checkpoint)
    fit(model, config, learn, dataset.validation, keeper, on_epoch, verbose, dataset.new)
    history, seconds = keeper.state.history, keeper.state.seconds
    model = network.build(config.architecture, config.dropout)  # without the optimizer, which an export would copy
    model.set_weights(keeper.state.best)
    finished = finish(model) if finish else {}

    draft = draft_artifact(model, config, out_dir.name, learn.images[:GOLDEN_COUNT])
    held_out = calibrate_on or dataset.validation
    draft = replace(draft, calibration=fit_temperature(Classifier(draft).logits(held_out.images), held_out.labels))
    classifier = Classifier(draft)
    card = {
        "architecture": config.architecture,
        "parameters": model.count_params(),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "training": {"seconds": round(seconds, 1), "best_epoch": kept_epoch(history, config), "history": history}
        | finished,
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "train_count": len(learn),
            "validation_count": len(dataset.validation),
        }
        | ({"new_count": dataset.new} if dataset.new else {}),
        "export_difference": check_export(model, classifier, dataset.validation.images),
        "validation": evaluate(classifier, held_out).as_json(),
        "versions": {name: importlib.metadata.version(name) for name in ("keras", "numpy", "ai-edge-litert")}
        | {"tensorflow": tf.__version__},
    }
    if test:
        card["test"] = evaluate(classifier, test).as_json()
    published = publish(replace(draft, card=card), out_dir)
    if checkpoint:
        checkpoint.unlink(missing_ok=True)
    return TrainingResult(published, history, kept_epoch(history, config), seconds)


def fit(
    model: keras.Model,
    config: TrainConfig,
    learn: Digits,
    validation: Digits,
    keeper: "Keeper",
    on_epoch: Callable[[int, EpochLogs], None] | None = None,
    verbose: int = 0,
    new: int = 0,
) -> None:
    """Fit, stop when validation has not improved for `patience` epochs; `keeper` has the best epoch's weights.

    Goes on after the epochs that `keeper` already has. `new` is how many of the last digits are new, see Batches.
    """
    batches = Batches(learn, config, new)
    model.compile(
        optimizer=optimizer(config, len(batches)),
        loss="categorical_crossentropy" if config.nondigits or config.touching else "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    batches.epoch += keeper.take_up(model)
    # The keeper comes first: it looks at the averaged weights when they have been validated, before they are put back.
    callbacks = [keeper, keras.callbacks.SwapEMAWeights()] if config.averaging else [keeper]
    if on_epoch:
        callbacks.append(keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: on_epoch(epoch + 1, logs)))
    if not keeper.satisfied:
        model.fit(
            batches,
            epochs=config.epochs,
            initial_epoch=len(keeper.state.history),
            validation_data=(as_input(validation.images), targets(validation.labels, config)),
            validation_batch_size=512,
            callbacks=callbacks,
            shuffle=False,  # Batches does that, and prepares the one that follows
            verbose=verbose,
        )


def optimizer(config: TrainConfig, steps_an_epoch: int) -> keras.optimizers.Optimizer:
    """Adam along a cosine, with what of AdamW's decay, warm-up and averaging the config asks for."""
    steps = (config.epochs - config.gentle_epochs) * steps_an_epoch
    rising = round(config.warm_up * steps)
    rate: keras.optimizers.schedules.LearningRateSchedule = keras.optimizers.schedules.CosineDecay(
        0.0 if rising else config.learning_rate,
        steps - rising,
        alpha=0.01,
        warmup_target=config.learning_rate if rising else None,
        warmup_steps=rising,
    )
    if config.gentle_epochs:
        again = keras.optimizers.schedules.CosineDecay(
            AGAIN * config.learning_rate, config.gentle_epochs * steps_an_epoch, alpha=0.01
        )
        rate = OneAfterTheOther(rate, steps, again)
    adam = keras.optimizers.Adam(
        rate,
        weight_decay=config.weight_decay or None,
        use_ema=bool(config.averaging),
        ema_momentum=config.averaging or None,
    )
    if config.weight_decay:
        adam.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return adam


class OneAfterTheOther(keras.optimizers.schedules.LearningRateSchedule):
    """The first schedule for so many steps, then the second from its beginning."""

    def __init__(
        self,
        first: keras.optimizers.schedules.LearningRateSchedule,
        steps: int,
        second: keras.optimizers.schedules.LearningRateSchedule,
    ) -> None:
        self.first, self.steps, self.second = first, steps, second

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        return tf.where(step < self.steps, self.first(step), self.second(tf.maximum(step - self.steps, 0)))


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
        if kept_epoch(state.history, self.config) == len(state.history) or not state.best:
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


class Batches(keras.utils.PyDataset):
    """Shuffled, distorted batches; every epoch covers every digit once, the last short batch included.

    Where the last `new` digits are new to a network that knows the others, an epoch is a rehearsal instead: all new
    ones, as often as needed, and at least `config.rehearsal` old ones, drawn anew each time, to each showing of a new.

    While the network learns from one batch, a thread prepares the next. What is in it depends on seed, epoch and index
    alone.
    """

    def __init__(self, digits: Digits, config: TrainConfig, new: int = 0) -> None:
        super().__init__()
        self.digits, self.config, self.epoch, self.new = digits, config, 0, new
        self.hand = ThreadPoolExecutor(1)
        self.ahead: dict[tuple[int, int], Future[Batch]] = {}
        self.on_epoch_begin()

    def __len__(self) -> int:
        return -(-len(self.order) // self.config.batch_size)

    def on_epoch_begin(self) -> None:
        self.epoch += 1
        randomness = np.random.default_rng([self.config.seed, self.epoch])
        everything = self.rehearsal(randomness) if self.new else np.arange(len(self.digits))
        self.order = randomness.permutation(everything)

    def rehearsal(self, randomness: np.random.Generator) -> NDArray[np.integer]:
        """Which digits an epoch shows, in no order yet."""
        old = len(self.digits) - self.new
        showings = max(1, round(FEWEST_SHOWINGS / self.new))
        fresh = np.repeat(np.arange(old, len(self.digits)), showings)
        known = randomness.choice(
            old, self.config.rehearsal * len(fresh), replace=self.config.rehearsal * len(fresh) > old
        )
        return np.concatenate([known, fresh])

    def __getitem__(self, index: int) -> "Batch":
        waiting = self.ahead.pop((self.epoch, index), None)
        if index + 1 < len(self):
            prepared = self.hand.submit(self.prepare, self.epoch, index + 1, self.order)
            self.ahead = {(self.epoch, index + 1): prepared}
        return waiting.result() if waiting else self.prepare(self.epoch, index, self.order)

    def prepare(self, epoch: int, index: int, order: NDArray[np.integer]) -> "Batch":
        config = self.config
        chosen = self.digits[order[index * config.batch_size : (index + 1) * config.batch_size]]
        randomness = np.random.default_rng([config.seed, epoch, index])
        images, labels = chosen.images, chosen.labels.astype(int)
        if some := round(config.touching * len(chosen)):
            cut, said = touching.cut_apart(some, chosen.images, chosen.labels, randomness)
            last = np.argsort(said == nondigits.NONE, kind="stable")  # what is none comes last, as `roughen` asks
            images, labels = np.concatenate([images, cut[last]]), np.concatenate([labels, said[last]])
        if others := round(config.nondigits * len(chosen)):
            drawn = nondigits.draw(others, chosen.images, chosen.labels, randomness)
            images = np.concatenate([images, drawn])
            labels = np.concatenate([labels, np.full(others, nondigits.NONE)])
        gentle = 0 if config.roughen else len(images)
        # Epochs are counted from 2 here, see __init__. What knows the digits already is kept used to clean ones.
        if epoch - 1 > config.epochs - config.gentle_epochs or self.new:
            gentle = max(gentle, len(chosen) // 2)
        kept = distort(images[:gentle], config, randomness) if gentle else images[:0]
        digits = labels[labels != nondigits.NONE]
        rough = roughen(images[gentle:], digits[gentle:], randomness) if config.roughen else images[gentle:]
        return as_input(np.concatenate([kept, rough])), targets(labels, config)


Batch = tuple[NDArray[np.float32], NDArray[np.integer] | NDArray[np.float32]]


def targets(labels: NDArray[np.integer], config: TrainConfig) -> NDArray[np.integer] | NDArray[np.float32]:
    """What the loss compares with: the labels, or where some glyphs are no digit, probabilities [n, 10]."""
    if not (config.nondigits or config.touching):
        return labels
    wanted = np.eye(network.DIGITS, dtype=np.float32)[labels]
    wanted[labels == nondigits.NONE] = 1 / network.DIGITS
    return wanted


def as_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 [n, 28, 28] to the float32 [n, 28, 28, 1] in 0..1 that the networks take."""
    return images[..., None].astype(np.float32) / np.float32(255)


def export_again(artifact: Artifact, out_dir: Path) -> Artifact:
    """Build the network from an artifact's weights, convert it anew, and publish it in `out_dir`; all else stays.

    Raises DamagedArtifact where the new graph answers otherwise than the network, and publishes nothing then.
    """
    model = network.build(artifact.config.architecture, artifact.config.dropout)
    put_weights(model, artifact.weights)
    fresh = replace(artifact, name=out_dir.name, graph=network.to_litert(model))
    check_export(model, Classifier(fresh), artifact.golden.images)
    return publish(fresh, out_dir)


def put_weights(model: keras.Model, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Raises DamagedArtifact where these are the weights of another network, as of one that has changed since."""
    shapes = {weight.path: tuple(weight.shape) for weight in model.weights}
    if shapes != {path: values.shape for path, values in weights.items()}:
        raise DamagedArtifact(f"These weights are not those of a network {model.name!r} as this release builds it.")
    for weight in model.weights:
        weight.assign(weights[weight.path])


def limit_threads(threads: int) -> None:
    """How many cores a training may use at most. Call before anything else is asked of TensorFlow."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def draft_artifact(model: keras.Model, config: TrainConfig, name: str, golden: NDArray[np.uint8]) -> Artifact:
    """The trained network as an artifact, without calibration and report card yet."""
    return Artifact(
        name=name,
        graph=network.to_litert(model),
        weights={weight.path: np.asarray(weight) for weight in model.weights},
        config=config,
        calibration=Calibration(),
        card={},
        golden=Golden(golden, network.ending_in_logits(model).predict(as_input(golden), verbose=0)),
    )


def check_export(model: keras.Model, classifier: Classifier, images: NDArray[np.uint8]) -> float:
    """The largest difference in any probability of any image between the network and its LiteRT graph.

    Raises DamagedArtifact where that is above EXPORT_TOLERANCE.
    """
    served = Calibration().probabilities(classifier.logits(images))
    difference = float(np.abs(model.predict(as_input(images), batch_size=512, verbose=0) - served).max())
    if not difference <= EXPORT_TOLERANCE:  # so that NaN fails too
        raise DamagedArtifact(f"Probabilities of the exported graph differ from the network's by {difference:.3g}.")
    return difference
