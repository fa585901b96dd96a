"""A challenger beside the champion: on every suite, every digit, the site's held-out pictures; and where they differ.

Both answer through their LiteRT graphs, as they would serve.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import Bundle, Classifier
from recognizer.exams.gate import Comparison, Margins, Right, Verdict, compare, judge, weights_by_mistakes
from recognizer.exams.metrics import confusion_matrix
from recognizer.exams.numbers import Number
from recognizer.exams.suites import FrozenSuites, numbers_right
from recognizer.files import strip_png
from recognizer.learning.lessons import Lesson, as_digits
from recognizer.learning.mnist import Digits
from recognizer.page import Picture
from recognizer.reader import Reader

MOST_SHOWN = 40

Answers = NDArray[np.integer]


@dataclass(frozen=True)
class Examination:
    verdict: Verdict
    report: dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """The champion's and the challenger's answers [n] to the same digits."""

    digits: Digits
    champion: Answers
    challenger: Answers

    @property
    def right(self) -> tuple[Right, Right]:
        return self.champion == self.digits.labels, self.challenger == self.digits.labels

    def compared(self, name: str) -> Comparison:
        return compare(name, *self.right)

    def confusions(self) -> dict[str, Any]:
        labels = self.digits.labels
        return {
            "champion": confusion_matrix(labels, self.champion).tolist(),
            "challenger": confusion_matrix(labels, self.challenger).tolist(),
        }

    def differences(self) -> list[dict[str, Any]]:
        """Those answered differently, what the champion had right first: a challenger's new mistakes matter most."""
        differ = np.flatnonzero(self.champion != self.challenger)
        differ = differ[np.argsort(self.champion[differ] != self.digits.labels[differ], kind="stable")]
        return [
            {
                "glyph": "data:image/png;base64," + base64.b64encode(strip_png([self.digits.images[i]])).decode(),
                "label": int(self.digits.labels[i]),
                "champion": int(self.champion[i]),
                "challenger": int(self.challenger[i]),
            }
            for i in differ[:MOST_SHOWN]
        ]


def examine(
    champion: Bundle,
    challenger: Bundle,
    suites: FrozenSuites,
    held_out: Sequence[Lesson],
    share_of_mistakes: float | None = None,
    margins: Margins | None = None,
) -> Examination:
    """`share_of_mistakes` is the champion's on all pictures, where it is known: the held-out ones are weighed by it."""
    margins = margins or Margins()
    old, new = Classifier(champion), Classifier(challenger)

    def answered(digits: Digits) -> Pair:
        return Pair(digits, *(model.logits(digits.images).argmax(axis=1) for model in (old, new)))

    clean, corrupted, own = answered(suites.clean), answered(suites.corrupted), answered(as_digits(held_out))
    compared = {
        "clean": clean.compared("clean"),
        "corruptions": corrupted.compared("corruptions"),
        "numbers": numbers_compared(champion, challenger, suites.numbers),
    }
    digits = [digit_compared(clean, digit) for digit in range(10)]
    ours = held_out_compared(own, held_out, share_of_mistakes)
    report = {
        "suites": [one.as_json() for one in compared.values()],
        "held_out": ours.as_json() | {"weighed_by": share_of_mistakes},
        "digits": [digit.as_json() for digit in digits],
        "confusion": {"clean": clean.confusions(), "held_out": own.confusions()},
        "differences": {
            "held_out": own.differences(),
            "clean": clean.differences(),
            "corruptions": corrupted.differences(),
        },
        "suites_fingerprint": suites.fingerprint,
    }
    return Examination(judge(ours, compared, digits, margins), report)


def numbers_compared(champion: Bundle, challenger: Bundle, numbers: Sequence[Number]) -> Comparison:
    """From picture to text. Marks are found once, for both models."""
    old, new = Reader(champion), Reader(challenger)
    prepared = [old.prepare(Picture.drawn(number.picture)) for number in numbers]
    right = [numbers_right([reading.text for reading in one.answer(prepared)], numbers) for one in (old, new)]
    return compare("numbers", right[0], right[1])


def digit_compared(clean: Pair, digit: int) -> Comparison:
    mine = clean.digits.labels == digit
    champion, challenger = clean.right
    return compare("digit", champion[mine], challenger[mine], digit=digit)


def held_out_compared(own: Pair, held_out: Sequence[Lesson], share_of_mistakes: float | None) -> Comparison:
    """Picture by picture: a number is right when each of its digits is."""
    lengths = [len(lesson.said) for lesson in held_out]
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(int) if lengths else np.zeros(0, int)
    champion, challenger = (np.logical_and.reduceat(right, starts) if lengths else right for right in own.right)
    weights = weights_by_mistakes(champion, share_of_mistakes) if share_of_mistakes is not None else None
    return compare("held_out", champion, challenger, weights)
