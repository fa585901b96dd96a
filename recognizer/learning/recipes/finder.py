"""The network that finds what somebody wrote."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FinderConfig:
    """What decides a training of the finder. A step learns from `batch_size` pages drawn for it alone."""

    seed: int = 0
    steps: int = 12_000
    batch_size: int = 16
    learning_rate: float = 2.5e-3  # at its height; batch normalization bears it
    warm_up: int = 300  # steps
    weight_decay: float = 1e-3
    averaging: float = 0.998
    keep: int = 500  # steps from one checkpoint to the next
