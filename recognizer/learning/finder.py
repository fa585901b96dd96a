"""The network that finds what somebody wrote, and how it learns from pages that are drawn as it does.

Fully convolutional, down to cells of 32 pixels and up again to cells of 4 (Lin and others: Feature Pyramid Networks,
2017, arXiv 1612.03144). Of each cell of 4 pixels it says: is this the centre of a mark (Zhou, Wang, Krähenbühl: Objects
as Points, 2019, arXiv 1904.07850); which way is the centre of the mark that this ink belongs to (Neven and others:
Instance Segmentation by Jointly Optimizing Spatial Embeddings and Clustering Bandwidth, 2019, arXiv 1906.11109); and
which sign it is of, or none. Of each pixel it says whether anything is written or printed there.
"""

import json
import multiprocessing
import queue
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from recognizer.drawing.canvas import SIDE
from recognizer.drawing.pages import page
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.contrast import CHANNELS, channels
from recognizer.finding.network import OUTPUTS, REACH
from recognizer.learning import networks
from recognizer.learning.checkpoint import Checkpoint
from recognizer.learning.recipes.finder import FinderConfig

SYMBOLS = OUTPUTS - 3
CENTRE, WAY, SYMBOL = slice(0, 1), slice(1, 3), slice(3, OUTPUTS)  # the outputs of each cell

LOSSES = ("centres", "ways", "signs", "inks")

Weights = list[NDArray[np.floating]]
Batch = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]


def build() -> keras.Model:
    """Float32 [n, h, w, 2], sides multiples of 32, to logits [n, h/4, w/4, OUTPUTS] and ink's [n, h/2, w/2, 4]."""
    picture = layers.Input((None, None, CHANNELS))
    half = _step(picture, 16, stride=2)
    quarter = _residual(_step(half, 24, stride=2))
    eighth = _residual(_residual(_step(quarter, 64, stride=2)))
    sixteenth = _residual(_step(eighth, 96, stride=2))
    lowest = _residual(_step(sixteenth, 128, stride=2))
    up = _step(_joined(lowest, sixteenth, 96), 96)
    up = _step(_joined(up, eighth, 64), 64)
    cells = _step(_joined(up, quarter, 48), 48)
    said = [
        layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(-4.0), name="centre")(cells),
        layers.Conv2D(2, 1, name="way")(cells),
        layers.Conv2D(SYMBOLS, 1, name="symbol")(cells),
    ]
    ink = layers.Conv2D(4, 1, name="ink")(_step(_joined(cells, half, 16), 16))
    return keras.Model(picture, [layers.Concatenate(name="cells")(said), ink])


def _step(x: keras.KerasTensor, filters: int, stride: int = 1) -> keras.KerasTensor:
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def _residual(x: keras.KerasTensor) -> keras.KerasTensor:
    filters = x.shape[-1]
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(_step(x, filters))
    return layers.ReLU()(layers.Add()([x, layers.BatchNormalization()(y)]))


def _joined(coarse: keras.KerasTensor, fine: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    up = layers.UpSampling2D(2)(layers.Conv2D(filters, 1)(coarse))
    return layers.ReLU()(layers.Add()([up, layers.Conv2D(filters, 1)(fine)]))


def loss(cells: tf.Tensor, ink: tf.Tensor, wanted: tf.Tensor, symbol: tf.Tensor, inked: tf.Tensor) -> tf.Tensor:
    """The four losses of a batch, each about 1 in the beginning: centres, ways, signs, ink.

    `wanted` float32 [n, h/4, w/4, 5] is centre, way, weight and whether it is of a mark; `symbol` uint8 [n, h/4, w/4];
    `inked` as `ink`.
    """
    centre, way, weight = wanted[..., 0:1], wanted[..., 1:3], wanted[..., 3:4]
    own = wanted[..., 4:5]
    # The focal loss of CornerNet (Law, Deng, 2018, arXiv 1808.01244).
    peak = tf.cast(centre > 0.97, tf.float32)
    said = tf.sigmoid(cells[..., CENTRE])
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=peak, logits=cells[..., CENTRE])
    focus = peak * (1 - said) ** 2 + (1 - peak) * (1 - centre) ** 4 * said**2 * tf.cast(weight > 0, tf.float32)
    centres = tf.reduce_sum(focus * entropy) / (tf.reduce_sum(peak) + 8.0)
    counted = tf.reduce_sum(own * weight) + 50.0
    ways = tf.reduce_sum(own * weight * tf.abs(cells[..., WAY] - way / REACH)) / counted
    named = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.cast(symbol, tf.int32), logits=cells[..., SYMBOL])
    signs = tf.reduce_sum(named * weight[..., 0]) / counted
    share = tf.sigmoid(ink)
    overlap = (2 * tf.reduce_sum(share * inked) + 1) / (tf.reduce_sum(share) + tf.reduce_sum(inked) + 1)
    inks = 4 * tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=inked, logits=ink)) + 1 - overlap
    return tf.stack([centres, 2 * ways, signs, inks])


def batch(handwriting: Handwriting, config: FinderConfig, step: int) -> Batch:
    """The pages of one step, always the same."""
    pictures, wanted, symbols, inks = [], [], [], []
    for index in range(config.batch_size):
        grey, drawing = page(handwriting, np.random.default_rng((config.seed, step, index)))
        target = drawing.target()
        pictures.append(channels(grey))
        rest = np.stack([target.weight, target.of_a_mark], 2)
        wanted.append(np.concatenate([target.centre[..., None], target.way, rest], 2))
        symbols.append(target.symbol)
        half = SIDE // 2
        blocks = target.ink.reshape(half, 2, half, 2).transpose(0, 2, 1, 3).reshape(half, half, 4)
        inks.append(blocks.astype(np.float32))
    return np.stack(pictures), np.stack(wanted).astype(np.float32), np.stack(symbols), np.stack(inks)


def _draw(handwriting: Handwriting, config: FinderConfig, first: int, into: "multiprocessing.Queue[Batch]") -> None:
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    for step in range(first, config.steps):
        drawn = batch(handwriting, config, step)
        while parent is None or parent.is_alive():  # killed, it cannot end us
            try:
                into.put(drawn, timeout=10)
                break
            except queue.Full:
                continue
        else:
            return


def _batches(handwriting: Handwriting, config: FinderConfig, first: int) -> Iterator[Batch]:
    """The batches from a step on, drawn ahead by another process."""
    context = multiprocessing.get_context("spawn")
    drawn: multiprocessing.Queue[Batch] = context.Queue(8)
    painter = context.Process(target=_draw, args=(handwriting, config, first, drawn), daemon=True)
    painter.start()
    try:
        for _ in range(first, config.steps):
            while True:
                try:
                    yield drawn.get(timeout=60)
                    break
                except queue.Empty:
                    if not painter.is_alive():
                        raise RuntimeError("the process that draws pages ended") from None
    finally:
        painter.terminate()


def rate(config: FinderConfig, step: int) -> float:
    """The learning rate: up in `warm_up` steps, then down along half a cosine to a hundredth."""
    way = min(1.0, step / config.steps)
    return (
        config.learning_rate * min(1.0, (step + 1) / config.warm_up) * (0.5 + 0.5 * float(np.cos(np.pi * way)) + 0.01)
    )


def train_finder(
    handwriting: Handwriting, config: FinderConfig, folder: Path, start: Weights | None = None
) -> keras.Model:
    """Learn, from the weights `start` where they are given, and return the network with its averaged weights.

    A training that was killed goes on from the folder's `checkpoint.npz`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(config.seed)
    model = build()
    for weight, values in zip(model.weights, start or [], strict=bool(start)):
        weight.assign(values)
    optimizer = keras.optimizers.AdamW(config.learning_rate, weight_decay=config.weight_decay)
    optimizer.build(model.trainable_variables)
    averaged = [tf.Variable(weight, trainable=False) for weight in model.weights]
    path = folder / "checkpoint.npz"
    state = Checkpoint.load(path, _training(config))
    for variables, kept in (
        (model.weights, state.network),
        (optimizer.variables, state.optimizer),
        (averaged, state.best),
    ):
        for variable, value in zip(variables, kept, strict=bool(state.history)):
            variable.assign(value)
    first = int(state.history[-1]["step"]) if state.history else 0

    @tf.function(jit_compile=False)
    def learn(pictures: tf.Tensor, wanted: tf.Tensor, symbol: tf.Tensor, inked: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            cells, ink = model(pictures, training=True)
            losses = loss(cells, ink, wanted, symbol, inked)
            total = tf.reduce_sum(losses)
        optimizer.apply_gradients(
            zip(tape.gradient(total, model.trainable_variables), model.trainable_variables, strict=True)
        )
        return losses

    said, started, before = [], time.monotonic(), state.seconds
    for step, drawn in enumerate(_batches(handwriting, config, first), first):
        optimizer.learning_rate = rate(config, step)
        said.append(learn(*(tf.constant(one) for one in drawn)).numpy())
        keep = min(config.averaging, step / (step + 10))
        for mean, weight in zip(averaged, model.weights, strict=True):
            mean.assign(keep * mean + (1 - keep) * weight)
        if (step + 1) % config.keep == 0 or step + 1 == config.steps:
            means = [float(value) for value in np.mean(said, 0)]
            state.history.append({"step": step + 1, **dict(zip(LOSSES, means, strict=True))})
            state.seconds = before + time.monotonic() - started
            state.network, state.optimizer, state.best = (
                [np.asarray(variable) for variable in group] for group in (model.weights, optimizer.variables, averaged)
            )
            state.save(path)
            each = " ".join(f"{mean:.4f}" for mean in means)
            print(f"step {step + 1} of {config.steps}: {each}, {state.seconds:.0f} s", flush=True)
            said = []
    for mean, weight in zip(averaged, model.weights, strict=True):
        weight.assign(mean)
    return model


def as_arrays(model: keras.Model) -> dict[str, NDArray[np.floating]]:
    """The weights in their order, kernels in 16 bits: a training that goes on from them can't tell the difference."""
    values = [np.asarray(weight) for weight in model.weights]
    return {f"{number:03}": v.astype(np.float16) if v.ndim == 4 else v for number, v in enumerate(values)}


def exported(model: keras.Model) -> bytes:
    """The LiteRT graph of a finder, for one picture of any size, its weights in 16 bits: half the size."""
    return networks.converted(model, (1, None, None, CHANNELS), halved=True)


def _training(config: FinderConfig) -> str:
    """Which training a checkpoint is of. How long it is to be may be decided anew while it goes on."""
    return json.dumps({name: value for name, value in asdict(config).items() if name not in ("steps", "keep")})
