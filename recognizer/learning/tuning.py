"""What people corrected, taught to a network that reads digits, old ones rehearsed so that it forgets none of them.

With training.py and network.py the part that needs TensorFlow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from recognizer.bundles.artifacts import Artifact
from recognizer.learning.lessons import Lesson, as_digits
from recognizer.learning.mnist import Dataset, Digits
from recognizer.learning.recipes import RECIPES, TrainConfig
from recognizer.learning.training import EpochLogs, TrainingResult, as_input, put_weights, train

# Old digits per new one in each epoch.
REHEARSAL = 6
# The height of the learning rate as a share of the recipe's own, and for how many epochs at most.
GENTLE, EPOCHS, PATIENCE = 0.1, 8, 3
# Old digits that are set aside: to stop by, and all of them to mix by.
OLD_TO_STOP_BY, OLD_TO_MIX_BY = 1000, 5000
# Shares of the tuned weights in the mix with those from before, and by how much the loss on the old digits may grow.
# Their mistakes are too few to steer by: where 5,000 had none more, MNIST's test digits had 15 of 10,000 more. The
# network had learned from these, so their loss grows first: with 300 lessons of outlined digits and 150 of slashed ones
# the loss on unseen ones, 5,000 validation digits, began to grow where that on these had by 3 to 10 %.
MIXES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
FORGOTTEN = 0.05
# The share of lessons to stop by: those whose hash is least, whole pictures.
STOP_BY = 0.15


def tuning_config(origin: TrainConfig, seed: int) -> TrainConfig:
    """The network's own recipe, gentler and shorter."""
    return replace(
        origin,
        seed=seed,
        epochs=EPOCHS,
        patience=PATIENCE,
        learning_rate=GENTLE * RECIPES.get(origin.architecture, origin).learning_rate,
        warm_up=0.1,
        gentle_epochs=0,
        averaging=0.98 if origin.averaging else 0.0,
        limit=None,
        rehearsal=REHEARSAL,
    )


def scratch_config(origin: TrainConfig, seed: int) -> TrainConfig:
    """The recipe of the same architecture from its beginning."""
    return replace(RECIPES.get(origin.architecture, origin), seed=seed)


def teach(
    origin: Artifact,
    config: TrainConfig,
    lessons: Sequence[Lesson],
    mnist: Dataset,
    out_dir: Path,
    *,
    from_scratch: bool = False,
    on_epoch: Callable[[int, EpochLogs], None] | None = None,
    checkpoint: Path | None = None,
) -> TrainingResult:
    """Train `origin`'s network on these lessons and MNIST's training part, and publish it in the folder `out_dir`.

    MNIST's validation part sets the temperature only, since a gate judges by it. Killed and called again with the same
    arguments, it goes on after the last epoch that ended.
    Raises DamagedArtifact where the weights do not fit their network or the export is wrong.
    """
    aside, old = set_aside(mnist.train, config.seed)
    dataset = rehearsed(mnist.name, aside[:OLD_TO_STOP_BY], old, lessons)
    if from_scratch:
        dataset = replace(dataset, new=0)

    def mix(model: keras.Model) -> dict[str, float]:
        return {"mix": mixed(model, origin.weights, aside)}

    return train(
        config,
        dataset,
        out_dir,
        on_epoch=on_epoch,
        checkpoint=checkpoint,
        start=None if from_scratch else origin.weights,
        calibrate_on=mnist.validation,
        finish=None if from_scratch else mix,
    )


def set_aside(digits: Digits, seed: int) -> tuple[Digits, Digits]:
    """Some old digits not to be rehearsed, and the others."""
    order = np.random.default_rng([seed, 28]).permutation(len(digits))
    kept = min(OLD_TO_MIX_BY, len(order) // 5)
    return digits[order[:kept]], digits[order[kept:]]


def mixed(model: keras.Model, before: Mapping[str, NDArray[np.float32]], old: Digits) -> float:
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

    allowed = loss(0.0) * (1 + FORGOTTEN)
    for share in MIXES:
        if loss(share) <= allowed:
            break
    return share


def cross_entropy(probabilities: NDArray[np.floating], labels: NDArray[np.uint8]) -> float:
    """Of n answers [n, 10], summed."""
    right = np.asarray(probabilities, np.float64)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(right, 1e-9)).sum())


def rehearsed(name: str, old_choose: Digits, old: Digits, lessons: Sequence[Lesson]) -> Dataset:
    """Old digits with the lessons' after them; to stop by, as many of either, of pictures not learned from."""
    ordered = sorted(lessons, key=lambda lesson: lesson.picture)
    aside = round(STOP_BY * len(ordered))
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
