"""Scores into probabilities one can rely on: temperature scaling.

Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks (2017), arXiv 1706.04599.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """Divides logits by one temperature before the softmax: above 1 doubts more, below 1 less; never another digit."""

    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"A temperature must be a positive number, not {self.temperature}.")

    def log_probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Natural logarithms of `probabilities`, exact where those would round to 0."""
        scaled = np.asarray(logits, np.float64) / self.temperature
        shifted = scaled - scaled.max(axis=-1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))

    def probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Logits [n, 10] to probabilities [n, 10], each row summing to 1."""
        return np.exp(self.log_probabilities(logits))

    def negative_log_likelihood(self, logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
        """Mean of -log p(label) in nats; logits [n, 10], labels [n]."""
        return float(-self.log_probabilities(logits)[np.arange(len(labels)), labels].mean())
