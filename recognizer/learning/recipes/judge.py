"""The judge of what the networks say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class JudgeConfig:
    """What decides a training of the judge: on so many `pages`, each layer with so many hidden `units`."""

    seed: int = 71
    pages: int = 8_000  # some 80,000 marks, a hundredth of which are wrong
    # Of 12, 24, 32 and 64 units, 30 to 120 epochs and decays of 1e-4 and 1e-5, these were the most honest about 1,385
    # pages that none had seen: 0.266 nats a number, one network 0.267 to 0.272, one of 12 units and 30 epochs 0.279.
    units: int = 32
    epochs: int = 60
    members: int = 5  # networks that each of its layers is the mean of
    batch_size: int = 256
    learning_rate: float = 5e-3
    decay: float = 1e-4
