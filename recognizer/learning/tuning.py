"""What people corrected, taught to a network that reads digits, old ones rehearsed so that it forgets none of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import Bundle, TrainConfig
from recognizer.learning.batches import as_input
from recognizer.learning.keeper import EpochLogs
from recognizer.learning.lessons import Lesson, as_digits
from recognizer.learning.mnist import Dataset, Digits
from recognizer.learning.recipes.tuning import Tuning
from recognizer.learning.training import Grade, TrainingResult, put_weights, train

TUNING = Tuning()


def teach(
    origin: Bundle,
    config: TrainConfig,
    lessons: Sequence[Lesson],
    mnist: Dataset,
    out_dir: Path,
    *,
    from_scratch: bool = False,
    on_epoch: Callable[[int, EpochLogs], None] | None = None,
    checkpoint: Path | None = None,
    tuning: Tuning = TUNING,
    grade: Grade | None = None,
) -> TrainingResult:
    """Train `origin`'s network on these lessons and MNIST's training part, and publish it in the folder `out_dir`.

    MNIST's validation part sets the temperature only, since a gate judges by it. Killed and called again with the same
    arguments, it goes on after the last epoch that ended.
    Raises DamagedBundle where the weights do not fit their network or the export is wrong.
    """
    aside, old = set_aside(mnist.train, config.seed, tuning.old_to_mix_by)
    dataset = rehearsed(mnist.name, aside[: tuning.old_to_stop_by], old, lessons, tuning.stop_by)
    if from_scratch:
        dataset = replace(dataset, new=0)

    def mix(model: keras.Model) -> dict[str, float]:
        return {"mix": mixed(model, origin.weights, aside, tuning)}

    return train(
        config,
        dataset,
        out_dir,
        on_epoch=on_epoch,
        checkpoint=checkpoint,
        start=None if from_scratch else origin.weights,
        calibrate_on=mnist.validation,
        finish=None if from_scratch else mix,
        grade=grade,
        sight=origin.sight,
    )


def set_aside(digits: Digits, seed: int, most: int) -> tuple[Digits, Digits]:
    """Some old digits not to be rehearsed, and the others."""
    order = np.random.default_rng([seed, 28]).permutation(len(digits))
    kept = min(most, len(order) // 5)
    return digits[order[:kept]], digits[order[kept:]]


def mixed(model: keras.Model, before: Mapping[str, NDArray[np.float32]], old: Digits, tuning: Tuning = TUNING) -> float:
    """Go back from the tuned weights towards those from before as far as needed; returns the tuned ones' share.

    The way between both loses little of what is new and most of what was forgotten. Wortsman and others: Robust
    fine-tuning of zero-shot models (2021), arXiv 2109.01903.
    """
    tuned = {weight.path: np.asarray(weight) for weight in model.weights}

    def loss(share: float) -> float:
        put_weights(model, {path: share * values + (1 - share) * before[path] for path, values in tuned.items()})
        # Slice by slice: `predict` prepares longer than it computes.
        slices = [old[start : start + 500] for start in range(0, len(old), 500)]
        return float(sum(cross_entropy(model.predict_on_batch(as_input(s.images)), s.labels) for s in slices))

    allowed = loss(0.0) * (1 + tuning.forgotten)
    for share in tuning.mixes:
        if loss(share) <= allowed:
            break
    return share


def cross_entropy(probabilities: NDArray[np.floating], labels: NDArray[np.uint8]) -> float:
    """Of n answers [n, 10], summed."""
    right = np.asarray(probabilities, np.float64)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(right, 1e-9)).sum())


def rehearsed(
    name: str, old_choose: Digits, old: Digits, lessons: Sequence[Lesson], stop_by: float = TUNING.stop_by
) -> Dataset:
    """Old digits with the lessons' after them; to stop by, as many of either, of pictures not learned from."""
    ordered = sorted(lessons, key=lambda lesson: lesson.picture)
    aside = round(stop_by * len(ordered))
    choose, learn = as_digits(ordered[:aside]), as_digits(ordered[aside:])
    often = max(1, len(old_choose) // len(choose)) if len(choose) else 0
    return Dataset(
        f"{name} and {len(lessons)} answered pictures",
        joined(old, learn),
        joined(old_choose, *[choose] * often),
        new=len(learn),
    )


def joined(*parts: Digits) -> Digits:
    return Digits(np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts]))
