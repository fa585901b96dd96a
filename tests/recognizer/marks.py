"""Marks as the networks leave them, made here: what judges them sees no picture."""

import numpy as np

from recognizer.judging.judged import Judged
from recognizer.page import Box
from recognizer.recognising.candidate import Candidate
from recognizer.recognising.recogniser import Recognised, together
from recognizer.symbols import ALPHABET, DIGITS


def opinion(sign: str, sure: float = 0.95, of: str = ALPHABET) -> np.ndarray:
    """How likely each sign of `of` is to somebody who takes it for this one; all alike where it is none of them."""
    if sign not in of:
        return np.full(len(of), 1 / len(of))
    likely = np.full(len(of), (1 - sure) / (len(of) - 1))
    likely[of.index(sign)] = sure
    return likely


def recognised(
    sign: str, line: int = 0, heat: float = 0.9, sure: float = 0.95, x: int = 0, beside: float = 0.0
) -> Recognised:
    """A mark that both networks take for this sign."""
    digits, symbols = opinion(sign, sure, DIGITS), opinion(sign, sure).astype(np.float32)
    glyph = np.zeros((28, 28), np.uint8)
    box = Box(x, 40 * line, 20, 30)
    candidate = Candidate(box, line, symbols, heat, beside=beside, reach=(x - 5, x + 25), glyph=glyph)
    return Recognised(candidate, together(digits, symbols), digits)


def written(text: str) -> list[Recognised]:
    """A text's signs, one mark each, a third of their height apart; a space leaves room for one more."""
    return [
        recognised(sign, line, x=30 * place)
        for line, signs in enumerate(text.split("\n"))
        for place, sign in enumerate(signs)
        if sign != " "
    ]


def judged(text: str, *right: float) -> list[Judged]:
    """The marks of one number that is so surely right, mark by mark."""
    inner = [(0.1 if place else 1.0, 0.1) for place in range(len(right))]
    return [Judged(mark, "", sure, apart=apart) for mark, sure, apart in zip(written(text), right, inner, strict=True)]
