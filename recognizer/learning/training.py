"""One training, from digits and a config to a published model."""

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from recognizer.bundles import (
    DEFAULT_MODEL,
    Bundle,
    Classifier,
    DamagedBundle,
    Golden,
    Sight,
    TrainConfig,
    load,
    publish,
)
from recognizer.drawing.shown import Delivery
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.network import FinderNetwork
from recognizer.learning import networks
from recognizer.learning.batches import Batches, as_input, targets
from recognizer.learning.keeper import EpochLogs, Keeper
from recognizer.learning.mnist import Dataset, Digits
from recognizer.learning.temperature import fit_temperature
from recognizer.recognising.calibration import Calibration

GOLDEN_COUNT = 32
# How far a LiteRT answer may lie from Keras' for the same digit. Probabilities, because logits grow with training.
EXPORT_TOLERANCE = 1e-5

# The height of the learning rate in the gentle epochs, as a share of the first.
AGAIN = 0.1

# What a report card says of a network's answers to digits.
Grade = Callable[[Classifier, Digits], dict[str, Any]]


@dataclass(frozen=True)
class TrainingResult:
    """The published model, what each epoch said, which one was kept (from 1), and how long fitting took."""

    bundle: Bundle
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
    grade: Grade | None = None,
    sight: Sight | None = None,
) -> TrainingResult:
    """Train from scratch, or from the weights `start`, and publish the model in the folder `out_dir`.

    Every choice (when to stop, which epoch to keep, the temperature) is made on `dataset.validation`, the temperature
    on `calibrate_on` where that is given; `test` is scored once, at the end, for the report card. `grade` says what the
    card shows of a network's answers to digits; whoever examines brings it along. `sight` goes into the bundle, that of
    the shipped model where none is given. The same config and data give the same weights on the same machine. `finish`
    may change the weights of the best epoch before they are exported; what it returns goes into the report card.
    `on_epoch` is called with the epoch's number (from 1) and its figures. `verbose` is Keras': 1 shows a progress bar.
    In the file `checkpoint` it keeps what it has after each epoch: killed and called again with the same config, data
    and file, it goes on after the last epoch that ended, to the same weights. Publishing removes the file.
    Raises InvalidConfig, and DamagedBundle where the exported graph answers otherwise than the network.
    """
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    cv2.setNumThreads(1)  # its threads and TensorFlow's would wait for each other
    learn = dataset.train[: config.limit]
    model = networks.build(config.architecture, config.dropout)
    if start:
        put_weights(model, start)
    keeper = Keeper(config, dataset, checkpoint)
    sight = sight or load(DEFAULT_MODEL).sight
    delivery = None
    if config.delivered:
        delivery = Delivery(Handwriting.of(learn.images, learn.labels), FinderNetwork(sight.finder))
    fit(model, config, learn, dataset.validation, keeper, on_epoch, verbose, dataset.new, delivery)
    model = networks.build(config.architecture, config.dropout)  # without the optimizer, which an export would copy
    model.set_weights(keeper.state.best)
    finished = finish(model) if finish else {}

    draft = draft_bundle(model, config, out_dir.name, learn.images[:GOLDEN_COUNT], sight)
    held_out = calibrate_on or dataset.validation
    draft = replace(draft, calibration=fit_temperature(Classifier(draft).logits(held_out.images), held_out.labels))
    classifier = Classifier(draft)
    card = report_card(config, dataset, keeper, finished) | {
        "parameters": model.count_params(),
        "export_difference": check_export(model, classifier, dataset.validation.images),
    }
    graded = {"validation": held_out, "test": test}
    card |= {name: grade(classifier, digits) for name, digits in graded.items() if grade and digits}
    published = publish(replace(draft, card=card), out_dir)
    if checkpoint:
        checkpoint.unlink(missing_ok=True)
    return TrainingResult(published, keeper.state.history, keeper.kept, keeper.state.seconds)


def report_card(config: TrainConfig, dataset: Dataset, keeper: Keeper, finished: Mapping[str, float]) -> dict[str, Any]:
    """What a model's card says of its training."""
    history, seconds = keeper.state.history, keeper.state.seconds
    card: dict[str, Any] = {
        "architecture": config.architecture,
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "training": {"seconds": round(seconds, 1), "best_epoch": keeper.kept, "history": history} | dict(finished),
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "train_count": len(dataset.train[: config.limit]),
            "validation_count": len(dataset.validation),
        },
        "versions": {name: importlib.metadata.version(name) for name in ("keras", "numpy", "ai-edge-litert")}
        | {"tensorflow": tf.__version__},
    }
    if dataset.new:
        card["data"]["new_count"] = dataset.new
    return card


def fit(
    model: keras.Model,
    config: TrainConfig,
    learn: Digits,
    validation: Digits,
    keeper: Keeper,
    on_epoch: Callable[[int, EpochLogs], None] | None = None,
    verbose: int = 0,
    new: int = 0,
    delivery: Delivery | None = None,
) -> None:
    """Fit, stop when validation has not improved for `patience` epochs; `keeper` has the best epoch's weights.

    Goes on after the epochs that `keeper` already has. `new` is how many of the last digits are new, see Batches.
    """
    batches = Batches(learn, config, new, delivery)
    model.compile(
        optimizer=optimizer(config, len(batches)),
        loss="categorical_crossentropy" if config.nondigits or config.delivered else "sparse_categorical_crossentropy",
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


def export_again(bundle: Bundle, out_dir: Path) -> Bundle:
    """Build the network from a bundle's weights, convert it anew, and publish it in `out_dir`; all else stays.

    Raises DamagedBundle where the new graph answers otherwise than the network, and publishes nothing then.
    """
    model = networks.build(bundle.config.architecture, bundle.config.dropout)
    put_weights(model, bundle.weights)
    fresh = replace(bundle, name=out_dir.name, graph=networks.to_litert(model))
    check_export(model, Classifier(fresh), bundle.golden.images)
    return publish(fresh, out_dir)


def put_weights(model: keras.Model, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Raises DamagedBundle where these are the weights of another network, as of one that has changed since."""
    shapes = {weight.path: tuple(weight.shape) for weight in model.weights}
    if shapes != {path: values.shape for path, values in weights.items()}:
        raise DamagedBundle(f"These weights are not those of a network {model.name!r} as this release builds it.")
    for weight in model.weights:
        weight.assign(weights[weight.path])


def limit_threads(threads: int) -> None:
    """How many cores a training may use at most. Call before anything else is asked of TensorFlow."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def draft_bundle(model: keras.Model, config: TrainConfig, name: str, golden: NDArray[np.uint8], sight: Sight) -> Bundle:
    """The trained network as a bundle, without calibration and report card yet."""
    return Bundle(
        name=name,
        graph=networks.to_litert(model),
        sight=sight,
        weights={weight.path: np.asarray(weight) for weight in model.weights},
        config=config,
        calibration=Calibration(),
        card={},
        golden=Golden(golden, networks.ending_in_logits(model).predict(as_input(golden), verbose=0)),
    )


def check_export(model: keras.Model, classifier: Classifier, images: NDArray[np.uint8]) -> float:
    """The largest difference in any probability of any image between the network and its LiteRT graph.

    Raises DamagedBundle where that is above EXPORT_TOLERANCE.
    """
    served = Calibration().probabilities(classifier.logits(images))
    difference = float(np.abs(model.predict(as_input(images), batch_size=512, verbose=0) - served).max())
    if not difference <= EXPORT_TOLERANCE:  # so that NaN fails too
        raise DamagedBundle(f"Probabilities of the exported graph differ from the network's by {difference:.3g}.")
    return difference
