"""A mark as the networks take it: its pixels are gone, but for what they see."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.finding.found import INKED, Finding, Found
from recognizer.page import NO_HINTS, Box, Grey, Hints, Outcome, Picture
from recognizer.recognising.normalisation import FRAME, normalize_glyph
from recognizer.recognising.view import View


@dataclass(frozen=True, slots=True)
class Candidate:
    """One mark: `glyph` uint8 [28, 28] is what the digit network sees; the rest is what the finder says of it, see
    `Found`.
    """

    line: int
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
    reach: tuple[int, int] | None = None

    @classmethod
    def of(cls, found: Found) -> "Candidate":
        return cls(
            found.line,
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
            found.reach,
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready for the networks: its candidates in reading order, what its finder said of it, and what somebody
    who knows did.

    `view` is kept for a second look, where there is any mark.
    """

    candidates: tuple[Candidate, ...]
    outcome: Outcome
    notes: tuple[str, ...] = ()
    view: View | None = None
    hints: Hints = NO_HINTS

    @classmethod
    def of(cls, finding: Finding, picture: Picture, hints: Hints = NO_HINTS) -> "Prepared":
        candidates = tuple(Candidate.of(found) for found in finding.marks)
        height = float(np.median([max(one.box[2:]) for one in candidates])) if candidates else 0.0
        view = View.of(picture, height) if candidates else None
        return cls(candidates, finding.outcome, picture.notes + finding.notes, view, hints)

    @property
    def is_tiny(self) -> bool:
        """Whether the finder's network has not seen it."""
        return any(one.symbols is None for one in self.candidates)
