"""A mark as the networks take it: its pixels are gone, but for what they see."""

from dataclasses import dataclass, fields

import numpy as np

from recognizer.finding.found import INKED, Finding, Found, Sighting
from recognizer.page import NO_HINTS, Grey, Hints, Outcome, Picture
from recognizer.recognising.normalisation import FRAME, normalize_glyph
from recognizer.recognising.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Sighting):
    """One mark: `glyph` uint8 [28, 28] is what the digit network sees; `sharp` is the share of its ink that is surely
    ink, `pixels` the longer side of the ink as it was found."""

    glyph: Grey
    sharp: float = 1.0
    pixels: int = FRAME

    @classmethod
    def of(cls, found: Found) -> "Candidate":
        return cls(
            **{field.name: getattr(found, field.name) for field in fields(Sighting)},
            glyph=normalize_glyph(found.ink),
            sharp=float((found.ink > INKED).sum() / max(1, (found.ink > 0).sum())),
            pixels=max(found.ink.shape),
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
