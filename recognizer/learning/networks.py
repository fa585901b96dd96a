"""The network architectures, by name. A new one is one function here and one line in ARCHITECTURES.

Name every layer, the last one `output`: weights are stored under these names.

Whatever trains imports TensorFlow, and that takes seconds and half a gigabyte: nothing that reads pictures may import
this module, or one that builds on it.
"""

import tempfile
from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers

from recognizer.bundles import InvalidConfig

INPUT_SHAPE = (28, 28, 1)  # light ink on dark, 0..1
DIGITS = 10


def seed(dropout: float) -> keras.Model:
    """The small network that the project grew from: one convolution, one hidden layer, 693,962 parameters."""
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(32, 3, activation="relu", name="conv2D"),
            layers.MaxPooling2D(2, name="max_pooling"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, activation="relu", name="dense"),
            layers.Dropout(dropout, name="dropout"),
            layers.Dense(DIGITS, activation="softmax", name="output"),
        ],
        name="seed",
    )


def sapling(dropout: float) -> keras.Model:
    """A small residual network: seven convolutions, most of them where the picture is 14 or 7 wide; 8.7 million MACs.

    He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition (2015), arXiv 1512.03385; averaged over its last
    5 by 5 places instead of a hidden layer. 150,794 parameters.
    """

    def convolved(x: keras.KerasTensor, filters: int, name: str, padding: str = "same") -> keras.KerasTensor:
        x = layers.Conv2D(filters, 3, padding=padding, use_bias=False, name=name)(x)
        return layers.BatchNormalization(name=f"{name}_norm")(x)

    def block(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
        y = layers.ReLU(name=f"{name}_relu1")(convolved(x, filters, f"{name}_conv1"))
        y = layers.Add(name=f"{name}_add")([x, convolved(y, filters, f"{name}_conv2")])
        return layers.ReLU(name=f"{name}_relu2")(y)

    # Every second place only, and no normalization yet: at 28 by 28 either costs a sixth of a training's time.
    image = keras.Input(INPUT_SHAPE)
    x = layers.Conv2D(32, 5, 2, padding="same", activation="relu", name="stem")(image)
    x = block(x, 32, "wide")
    x = layers.MaxPooling2D(2, name="wide_pooling")(x)
    x = layers.ReLU(name="widening_relu")(convolved(x, 56, "widening"))
    x = block(x, 56, "narrow")
    x = layers.ReLU(name="last_relu")(convolved(x, 112, "last", padding="valid"))
    x = layers.Dropout(dropout, name="dropout")(layers.GlobalAveragePooling2D(name="average")(x))
    return keras.Model(image, layers.Dense(DIGITS, activation="softmax", name="output")(x), name="sapling")


ARCHITECTURES: dict[str, Callable[[float], keras.Model]] = {"seed": seed, "sapling": sapling}


def build(name: str, dropout: float = 0.0) -> keras.Model:
    """A fresh network: images [n, 28, 28, 1] in 0..1 to probabilities [n, 10]; its last layer is a softmax `output`.

    Raises InvalidConfig for a name that is not in ARCHITECTURES.
    """
    if name not in ARCHITECTURES:
        raise InvalidConfig(f"There is no architecture {name!r}; there are: {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name](dropout)


def ending_in_logits(network: keras.Model) -> keras.Model:
    """The same network and weights without the final softmax: calibration divides logits, not probabilities."""

    def without_softmax(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if layer.name == "output":
            config["activation"] = "linear"
        return layer.__class__.from_config(config)

    logits = keras.models.clone_model(network, clone_function=without_softmax)
    logits.set_weights(network.get_weights())
    return logits


def to_litert(network: keras.Model) -> bytes:
    """The LiteRT graph of a network: float32 [n, 28, 28, 1] in 0..1 to float32 logits [n, 10], for any n."""
    return converted(ending_in_logits(network))


def converted(model: keras.Model, shape: tuple[int | None, ...] | None = None, halved: bool = False) -> bytes:
    """The LiteRT graph of a model as it is, for input of this shape, its own where none is given: any number of images.

    `halved` keeps its weights in 16 bits.
    """
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", model.call, [keras.InputSpec(shape=shape or model.input_shape, dtype="float32")])
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if halved:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())
