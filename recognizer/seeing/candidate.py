"""A mark as the networks take it: its pixels are gone, but for what they see."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.page import Box, Grey, Outcome
from recognizer.recognising.candidate import separator
from recognizer.recognising.normalisation import FRAME, normalize_glyph
from recognizer.seeing.found import INKED, Finding, Found


@dataclass(frozen=True, slots=True)
class Candidate:
    """One mark. `separator` sets it apart from the mark before: nothing, a space or a line break; `glyph` uint8
    [28, 28] is what the digit network sees; the rest is what the finder says of it, see `Found`.
    """

    separator: str
    box: Box
    glyph: Grey
    symbols: NDArray[np.float32] | None = None
    heat: float = 1.0
    held: float = 1.0
    size: float = 1.0
    beside: float = 0.0
    again: float = 1.0
    sharp: float = 1.0  # the share of its ink that is surely ink
    pixels: int = FRAME  # the longer side of the ink as it was found

    @classmethod
    def of(cls, found: Found, separator: str) -> "Candidate":
        return cls(
            separator,
            found.box,
            normalize_glyph(found.ink),
            found.symbols,
            found.heat,
            found.held,
            found.size,
            found.beside,
            found.again,
            float((found.ink > INKED).sum() / max(1, (found.ink > 0).sum())),
            max(found.ink.shape),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready for the networks: its candidates in reading order, and what its finder said of it.

    `grey` is kept of a tiny picture alone, which the finder's network has not seen.
    """

    candidates: tuple[Candidate, ...]
    outcome: Outcome
    notes: tuple[str, ...] = ()
    grey: Grey | None = None

    @classmethod
    def of(cls, finding: Finding, notes: tuple[str, ...], grey: Grey | None = None) -> "Prepared":
        candidates, line = [], 0
        for number, found in enumerate(finding.marks):
            candidates.append(Candidate.of(found, separator(number, found.line != line, found.gap_before)))
            line = found.line
        return cls(tuple(candidates), finding.outcome, notes + finding.notes, grey)
