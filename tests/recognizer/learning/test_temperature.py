import numpy as np
import pytest

from recognizer.exams.metrics import expected_calibration_error
from recognizer.learning.temperature import fit_temperature
from recognizer.recognising.calibration import Calibration


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


def test_with_nothing_to_fit_on_the_logits_stay_as_they_are() -> None:
    assert fit_temperature(np.empty((0, 10)), np.empty(0, int)) == Calibration(1.0)
