"""Scores into probabilities one can rely on: temperature scaling.

Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks (2017), arXiv 1706.04599.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15  # the number of bins of the paper, so that figures compare
LOG_TEMPERATURE_RANGE = (-3.0, 3.0)  # 0.05 to 20; trained networks lie between 0.5 and 5


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


def negative_log_likelihood(
    calibration: Calibration, logits: NDArray[np.floating], labels: NDArray[np.integer]
) -> float:
    """Mean of -log p(label) in nats; logits [n, 10], labels [n]."""
    return float(-calibration.log_probabilities(logits)[np.arange(len(labels)), labels].mean())


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> Calibration:
    """The temperature with the least negative log-likelihood on held-out digits; logits [n, 10], labels [n].

    Golden-section search: the likelihood has one valley in the temperature, and one dimension needs no gradient.
    """
    if not len(labels):
        return Calibration()

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(Calibration(math.exp(log_temperature)), logits, labels)

    shrink = (math.sqrt(5) - 1) / 2
    low, high = LOG_TEMPERATURE_RANGE
    while high - low > 1e-4:
        left, right = high - shrink * (high - low), low + shrink * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return Calibration(math.exp((low + high) / 2))


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers whose confidence lies in (low, high]: how many, how sure on average, and how often right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(confidence: NDArray[np.floating], right: NDArray[np.bool_], bins: int = BINS) -> list[ReliabilityBin]:
    """Equal-width bins over 0..1, empty ones left out; confidence [n] in 0..1, right [n]."""
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return [
        ReliabilityBin(
            low=i / bins,
            high=(i + 1) / bins,
            count=int(inside.sum()),
            confidence=float(confidence[inside].mean()),
            accuracy=float(right[inside].mean()),
        )
        for i in range(bins)
        if (inside := place == i).any()
    ]


def expected_calibration_error(confidence: NDArray[np.floating], right: NDArray[np.bool_], bins: int = BINS) -> float:
    """Mean distance between how sure and how often right, over equal-width bins weighted by their counts; 0 is best."""
    if not len(confidence):
        return 0.0
    return sum(
        bin_.count * abs(bin_.confidence - bin_.accuracy) for bin_ in reliability(confidence, right, bins)
    ) / len(confidence)
