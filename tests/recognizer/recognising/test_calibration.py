import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.recognising.calibration import Calibration


@given(st.floats(0.05, 20), st.lists(st.floats(-1e4, 1e4), min_size=10, max_size=10))
def test_no_temperature_changes_the_answer_or_breaks_a_probability(temperature: float, logits: list[float]) -> None:
    (probabilities,) = Calibration(temperature).probabilities(np.array([logits]))
    assert math.isclose(probabilities.sum(), 1)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert probabilities[np.argmax(logits)] == probabilities.max()


def test_a_certain_mistake_costs_a_finite_number() -> None:
    assert Calibration().negative_log_likelihood(np.array([[5000.0] + [0] * 9]), np.array([1])) == 5000


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_no_positive_number_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="positive number"):
        Calibration(temperature)
