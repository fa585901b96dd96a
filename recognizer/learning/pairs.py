"""The training of the network that reads two digits that touch, on what is drawn here of MNIST's digits."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from recognizer.bundles import load
from recognizer.drawing import nondigits, touching
from recognizer.drawing.augmentation import bend, blurred, noisy, shaken, speckled
from recognizer.learning import networks
from recognizer.learning.ahead import Ahead, Batch
from recognizer.learning.mnist import Dataset, Digits
from recognizer.learning.recipes.pairs import PairConfig
from recognizer.learning.temperature import fit_temperature
from recognizer.recognising.calibration import Calibration
from recognizer.recognising.normalisation import PAIR_FRAME, normalize_pair
from recognizer.recognising.pair_network import FIRST, OUTPUTS, SECOND, TWO, PairNetwork, probabilities

GRAPH, CARD = "pairs.tflite", "pairs.json"

Images = NDArray[np.uint8]

NO_PAIR = (-1, -1)
VALIDATED = 4000  # frames
PAIRED = 0.5  # of the frames; the others are single digits, three digits, a digit and a part, and what is no digit


def build(config: PairConfig) -> keras.Model:
    """Frames [n, 28, 56, 1] in 0..1 to logits [n, 21]: the trunk's convolutions, and one hidden layer that sees where.

    Their last map [5, 12] is averaged over its rows only, for the columns tell the first digit from the second.
    """
    wide = keras.models.clone_model(networks.build(config.trunk), input_tensors=keras.Input((*PAIR_FRAME, 1)))
    x = wide.get_layer("last_relu").output
    x = layers.Flatten(name="columns")(layers.AveragePooling2D((x.shape[1], 1), name="rows")(x))
    x = layers.Dense(128, activation="relu", name="hidden")(layers.Dropout(config.dropout, name="pair_dropout")(x))
    return keras.Model(wide.inputs, layers.Dense(OUTPUTS, name="pair_output")(x), name="pairs")


def put_trunk(model: keras.Model, config: PairConfig) -> None:
    """The weights of the trunk's convolutions, as shipped."""
    for path, values in load(config.trunk).weights.items():
        for weight in model.weights:
            if weight.path == path:
                weight.assign(values)


def loss(wanted: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Cross entropies of the first digit, the second and of there being two; what is no pair wants no digits."""
    digits = sum(-tf.reduce_sum(wanted[:, one] * tf.nn.log_softmax(logits[:, one]), axis=1) for one in (FIRST, SECOND))
    return digits + tf.nn.sigmoid_cross_entropy_with_logits(wanted[:, TWO], logits[:, TWO])


def train_pairs(
    config: PairConfig,
    dataset: Dataset,
    folder: Path,
    *,
    checkpoint: Path | None = None,
    verbose: int = 0,
) -> dict[str, object]:
    """Train, and write GRAPH and CARD in `folder`; returns the card, with its scores on pairs of validation digits.

    Killed and called again with the same `checkpoint` folder it goes on after the last epoch that ended.
    """
    began = time.monotonic()
    model = fitted(config, dataset.train, checkpoint, verbose)
    graph = networks.converted(model)
    temperature, validation = examined(graph, dataset.validation, config.seed)
    card: dict[str, object] = {
        "sha256": hashlib.sha256(graph).hexdigest(),
        "training": asdict(config),
        "temperature": temperature,
        "parameters": model.count_params(),
        "seconds": round(time.monotonic() - began),
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        "validation": validation,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GRAPH).write_bytes(graph)
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n")
    return card


def fitted(config: PairConfig, digits: Digits, checkpoint: Path | None = None, verbose: int = 0) -> keras.Model:
    """A network that has learned from frames drawn of these digits."""
    keras.utils.set_random_seed(config.seed)
    model = build(config)
    put_trunk(model, config)
    steps = config.epochs * (config.frames // config.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 10, 0.01, warmup_target=config.learning_rate, warmup_steps=steps // 10
    )
    model.compile(
        keras.optimizers.Adam(
            rate, weight_decay=config.weight_decay, use_ema=bool(config.averaging), ema_momentum=config.averaging
        ),
        loss=loss,
    )
    frames = Frames(digits, config)
    callbacks: list[keras.callbacks.Callback] = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: frames.begin(epoch))
    ]
    if checkpoint:
        callbacks.append(keras.callbacks.BackupAndRestore(checkpoint, delete_checkpoint=True))
    cv2.setNumThreads(1)  # as in `train`
    model.fit(frames, epochs=config.epochs, callbacks=callbacks, shuffle=False, verbose=verbose)
    return model


def examined(graph: bytes, digits: Digits, seed: int) -> tuple[float, dict[str, float]]:
    """The graph's temperature, and how it then answers to frames drawn of digits that it has not learned from."""
    held_out, wanted = drawn(digits, VALIDATED, np.random.default_rng(seed))
    logits, pair = PairNetwork(graph, Calibration()).logits(held_out), wanted[:, TWO] > 0
    calibration = fit_temperature(
        np.concatenate([logits[pair, one] for one in (FIRST, SECOND)]),
        np.concatenate([wanted[pair, one].argmax(axis=1) for one in (FIRST, SECOND)]),
    )
    said = probabilities(logits, calibration)
    right = np.all([said[:, one].argmax(axis=1) == wanted[:, one].argmax(axis=1) for one in (FIRST, SECOND)], axis=0)
    believed = said[:, TWO] > 0.5
    return calibration.temperature, {
        "pairs": int(pair.sum()),
        "both_digits": float(right[pair].mean()),
        "both_digits_and_believed": float((right & believed)[pair].mean()),
        "no_pairs": int((~pair).sum()),
        "no_pairs_believed": float(believed[~pair].mean()),
    }


class Frames(Ahead):
    """Batches drawn anew."""

    def __init__(self, digits: Digits, config: PairConfig) -> None:
        super().__init__()
        self.digits, self.config = digits, config

    def __len__(self) -> int:
        return self.config.frames // self.config.batch_size

    def begin(self, epoch: int) -> None:
        self.epoch = epoch

    def prepare(self, epoch: int, index: int) -> Batch:
        randomness = np.random.default_rng([self.config.seed, epoch, index])
        frames, wanted = drawn(self.digits, self.config.batch_size, randomness)
        return frames[..., None].astype(np.float32) / np.float32(255), wanted


def drawn(digits: Digits, count: int, randomness: np.random.Generator) -> tuple[Images, NDArray[np.float32]]:
    """Frames uint8 [count, 28, 56], and what the network should say of each: one-hot digits, one-hot digits, 0 or 1."""
    chosen = digits[randomness.integers(len(digits), size=4 * count)]
    images = bend(chosen.images, randomness)
    frames, wanted = np.empty((count, *PAIR_FRAME), np.uint8), np.zeros((count, OUTPUTS), np.float32)
    for index in range(count):
        mine = slice(4 * index, 4 * index + 3)
        ink, labels = _written(images[mine], chosen.labels[mine], randomness)
        frames[index] = _soiled(normalize_pair(_changed(ink, randomness)), randomness)
        if labels != NO_PAIR:
            wanted[index, [labels[0], SECOND.start + labels[1], TWO]] = 1
    return frames, wanted


def _written(
    images: Images, labels: NDArray[np.integer], randomness: np.random.Generator
) -> tuple[Images, tuple[int, int]]:
    """Ink of one mark made of up to three digits [3, 28, 28], and the two that it is, or NO_PAIR."""
    if randomness.random() < PAIRED:
        left, right = touching.pair(images[0], images[1], randomness)
        return np.maximum(left, right), (int(labels[0]), int(labels[1]))
    return OTHERS[randomness.integers(len(OTHERS))](images, labels, randomness), NO_PAIR


def _single(images: Images, labels: NDArray[np.integer], randomness: np.random.Generator) -> Images:
    """One digit, drawn wider than it is."""
    return cv2.resize(images[0], (round(28 * randomness.uniform(3, 7)), 112), interpolation=cv2.INTER_CUBIC)


def _broken(images: Images, labels: NDArray[np.integer], randomness: np.random.Generator) -> Images:
    """One digit in two pieces, as a fold or a pen that skips leaves it: its halves are not digits side by side."""
    ink = _single(images, labels, randomness)
    height, width = ink.shape
    through = np.array([width, height]) * randomness.uniform(0.3, 0.7, 2)
    along = randomness.uniform(0, np.pi)
    reach = 2 * height * np.array([np.cos(along), np.sin(along)])
    start, end = (tuple(int(v) for v in through + way * reach) for way in (-1, 1))
    gap = ink.copy()
    cv2.line(gap, start, end, 0, int(randomness.integers(3, 14)))
    return gap if gap.any() else ink


def _three(images: Images, labels: NDArray[np.integer], randomness: np.random.Generator) -> Images:
    both = np.maximum(*touching.pair(images[0], images[1], randomness))
    return np.maximum(*_beside(both, images[2], randomness))


def _and_a_part(images: Images, labels: NDArray[np.integer], randomness: np.random.Generator) -> Images:
    """One or two digits and half of another, of which the half is no digit."""
    left, right = touching.pair(images[0], images[1], randomness)
    first = randomness.random() < 0.5
    part, label = (left, labels[0]) if first else (right, labels[1])
    if int(label) not in (nondigits.HALVED_RIGHT if first else nondigits.HALVED_LEFT):
        return _three(images, labels, randomness)
    columns = np.flatnonzero(part.any(axis=0))
    middle = (columns[0] + columns[-1]) // 2
    part = part.copy()
    part[:, slice(0, middle) if first else slice(middle, None)] = 0
    ink = np.maximum(part, right if first else left)
    return np.maximum(*_beside(ink, images[2], randomness)) if first and randomness.random() < 0.4 else ink


def _no_digit(images: Images, labels: NDArray[np.integer], randomness: np.random.Generator) -> Images:
    """What is no digit, alone, twice, or beside a digit."""
    others = nondigits.draw(2, images, labels, randomness)
    if randomness.random() < 0.3:
        return cv2.resize(others[0], (round(28 * randomness.uniform(3, 6)), 112), interpolation=cv2.INTER_CUBIC)
    beside = others[1] if randomness.random() < 0.5 else images[0]
    both = [others[0], beside] if randomness.random() < 0.5 else [beside, others[0]]
    left, right = touching.pair(both[0], both[1], randomness)
    return np.maximum(left, right)


OTHERS: tuple[Callable[[Images, NDArray[np.integer], np.random.Generator], Images], ...] = (
    _single, _single, _broken, _broken, _three, _and_a_part, _and_a_part, _no_digit, _no_digit, _no_digit,
)  # fmt: skip


def _beside(ink: Images, image: Images, randomness: np.random.Generator) -> tuple[Images, Images]:
    """Another digit [28, 28] at the right end of ink [h, w], each alone on the same sheet."""
    rows, columns = np.flatnonzero(image.max(axis=1) > 60), np.flatnonzero(image.max(axis=0) > 60)
    if not len(rows):
        return ink, ink
    crop = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    crop = cv2.resize(crop, (max(2, round(len(ink) * crop.shape[1] / len(crop))), len(ink)))
    start = ink.shape[1] - int(randomness.integers(0, 4))
    sheets = np.zeros((2, len(ink), start + crop.shape[1]), np.uint8)
    sheets[0, :, : ink.shape[1]] = ink[:, : sheets.shape[2]]
    sheets[1, :, start:] = crop
    return sheets[0], sheets[1]


def _changed(ink: Images, randomness: np.random.Generator) -> Images:
    """The mark leaning, stretched, in another pen, crossed by the gap that a ruled line leaves; at some size."""
    tall = randomness.uniform(24, 90)
    scale = tall / len(ink)
    lean, turn = randomness.normal(0, 0.15), np.radians(randomness.normal(0, 5))
    wide = scale * np.exp(randomness.normal(0, 0.12))
    height, width = round(1.5 * tall) + 8, round(wide * ink.shape[1] + tall) + 8
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    matrix = turned @ np.array([[wide, -lean * scale], [0, scale]])
    middle = np.array([ink.shape[1] / 2, len(ink) / 2])
    matrix = np.column_stack([matrix, np.array([width / 2, height / 2]) - matrix @ middle])
    ink = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if randomness.random() < 0.5:
        tip = int(randomness.integers(2, max(3, round(tall / 18) + 2)))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (tip, tip))
        changed = cv2.dilate(ink, kernel) if randomness.random() < 0.6 else cv2.erode(ink, kernel)
        ink = changed if np.count_nonzero(changed > 100) > tall else ink
    if randomness.random() < 0.15:
        row = int(randomness.integers(height // 5, height))
        ink[row : row + int(randomness.integers(1, max(2, round(tall / 15))))] = 0
    steep = randomness.uniform(1, 6)
    inked = np.clip((ink.astype(np.float32) - 110) * steep + 110, 0, 255).astype(np.uint8)
    inked[inked < 20] = 0
    return inked if inked.any() else ink


SOILS = (blurred, shaken, noisy, speckled)


def _soiled(frame: Images, randomness: np.random.Generator) -> Images:
    if randomness.random() > 0.15:
        return frame
    soil = SOILS[randomness.integers(len(SOILS))]
    return np.clip(soil(frame.astype(np.float32), randomness), 0, 255).astype(np.uint8)
