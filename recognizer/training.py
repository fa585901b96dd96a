"""One training, from digits and a config to a published model."""

import importlib.metadata
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from recognizer import network
from recognizer.artifacts import Artifact, Classifier, DamagedArtifact, Golden, publish
from recognizer.calibration import Calibration, fit_temperature
from recognizer.config import TrainConfig
from recognizer.dataset import Dataset, Digits
from recognizer.evaluation import evaluate

GOLDEN_COUNT = 32
# How far a LiteRT answer may lie from Keras' for the same digit. Probabilities, because logits grow with training.
EXPORT_TOLERANCE = 1e-5

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
    verbose: int = 0,
) -> TrainingResult:
    """Train from scratch and publish the model in the folder `out_dir`.

    Every choice (when to stop, which epoch to keep, the temperature) is made on `dataset.validation`; `test` is scored
    once, at the end, for the report card. The same config and data give the same weights on the same machine.
    `on_epoch` is called with the epoch's number (from 1) and its figures. `verbose` is Keras': 1 shows a progress bar.
    Raises InvalidConfig, and DamagedArtifact where the exported graph answers otherwise than the network.
    """
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    learn = dataset.train[: config.limit]
    model = network.build(config.architecture, config.dropout)
    started = time.monotonic()
    history = fit(model, config, learn, dataset.validation, on_epoch, verbose)
    seconds = time.monotonic() - started

    draft = draft_artifact(model, config, out_dir.name, learn.images[:GOLDEN_COUNT])
    logits = Classifier(draft).logits(dataset.validation.images)
    draft = replace(draft, calibration=fit_temperature(logits, dataset.validation.labels))
    classifier = Classifier(draft)
    best_epoch = min(range(len(history)), key=lambda epoch: history[epoch]["val_loss"]) + 1
    card = {
        "architecture": config.architecture,
        "parameters": model.count_params(),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "training": {"seconds": round(seconds, 1), "best_epoch": best_epoch, "history": history},
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "train_count": len(learn),
            "validation_count": len(dataset.validation),
        },
        "export_difference": check_export(model, classifier, dataset.validation.images),
        "validation": evaluate(classifier, dataset.validation).as_json(),
        "versions": {name: importlib.metadata.version(name) for name in ("keras", "numpy", "ai-edge-litert")}
        | {"tensorflow": tf.__version__},
    }
    if test:
        card["test"] = evaluate(classifier, test).as_json()
    return TrainingResult(publish(replace(draft, card=card), out_dir), history, best_epoch, seconds)


def fit(
    model: keras.Model,
    config: TrainConfig,
    learn: Digits,
    validation: Digits,
    on_epoch: Callable[[int, EpochLogs], None] | None = None,
    verbose: int = 0,
) -> list[EpochLogs]:
    """Fit in place, stop when validation has not improved for `patience` epochs, and keep the best epoch's weights."""
    batches = Batches(learn, config)
    rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * len(batches), alpha=0.01)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    callbacks = [keras.callbacks.EarlyStopping("val_loss", patience=config.patience, restore_best_weights=True)]
    if on_epoch:
        callbacks.append(keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: on_epoch(epoch + 1, logs)))
    figures = model.fit(
        batches,
        epochs=config.epochs,
        validation_data=(as_input(validation.images), validation.labels),
        validation_batch_size=512,
        callbacks=callbacks,
        verbose=verbose,
    ).history
    return [{name: float(values[epoch]) for name, values in figures.items()} for epoch in range(len(figures["loss"]))]


class Batches(keras.utils.PyDataset):
    """Shuffled, distorted batches; every epoch covers every digit once, the last short batch included."""

    def __init__(self, digits: Digits, config: TrainConfig) -> None:
        super().__init__()
        self.digits, self.config, self.epoch = digits, config, 0
        self.on_epoch_begin()

    def __len__(self) -> int:
        return -(-len(self.digits) // self.config.batch_size)

    def on_epoch_begin(self) -> None:
        self.epoch += 1
        self.order = np.random.default_rng([self.config.seed, self.epoch]).permutation(len(self.digits))

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        chosen = self.digits[self.order[index * self.config.batch_size : (index + 1) * self.config.batch_size]]
        randomness = np.random.default_rng([self.config.seed, self.epoch, index])
        return as_input(distort(chosen.images, self.config, randomness)), chosen.labels


def as_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 [n, 28, 28] to the float32 [n, 28, 28, 1] in 0..1 that the networks take."""
    return images[..., None].astype(np.float32) / np.float32(255)


def export_again(artifact: Artifact, out_dir: Path) -> Artifact:
    """Build the network from an artifact's weights, convert it anew, and publish it in `out_dir`; all else stays.

    Raises DamagedArtifact where the new graph answers otherwise than the network, and publishes nothing then.
    """
    model = network.build(artifact.config.architecture, artifact.config.dropout)
    for weight in model.weights:
        weight.assign(artifact.weights[weight.path])
    fresh = replace(artifact, name=out_dir.name, graph=network.to_litert(model))
    check_export(model, Classifier(fresh), artifact.golden.images)
    return publish(fresh, out_dir)


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
