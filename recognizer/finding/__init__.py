"""One upright picture in, its glyphs in reading order out.

In the order of the work:

    paper     what the sheet would look like with nothing written on it, and how far each pixel departs from that
    ink       which departures are strokes
    ruling    printed lines and grids, taken out again
    frames    printed boxes, taken out again
    grouping  strokes that make one digit, digits that make a line
    cutting   where digits that touch may be cut apart
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from recognizer.files.decoding import Picture
from recognizer.finding.cutting import pieces
from recognizer.finding.frames import without_frames
from recognizer.finding.grouping import ONE_DIGIT, Group, group_strokes
from recognizer.finding.ink import FAINTEST, stroke_mask
from recognizer.finding.paper import Departure, departure_from_paper
from recognizer.finding.ruling import Ruling

MAX_GLYPHS = 256  # a page of small numbers; what has more marks than that is no number
MAX_CUT = 32  # wide marks: where more are, they are no digits that touch
MIN_HEIGHT = 5  # pixels: MNIST's digits, 20 high, can still be read at a quarter of their size, and not below
MIN_SHARE = 0.012  # of the picture's longer side: what is smaller on a sheet is dust
FAINTEST_MARK = 15  # of 255, on average: the softest pencil in 433 photos has 17, a crease or a stain less
AS_CLEAR = 0.75  # of the ink of a clear one: beside it a mark is as good, however the light falls
CLEAR = 2  # times the noise of the paper, on average: the least in 816 photos is 2.3, the rim of a shadow has about 1.4
SLIMMEST = 1 / 25  # of its length: a straight mark that is thinner is a printed line; a 1 in 816 photos has 1/15
LEVEL = 10  # degrees: the pieces of a ruled line lie or stand so straight
DOT = 0.03  # of the picture's longer side
CROSSING, ON_LINES = 6, 0.9  # times the lines' thickness; of its ink: what so is small and on lines is left of them
LARGE, SHADE_SIDE, FADES = 0.25, 128, 0.02  # of the picture's longer side; pixels; of the mark's side
# A rim fades where the ink FADES to one side is still that share of the ink FADES to the other; a shadow's fades in
# more than that share of its length.
FADED, SHADED = 0.3, 0.15
WIDEST = 3  # times its height: a longer mark is a dash
TOUCHING = 0.6  # times its height: two digits that touch are at least so wide together, a 1 and another too
CUT_ALONE = 1.25  # times its height: where nothing else is written a narrower mark may be a pair, its pieces are none
LOOPS, LOOP, LOOPS_SIDE = 4, 30, 96  # so many holes of so many pixels, drawn so large: digits in 806 photos have fewer
# Of all that departs from the paper at least so much is in digits (0.36 and more in 806 photos, 0.6 in 600 drawn
# numbers), and at most so much of a picture departs from it at all (0.5 in them). What has less than that share of the
# palest digit's ink is shadow: in a photo of small digits it had seven times the ink of them all.
IN_DIGITS, COVERED, SHADOW = 0.3, 0.5, 0.3
SPECK = 4  # pixels of the picture itself: a smaller hole is noise
LOW_CONTRAST = 40  # of 255: the mean ink of soft pencil


@dataclass(frozen=True, slots=True)
class Glyph:
    """One digit as found.

    `box` is x, y, width, height in pixels of the upright original. `ink` is uint8 [h, w], light ink on exact 0, other
    marks removed. `line` counts from 0 at the top; `gap_before` is true where a word space precedes the glyph.
    `wide` is whether it may be several digits that touch: only the networks can tell a wide 2 from a 2 and a 0.
    `pieces` are what it may be cut into then. Each has the `span` of cuts that it lies between, as (0, 1), (1, 3).
    """

    box: tuple[int, int, int, int]
    ink: np.ndarray
    line: int
    gap_before: bool
    wide: bool = False
    pieces: tuple["Glyph", ...] = ()
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `outcome_hint` is "read", "blank" (empty paper) or "unclear" (marks, but no digits)."""

    glyphs: tuple[Glyph, ...]
    notes: tuple[str, ...]
    outcome_hint: str


def find_glyphs(picture: Picture) -> Finding:
    """The digits of a picture in reading order. Bounded in time and memory by the size of `picture.grey`."""
    departure = departure_from_paper(picture.grey)
    strokes, ruling = stroke_mask(departure)
    mask = without_frames(strokes)
    ruled = ("ruled lines were removed",) if ruling.thickness else ()
    notes = [*departure.notes, *ruled]
    groups, labels = group_strokes(mask, departure.ink)
    rows, columns = mask.shape
    least = max(MIN_HEIGHT, MIN_SHARE * max(rows, columns))
    faintest = max(FAINTEST_MARK, CLEAR * departure.noise)
    marks = [group for group in groups if max(group.width, group.height) >= least]
    clear = [group.ink for group in marks if group.ink >= faintest]
    faintest = min([faintest, *(AS_CLEAR * ink for ink in clear)])
    marks = [group for group in marks if group.ink >= faintest]
    if max(rows, columns) > ONE_DIGIT:
        marks = [
            group
            for group in marks
            if not _is_dot(group, max(rows, columns))
            and not _is_line(group, labels, ruling, departure)
            and not _is_crossing(group, labels, ruling)
            and not _is_shade(group, labels, departure)
        ]
    if not marks:
        return Finding((), ruled, "blank")  # where no ink is, none is light or dark
    digits = [group for group in marks if group.height >= least and group.width <= WIDEST * group.height]
    if not 0 < len(digits) <= MAX_GLYPHS or min(rows, columns) < MIN_HEIGHT:
        return Finding((), tuple(notes), "unclear")
    printed = ruling.mask | (strokes & ~mask)
    if all(_is_tangle(group, labels) for group in digits) or not _are_what_is_shown(digits, departure, printed):
        return Finding((), tuple(notes), "unclear")
    if any(group.x == 0 or group.y == 0 or group.right == columns or group.bottom == rows for group in digits):
        notes.append("touches the edge")
    if sum(group.ink for group in digits) < LOW_CONTRAST * len(digits):
        notes.append("low contrast")
    slim, whole = TOUCHING, CUT_ALONE if len(digits) == 1 else TOUCHING
    if max(rows, columns) <= ONE_DIGIT or sum(group.width >= slim * group.height for group in digits) > MAX_CUT:
        slim = math.inf
    glyphs = (_glyph(group, slim, whole, labels, departure, picture) for group in digits)
    return Finding(tuple(glyphs), tuple(notes), "read")


def _are_what_is_shown(digits: list[Group], departure: Departure, printed: np.ndarray) -> bool:
    """Whether a picture shows these on a ground, rather than some other thing of which they are scraps.

    What is `printed` (bool [H, W]), ruled lines and boxes, belongs to the ground, and so does what is much paler than
    the digits: a shadow.
    """
    printed = cv2.dilate(printed.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    palest = max(departure.noise, FAINTEST, SHADOW * min(group.ink for group in digits))
    shown = np.where(printed | (departure.ink <= palest), 0, departure.ink)
    inside = np.zeros(shown.shape, bool)
    for group in digits:
        left, top, right, bottom = _window(group, 1, shown.shape)
        inside[top:bottom, left:right] = True
    most_of_it = float(shown[inside].sum()) >= IN_DIGITS * float(shown.sum())
    return most_of_it and int(np.count_nonzero(shown)) <= COVERED * shown.size


def _is_tangle(group: Group, labels: np.ndarray) -> bool:
    """A scribble: a line that crosses itself more often than any digit's."""
    inside = labels[group.y : group.bottom, group.x : group.right]
    own = np.isin(inside, group.members).astype(np.uint8) * 255
    scale = LOOPS_SIDE / max(own.shape)
    size = (max(1, round(own.shape[1] * scale)), max(1, round(own.shape[0] * scale)))
    drawn = cv2.copyMakeBorder(cv2.resize(own, size, interpolation=cv2.INTER_AREA), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    count, _, stats, _ = cv2.connectedComponentsWithStats((drawn < 128).astype(np.uint8), connectivity=4)
    # The first component is the strokes, and one of the others lies around them.
    return int((stats[1:count, cv2.CC_STAT_AREA] >= max(LOOP, SPECK * scale**2)).sum()) - 1 >= LOOPS


def _is_dot(group: Group, side: int) -> bool:
    """A speck of dirt: small, round and full, which no digit is."""
    round_ = 0.6 * group.height < group.width < 1.7 * group.height
    return group.height < DOT * side and round_ and group.area > 0.75 * group.width * group.height


def _is_crossing(group: Group, labels: np.ndarray, ruling: Ruling) -> bool:
    """What the taking out of ruled lines left where two of them cross: small, and on the lines."""
    if max(group.width, group.height) > CROSSING * ruling.thickness + 2:
        return False
    reach = int(2 * ruling.thickness) + 3
    left, top, right, bottom = _window(group, reach, labels.shape)
    own = np.isin(labels[top:bottom, left:right], group.members)
    lines = cv2.dilate(ruling.mask[top:bottom, left:right].astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    return bool(np.count_nonzero(own & lines) > ON_LINES * np.count_nonzero(own))


def _is_shade(group: Group, labels: np.ndarray, departure: Departure) -> bool:
    """The rim of a shadow: large, it runs off the picture, and one of its sides fades out, where strokes end."""
    rows, columns = labels.shape
    side = max(group.width, group.height)
    runs_off = group.x == 0 or group.y == 0 or group.right == columns or group.bottom == rows
    if not runs_off or side < LARGE * max(rows, columns) or departure.noise == 0:
        return False
    scale = SHADE_SIDE / side
    left, top, right, bottom = _window(group, round(FADES * side) + 1, labels.shape)
    own = np.isin(labels[top:bottom, left:right], group.members).astype(np.uint8)
    own = cv2.resize(own, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = cv2.resize(departure.ink[top:bottom, left:right], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    step = 2 * round(FADES * SHADE_SIDE) + 1
    tip = np.ones((step, step), np.uint8)
    inside, outside = cv2.erode(ink, tip), own
    rim = cv2.morphologyEx(outside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    within = np.ones_like(rim)
    for edge, at_edge in (
        (np.s_[:, :step], left == 0), (np.s_[:, -step:], right == columns),
        (np.s_[:step], top == 0), (np.s_[-step:], bottom == rows),
    ):  # fmt: skip
        within[edge] &= not at_edge
    rim &= within
    fades = inside[rim] > FADED * cv2.dilate(ink, tip)[rim]
    return bool(fades.size) and float(fades.mean()) > SHADED


def _window(group: Group, room: int, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a group with some room around it, within the picture."""
    rows, columns = shape
    return (
        max(0, group.x - room), max(0, group.y - room), min(columns, group.right + room), min(rows, group.bottom + room)
    )  # fmt: skip


def _is_line(group: Group, labels: np.ndarray, ruling: Ruling, departure: Departure) -> bool:
    """A printed line, or what the taking out of ruled lines left of one. On a drawing's flat ground it may be a 1."""
    if min(group.width, group.height) > 0.35 * max(group.width, group.height):
        return False
    inside = labels[group.y : group.bottom, group.x : group.right]
    rows, columns = np.nonzero(np.isin(inside, group.members))
    (_, (width, height), angle) = cv2.minAreaRect(np.stack([columns, rows], 1).astype(np.int32))
    slim, long = min(width, height) + 1, max(width, height) + 1
    along = ruling.across if group.width > group.height else ruling.down
    level = min(angle % 90, 90 - angle % 90) < LEVEL and bool(along.any())
    at_edge = group.x == 0 or group.y == 0 or group.right == labels.shape[1] or group.bottom == labels.shape[0]
    leftover = slim <= (3 if at_edge else 1.5) * ruling.thickness + 1 and level and group.ink < 1.2 * ruling.level
    return leftover or (slim < SLIMMEST * long and departure.noise > 0)


def _glyph(
    group: Group, slim: float, whole: float, labels: np.ndarray, departure: Departure, picture: Picture
) -> Glyph:
    """From `slim` times its height on it may be two digits, from `whole` times it is cut into pieces."""
    # The soft edge of a stroke lies outside its mask: a margin keeps it, where no other glyph claims it.
    rows, columns = labels.shape
    margin = max(2, round(0.03 * max(group.width, group.height)))
    left, top = max(0, group.x - margin), max(0, group.y - margin)
    right, bottom = min(columns, group.x + group.width + margin), min(rows, group.y + group.height + margin)
    inside = labels[top:bottom, left:right]
    members = np.zeros(max(int(inside.max()), *group.members) + 1, np.uint8)
    members[group.members] = 1
    own = members[inside]
    near = cv2.dilate(own, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    others = (inside > 0) & (own == 0)
    ink = np.where((near > 0) & ~others, departure.ink[top:bottom, left:right], 0).astype(np.uint8)
    ink[ink <= departure.noise] = 0
    scale = picture.width / columns, picture.height / rows
    glyph = Glyph(_box(left, top, ink, *scale), ink, group.line, group.gap_before)
    if group.width < slim * group.height or group.width < 2 * MIN_HEIGHT:
        return glyph
    if group.width < whole * group.height:
        return replace(glyph, wide=True)
    cut = [
        Glyph(
            _box(left + piece.left, top, piece.ink, *scale), piece.ink, group.line, False,
            wide=piece.ink.shape[1] >= TOUCHING * group.height, span=(piece.start, piece.end),
        )
        for piece in pieces(ink)
    ]  # fmt: skip
    return replace(glyph, wide=True, pieces=tuple(cut))


def _box(left: int, top: int, ink: np.ndarray, across: float, down: float) -> tuple[int, int, int, int]:
    """Where the ink of a crop at left, top lies in the upright original, which is larger by across and down."""
    x, y, width, height = cv2.boundingRect(ink)
    return (
        int((left + x) * across),
        int((top + y) * down),
        max(1, round(width * across)),
        max(1, round(height * down)),
    )
