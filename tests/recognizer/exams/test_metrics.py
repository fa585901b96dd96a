import json

import numpy as np
import pytest

from recognizer.exams import metrics
from recognizer.recognising.calibration import Calibration


def logits_for(answers: list[int], sureness: float = 5.0) -> np.ndarray:
    return np.eye(10)[answers] * sureness


def test_one_report_counts_every_example_and_every_confusion() -> None:
    labels = np.array([0, 1, 2, 2, 9])
    report = metrics.score(logits_for([0, 1, 2, 7, 4]), labels, Calibration())
    assert (report.count, report.correct, report.accuracy) == (5, 3, 0.6)
    assert np.sum(report.confusion) == 5
    assert (report.confusion[2][7], report.confusion[9][4]) == (1, 1)


def test_precision_and_recall_are_per_digit_and_absent_where_nothing_divides() -> None:
    report = metrics.score(logits_for([2, 2, 7]), np.array([2, 7, 7]), Calibration())
    two, seven, eight = (report.per_digit[digit] for digit in (2, 7, 8))
    assert (two.precision, two.recall) == (0.5, 1.0)
    assert (seven.precision, seven.recall) == (1.0, 0.5)
    assert (eight.count, eight.precision, eight.recall) == (0, None, None)


def test_coverage_is_the_most_that_can_be_accepted_at_the_precision() -> None:
    confidence = np.linspace(1, 0.5, 200)
    right = np.ones(200, bool)
    right[[100, 150, 160]] = False
    # 1 wrong in 150 is precise enough, 2 wrong need 200, and there are 3 by then.
    assert metrics.coverage_at_precision(confidence, right, 0.99) == 150 / 200


def test_coverage_cannot_split_answers_of_equal_confidence() -> None:
    assert metrics.coverage_at_precision(np.full(4, 0.9), np.array([True, True, True, False]), 0.99) == 0


def test_wilson_s_interval_gives_published_values() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20.
    for correct, count, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)]:
        assert metrics.wilson_interval(correct, count) == pytest.approx((low, high), abs=5e-5)


def test_the_calibration_changes_the_loss_but_not_the_answers() -> None:
    logits, labels = logits_for([1, 1, 3], sureness=8), np.array([1, 1, 4])
    sure, doubtful = (metrics.score(logits, labels, Calibration(t)) for t in (1, 4))
    assert sure.confusion == doubtful.confusion
    assert doubtful.nll < sure.nll
    assert doubtful.ece < doubtful.ece_uncalibrated == sure.ece


def test_a_report_is_plain_json_and_reads_as_text() -> None:
    report = metrics.score(logits_for([1, 2]), np.array([1, 3]), Calibration())
    assert json.loads(json.dumps(report.as_json()))["accuracy"] == 0.5
    assert "1 of 2" in metrics.describe(report)


def test_no_examples_are_an_error_and_not_a_perfect_score() -> None:
    with pytest.raises(ValueError, match="nothing to score"):
        metrics.score(np.empty((0, 10)), np.empty(0, int), Calibration())


def test_the_calibration_error_is_the_weighted_gap_between_sure_and_right() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False, True, False])
    assert metrics.expected_calibration_error(confidence, right) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)


def test_every_confidence_has_a_bin_the_ends_of_the_range_included() -> None:
    bins = metrics.reliability(np.array([0.0, 1 / 15, 0.5, 1.0]), np.array([False, True, True, True]))
    assert [(bin_.high, bin_.count) for bin_ in bins] == [(1 / 15, 2), (8 / 15, 1), (1.0, 1)]
