"""What the finder hands on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.page import Box, Outcome

INKED = 200  # of 255: surely ink


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the finder says of one mark, before the digit network has said which digit it is.

    `line` counts from 0 at the top. `symbols` [17] is how likely each sign of ALPHABET is to the finder; `heat` how
    likely there is a mark at all; `held` how surely its ink is a sign's; `again` how likely a look at another size
    holds it for the same sign; `size` its longer side as a share of the usual one beside it; `beside` how much ink of
    no number lies around it, as a share of its own. `reach` is from where to where ink goes on beside it, in the
    picture's pixels; None where it stands on no upright line. The finder has no opinion on a picture that it skips:
    `symbols` is None then.
    """

    box: Box
    line: int = 0
    symbols: NDArray[np.float32] | None = None
    heat: float = 1.0
    held: float = 1.0
    size: float = 1.0
    beside: float = 0.0
    again: float = 1.0
    reach: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Sighting):
    """A mark with its pixels: `ink` is uint8 [h, w], light ink on exact 0, other marks removed."""

    ink: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `outcome` is "read", "blank" (no ink at all) or "unclear" (ink, but no number)."""

    marks: tuple[Found, ...]
    notes: tuple[str, ...]
    outcome: Outcome
