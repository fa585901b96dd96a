"""One upright picture in, its glyphs in reading order out.

    paper     what the sheet would look like with nothing written on it, and how far each pixel departs from that
    ink       which departures are strokes
    ruling    printed lines and grids, taken out again
    grouping  strokes that make one digit, digits that make a line
"""

from dataclasses import dataclass

import cv2
import numpy as np

from recognizer.decoding import Picture
from recognizer.finding.grouping import Group, group_strokes
from recognizer.finding.ink import stroke_mask
from recognizer.finding.paper import Departure, departure_from_paper

MAX_GLYPHS = 256  # a page of small numbers; what has more marks than that is no number


@dataclass(frozen=True, slots=True)
class Glyph:
    """One digit as found.

    `box` is x, y, width, height in pixels of the upright original. `ink` is uint8 [h, w], light ink on exact 0, other
    marks removed. `line` counts from 0 at the top; `gap_before` is true where a word space precedes the glyph.
    `whole` is false where the glyph was cut from, or put together out of, marks that could be read otherwise.
    """

    box: tuple[int, int, int, int]
    ink: np.ndarray
    line: int
    gap_before: bool
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `outcome_hint` is "read", "blank" (empty paper) or "unclear" (marks, but no digits)."""

    glyphs: tuple[Glyph, ...]
    notes: tuple[str, ...]
    outcome_hint: str


def find_glyphs(picture: Picture) -> Finding:
    """The digits of a picture in reading order. Bounded in time and memory by the size of `picture.grey`."""
    departure = departure_from_paper(picture.grey)
    notes = list(departure.notes)
    mask, ruled = stroke_mask(departure)
    if not mask.any():
        return Finding((), tuple(notes), "blank")
    if ruled:
        notes.append("ruled lines were removed")
    groups, labels = group_strokes(mask, departure.ink)
    if not groups or len(groups) > MAX_GLYPHS:
        return Finding((), tuple(notes), "unclear")
    glyphs = tuple(_glyph(group, labels, departure, picture) for group in groups)
    height, width = picture.grey.shape
    if any(g.x == 0 or g.y == 0 or g.x + g.width == width or g.y + g.height == height for g in groups):
        notes.append("touches the edge")
    return Finding(glyphs, tuple(notes), "read")


def _glyph(group: Group, labels: np.ndarray, departure: Departure, picture: Picture) -> Glyph:
    # The soft edge of a stroke lies outside its mask: a margin keeps it, where no other glyph claims it.
    rows, columns = labels.shape
    margin = max(2, round(0.03 * max(group.width, group.height)))
    left, top = max(0, group.x - margin), max(0, group.y - margin)
    right, bottom = min(columns, group.x + group.width + margin), min(rows, group.y + group.height + margin)
    inside = labels[top:bottom, left:right]
    own = np.isin(inside, group.members).astype(np.uint8)
    near = cv2.dilate(own, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    others = (inside > 0) & (own == 0)
    ink = np.where((near > 0) & ~others, departure.ink[top:bottom, left:right], 0).astype(np.uint8)
    ink[ink <= departure.noise] = 0
    across, down = picture.width / columns, picture.height / rows
    box = (
        int(group.x * across),
        int(group.y * down),
        max(1, round(group.width * across)),
        max(1, round(group.height * down)),
    )
    return Glyph(box, ink, group.line, group.gap_before)
