"""Every metric, on every example, in one report. Numbers only: it needs logits and labels, no network."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import Classifier
from recognizer.learning.mnist import Digits
from recognizer.recognising.calibration import Calibration

Z_95 = 1.959964  # standard normal quantile of a two-sided 95 % interval
BINS = 15  # the number of bins of the paper, so that figures compare


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers whose confidence lies in (low, high]: how many, how sure on average, and how often right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class DigitScore:
    """One digit's share of right answers among the answers that name it, and among the examples that are it.

    None where there is nothing to divide by.
    """

    digit: int
    count: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Report:
    """Scores over `count` examples. `confusion[i][j]`: how many examples of digit i were answered j.

    `nll` in nats; `ece` after calibration, `ece_uncalibrated` before; `coverage_99` the largest share of examples that
    can be accepted, most confident first, with at least 99 % of them right.
    """

    count: int
    correct: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    nll: float
    ece: float
    ece_uncalibrated: float
    coverage_99: float
    confusion: list[list[int]]
    per_digit: list[DigitScore]
    reliability: list[ReliabilityBin]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(classifier: Classifier, digits: Digits) -> Report:
    """Score a model, with its own calibration, on all of `digits`."""
    return score(classifier.logits(digits.images), digits.labels, classifier.bundle.calibration)


def score(logits: NDArray[np.floating], labels: NDArray[np.integer], calibration: Calibration) -> Report:
    """Logits [n, 10] against labels [n], n at least 1."""
    if not len(labels):
        raise ValueError("There is nothing to score: no examples.")
    probabilities = calibration.probabilities(logits)
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    right = answers == labels
    correct = int(right.sum())
    low, high = wilson_interval(correct, len(labels))
    confusion = confusion_matrix(labels, answers)
    return Report(
        count=len(labels),
        correct=correct,
        accuracy=correct / len(labels),
        accuracy_low=low,
        accuracy_high=high,
        nll=calibration.negative_log_likelihood(logits, labels),
        ece=expected_calibration_error(confidence, right),
        ece_uncalibrated=expected_calibration_error(Calibration().probabilities(logits).max(axis=1), right),
        coverage_99=coverage_at_precision(confidence, right, 0.99),
        confusion=confusion.tolist(),
        per_digit=score_digits(confusion),
        reliability=reliability(confidence, right),
    )


def describe(report: Report) -> str:
    """The report for a person: a few lines of scores, then the confusion matrix."""
    scores = (
        ("right", f"{report.correct:,} of {report.count:,}"),
        ("accuracy", f"{report.accuracy:.2%} (95 % interval {report.accuracy_low:.2%} to {report.accuracy_high:.2%})"),
        ("calibration error", f"{report.ece:.2%} (uncalibrated {report.ece_uncalibrated:.2%})"),
        ("log-likelihood loss", f"{report.nll:.4f}"),
        ("coverage at 99 %", f"{report.coverage_99:.2%}"),
    )
    lines = [f"{name:<20} {value}" for name, value in scores]
    lines += ["", "digit " + "".join(f"{digit:>6}" for digit in range(10)) + "  recall  precision"]
    for row, digit in zip(report.confusion, report.per_digit, strict=True):
        shares = (f"{share:.2%}" if share is not None else "-" for share in (digit.recall, digit.precision))
        lines.append(f"{digit.digit:>5} " + "".join(f"{count:>6}" for count in row) + "  {:>6}  {:>9}".format(*shares))
    return "\n".join(lines)


def confusion_matrix(labels: NDArray[np.integer], answers: NDArray[np.integer]) -> NDArray[np.int64]:
    """Counts [10, 10]: row the true digit, column the answer."""
    counts = np.zeros((10, 10), np.int64)
    np.add.at(counts, (labels, answers), 1)
    return counts


def score_digits(confusion: NDArray[np.int64]) -> list[DigitScore]:
    answered, counts = confusion.sum(axis=0), confusion.sum(axis=1)
    return [
        DigitScore(
            digit=digit,
            count=int(counts[digit]),
            precision=float(confusion[digit, digit] / answered[digit]) if answered[digit] else None,
            recall=float(confusion[digit, digit] / counts[digit]) if counts[digit] else None,
        )
        for digit in range(10)
    ]


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


def coverage_at_precision(confidence: NDArray[np.floating], right: NDArray[np.bool_], precision: float) -> float:
    """The largest share of answers, most confident first, of which at least `precision` are right.

    Answers of equal confidence are accepted together or not at all: no threshold could tell them apart.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    precise = np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= precision
    last_of_its_confidence = np.append(ranked[1:] != ranked[:-1], True)
    accepted = np.flatnonzero(precise & last_of_its_confidence)
    return float(accepted[-1] + 1) / len(order) if len(accepted) else 0.0


def precision_level(confidence: NDArray[np.floating], right: NDArray[np.bool_], precision: float) -> float:
    """The least confidence such that at least `precision` of the answers that are as sure are right; 1 if none is."""
    order = np.argsort(-confidence, kind="stable")
    accepted = round(coverage_at_precision(confidence, right, precision) * len(order))
    return float(confidence[order][accepted - 1]) if accepted else 1.0


def wilson_interval(correct: int, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927), which stays within 0..1 and holds near both ends."""
    share = correct / count
    spread = Z_95 * math.sqrt(share * (1 - share) / count + Z_95**2 / (4 * count**2))
    centre, scale = share + Z_95**2 / (2 * count), 1 + Z_95**2 / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
