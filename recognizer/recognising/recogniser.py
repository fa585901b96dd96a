"""What the networks say of candidates, many at once: which sign each is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recognizer.page import Hints, Mark
from recognizer.recognising.candidate import Candidate
from recognizer.recognising.digit_network import DigitNetwork
from recognizer.recognising.looks import probabilities
from recognizer.recognising.normalisation import FRAME
from recognizer.symbols import ALPHABET, DIGITS, SIGNS, forbidden

UNLIKELY = 1e-6  # no opinion is surer than that


@dataclass(frozen=True, slots=True)
class Recognised:
    """A candidate with what both networks say of it: `symbols` [17] of ALPHABET together, `digits` [10] the digit
    network alone."""

    candidate: Candidate
    symbols: NDArray[np.float64]
    digits: NDArray[np.float64]

    def given(self, hints: Hints) -> "Recognised | None":
        """The same where only some signs may stand, by Bayes' rule; None where it is likelier one that may not."""
        likely = self.symbols.copy()
        likely[forbidden(hints.signs)] = 0
        allowed = float(likely.sum())
        return replace(self, symbols=likely / allowed) if allowed >= 0.5 else None

    @property
    def symbol(self) -> str:
        return ALPHABET[int(self.symbols.argmax())]

    @property
    def mark(self) -> Mark:
        likely = tuple(float(p) for p in self.symbols)
        return Mark(self.candidate.box, self.symbol, likely, self.candidate.glyph)


class Recogniser:
    """Reads marks with a network for digits and the finder's opinion. It may be shared by threads.

    `symbols` are the digits that the network's outputs stand for, in their order.
    """

    def __init__(self, digits: DigitNetwork, symbols: str = DIGITS) -> None:
        self._digits = digits
        self._order = [symbols.index(digit) for digit in DIGITS]

    def recognise(self, candidates: Sequence[Candidate]) -> list[Recognised]:
        glyphs = np.array([candidate.glyph for candidate in candidates], np.uint8).reshape(-1, FRAME, FRAME)
        rows = probabilities(self._digits, glyphs)[:, self._order]
        return [
            Recognised(candidate, together(row, candidate.symbols), row)
            for candidate, row in zip(candidates, rows, strict=True)
        ]


def together(digits: NDArray[np.float64], symbols: NDArray[np.float32] | None) -> NDArray[np.float64]:
    """Two opinions as one, [17]: the digit network's [10], and the finder's [17] where it has one.

    The finder alone knows signs. Which digit it is both say, as independent witnesses: their products, made to sum to
    what the finder leaves to digits (Hinton: Products of experts, 1999).
    """
    if symbols is None:
        return np.concatenate([digits, np.zeros(len(SIGNS))])
    finder = np.maximum(symbols.astype(np.float64), UNLIKELY)
    both = np.maximum(digits, UNLIKELY) * finder[: len(DIGITS)]
    return np.concatenate([both / both.sum() * finder[: len(DIGITS)].sum(), finder[len(DIGITS) :]])
