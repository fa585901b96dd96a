"""What the finder hands on."""

from dataclasses import dataclass

import numpy as np

from recognizer.page import Box, Outcome


@dataclass(frozen=True, slots=True)
class Found:
    """One mark as found, before anybody has said which.

    `ink` is uint8 [h, w], light ink on exact 0, other
    marks removed. `line` counts from 0 at the top; `gap_before` is true where a word space precedes it.
    `wide` is whether it may be several digits that touch: only the networks can tell a wide 2 from a 2 and a 0.
    `pieces` are what it may be cut into then. Each has the `span` of cuts that it lies between, as (0, 1), (1, 3).
    """

    box: Box
    ink: np.ndarray
    line: int
    gap_before: bool
    wide: bool = False
    pieces: tuple["Found", ...] = ()
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `outcome` is "read", "blank" (empty paper) or "unclear" (marks, but no digits)."""

    marks: tuple[Found, ...]
    notes: tuple[str, ...]
    outcome: Outcome
