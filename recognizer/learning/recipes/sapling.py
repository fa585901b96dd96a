"""The network that ships, from its beginning: digits as pens, paper and cameras leave them, and what is no digit."""

from recognizer.bundles import TrainConfig

RECIPE = TrainConfig(
    architecture="sapling",
    # Its weights are averaged and its loss grows as it learns doubt, so it is trained to its end and never stopped.
    epochs=30,
    patience=30,
    averaging=0.999,  # about the last eighth of an epoch and its like
    learning_rate=3e-3,  # three times the seed's: batch normalization bears it, and 30 epochs are few
    warm_up=0.06,  # of the steps: at once that rate diverges
    weight_decay=0.02,
    dropout=0.1,
    roughen=True,
    nondigits=0.16,  # a non-digit to six digits: with more, clean digits were lost
    gentle_epochs=6,  # most digits that are read are clean: the last fifth sees half of them so
)
