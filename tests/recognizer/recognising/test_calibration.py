import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.recognising.calibration import (
    Calibration,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
)


def overconfident(temperature: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are `temperature` times as large as the labels, drawn from them, deserve."""
    randomness = np.random.default_rng(7)
    honest = randomness.normal(0, 2, (count, 10))
    labels = (Calibration().probabilities(honest).cumsum(axis=1) > randomness.random((count, 1))).argmax(axis=1)
    return honest * temperature, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_fit_finds_the_temperature_that_was_applied(temperature: float) -> None:
    assert fit_temperature(*overconfident(temperature)).temperature == pytest.approx(temperature, rel=0.03)


def test_calibration_brings_the_error_of_an_overconfident_network_near_nought() -> None:
    logits, labels = overconfident(3.0)

    def error(calibration: Calibration) -> float:
        probabilities = calibration.probabilities(logits)
        return expected_calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)

    assert error(Calibration()) > 0.1
    assert error(fit_temperature(logits, labels)) < 0.01


@given(st.floats(0.05, 20), st.lists(st.floats(-1e4, 1e4), min_size=10, max_size=10))
def test_no_temperature_changes_the_answer_or_breaks_a_probability(temperature: float, logits: list[float]) -> None:
    (probabilities,) = Calibration(temperature).probabilities(np.array([logits]))
    assert math.isclose(probabilities.sum(), 1)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert probabilities[np.argmax(logits)] == probabilities.max()


def test_a_certain_mistake_costs_a_finite_number() -> None:
    assert negative_log_likelihood(Calibration(), np.array([[5000.0] + [0] * 9]), np.array([1])) == 5000


def test_the_error_is_the_weighted_gap_between_sure_and_right() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False, True, False])
    assert expected_calibration_error(confidence, right) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)


def test_every_confidence_has_a_bin_the_ends_of_the_range_included() -> None:
    bins = reliability(np.array([0.0, 1 / 15, 0.5, 1.0]), np.array([False, True, True, True]))
    assert [(bin_.high, bin_.count) for bin_ in bins] == [(1 / 15, 2), (8 / 15, 1), (1.0, 1)]


def test_with_nothing_to_fit_on_the_logits_stay_as_they_are() -> None:
    assert fit_temperature(np.empty((0, 10)), np.empty(0, int)) == Calibration(1.0)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_no_positive_number_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="positive number"):
        Calibration(temperature)
