"""The judge of what the networks say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class JudgeConfig:
    """What decides a training of the judge: on so many `pages`, each layer with so many hidden `units`."""

    seed: int = 71
    pages: int = 4_000  # some 40,000 marks, a hundredth of which are wrong
    units: int = 12
    epochs: int = 30
    batch_size: int = 256
    learning_rate: float = 5e-3
    decay: float = 1e-4
