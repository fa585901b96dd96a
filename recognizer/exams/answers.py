"""What a model answers on a few drawn pages, kept on its card: an answer that changes asks for a new seal.

A bundle's checksum says what read only as long as the code that finds and judges answers the same. So a test holds the
shipped models to these, and whoever changes an answer seals them anew (`python -m recognizer seal`): another version.
"""

from typing import Any

from recognizer.exams import numbers
from recognizer.learning.mnist import Digits
from recognizer.page import Picture
from recognizer.reader import Reader

SEED, COUNT = 1212, 36
NEAR = 0.01  # processors add in another order; an answer that moved differs by more


def answers(reader: Reader, digits: Digits) -> list[dict[str, Any]]:
    """Text, outcome, confidence and notes of each of COUNT numbers written with these digits."""
    pages = numbers.suite(digits, seed=SEED, count=COUNT)
    readings = reader.read(Picture.drawn(page.picture) for page in pages)
    return [
        {"text": one.text, "outcome": one.outcome, "confidence": round(one.confidence, 4), "notes": list(one.notes)}
        for one in readings
    ]


def changed(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[int]:
    """The pages that are answered otherwise than before, from 0."""
    return [
        number
        for number, (old, new) in enumerate(zip(before, now, strict=True))
        if {**old, "confidence": 0} != {**new, "confidence": 0} or abs(old["confidence"] - new["confidence"]) > NEAR
    ]
