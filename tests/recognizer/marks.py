"""Marks as the networks leave them, made here: what judges them sees no picture."""

import numpy as np

from recognizer.page import Box
from recognizer.seeing.candidate import Candidate
from recognizer.seeing.recogniser import Recognised, together
from recognizer.symbols import ALPHABET, DIGITS


def opinion(sign: str, sure: float = 0.95, of: str = ALPHABET) -> np.ndarray:
    """How likely each sign of `of` is to somebody who takes it for this one; all alike where it is none of them."""
    if sign not in of:
        return np.full(len(of), 1 / len(of))
    likely = np.full(len(of), (1 - sure) / (len(of) - 1))
    likely[of.index(sign)] = sure
    return likely


def recognised(
    sign: str, separator: str = "", heat: float = 0.9, sure: float = 0.95, x: int = 0, beside: float = 0.0
) -> Recognised:
    """A mark that both networks take for this sign."""
    digits, symbols = opinion(sign, sure, DIGITS), opinion(sign, sure).astype(np.float32)
    glyph = np.zeros((28, 28), np.uint8)
    candidate = Candidate(separator, Box(x, 0, 20, 30), glyph, symbols, heat, beside=beside)
    return Recognised(candidate, together(digits, symbols), digits)


def written(text: str) -> list[Recognised]:
    """A text's signs, one mark each, what stands between them being spaces and line breaks."""
    marks, separator = [], ""
    for place, sign in enumerate(text):
        if sign in " \n":
            separator = sign
        else:
            marks.append(recognised(sign, separator, x=30 * place))
            separator = ""
    return marks
