"""How a network's calibration is found."""

import math

import numpy as np
from numpy.typing import NDArray

from recognizer.recognising.calibration import Calibration

LOG_TEMPERATURE_RANGE = (-3.0, 3.0)  # 0.05 to 20; trained networks lie between 0.5 and 5


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> Calibration:
    """The temperature with the least negative log-likelihood on held-out digits; logits [n, 10], labels [n].

    Golden-section search: the likelihood has one valley in the temperature, and one dimension needs no gradient.
    """
    if not len(labels):
        return Calibration()

    def loss(log_temperature: float) -> float:
        return Calibration(math.exp(log_temperature)).negative_log_likelihood(logits, labels)

    shrink = (math.sqrt(5) - 1) / 2
    low, high = LOG_TEMPERATURE_RANGE
    while high - low > 1e-4:
        left, right = high - shrink * (high - low), low + shrink * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return Calibration(math.exp((low + high) / 2))
