"""Readings made by hand, of numbers with signs."""

from itertools import count

import numpy as np

from recognizer.page import Box, Line, Mark, Reading, Word
from recognizer.symbols import ALPHABET

SIDE = 20


def read_as(text: str, confidence: float = 0.9, **sure: float) -> Reading:
    """A reading of this text; each word is as sure as it is named in `sure`, or entirely so."""
    places, marks, lines = count(), [], []
    for row, line in enumerate(text.split("\n")):
        words = []
        for word in line.split():
            own = [mark(symbol, next(places), row) for symbol in word]
            marks += own
            words.append(Word(word, Box.around(one.box for one in own), sure.get(word, 1.0)))
        lines.append(Line(tuple(words)))
    return Reading(text, confidence, "read", tuple(marks), tuple(lines))


def mark(symbol: str, place: int, row: int) -> Mark:
    probabilities = [0.01] * len(ALPHABET)
    probabilities[ALPHABET.index(symbol)] = 0.84
    box = Box(SIDE * place, SIDE * row, SIDE, SIDE)
    return Mark(box, symbol, tuple(probabilities), np.full((28, 28), place % 256, np.uint8))
