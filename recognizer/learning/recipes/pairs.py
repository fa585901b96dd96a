"""The network for two digits that touch."""

from dataclasses import dataclass

from recognizer.bundles import DEFAULT_MODEL


@dataclass(frozen=True)
class PairConfig:
    """What decides a training of the network for pairs. `trunk` is the shipped model whose convolutions it begins with.

    An epoch has so many `frames`, drawn anew.
    """

    trunk: str = DEFAULT_MODEL
    seed: int = 0
    epochs: int = 20  # from 8: what is no pair but was taken for one 7.8 to 5.5 %
    frames: int = 32_768
    batch_size: int = 128
    learning_rate: float = 1e-3  # Adam's own
    weight_decay: float = 0.01
    averaging: float = 0.998
    dropout: float = 0.2
