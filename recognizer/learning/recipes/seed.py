"""The small network that the project grew from, trained as it was: MNIST's digits, a little distorted."""

from recognizer.bundles import TrainConfig

RECIPE = TrainConfig(
    architecture="seed",
    epochs=20,  # validation stops it before
    patience=5,
    batch_size=128,
    learning_rate=1e-3,  # Adam's own
    dropout=0.3,
    # As much as an even hand varies; more cost clean digits.
    shift=1.5,
    rotation=10.0,
    scale=0.1,
)
