"""Marks that are no digits: dots, lines, shadows, scribbles, scraps of some other thing."""

import cv2
import numpy as np

from recognizer.finding.grouping import Strokes
from recognizer.finding.ink import FAINTEST
from recognizer.finding.paper import Departure
from recognizer.finding.ruling import Ruling

SLIMMEST = 1 / 25  # of its length: a straight mark that is thinner is a printed line; a 1 in 816 photos has 1/15
LEVEL = 10  # degrees: the pieces of a ruled line lie or stand so straight
DOT = 0.03  # of the picture's longer side
CROSSING, ON_LINES = 6, 0.9  # times the lines' thickness; of its ink: what so is small and on lines is left of them
LARGE, SHADE_SIDE, FADES = 0.25, 128, 0.02  # of the picture's longer side; pixels; of the mark's side
# A rim fades where the ink FADES to one side is still that share of the ink FADES to the other; a shadow's fades in
# more than that share of its length.
FADED, SHADED = 0.3, 0.15
LOOPS, LOOP, LOOPS_SIDE = 4, 30, 96  # so many holes of so many pixels, drawn so large: digits in 806 photos have fewer
# Of all that departs from the paper at least so much is in digits (0.36 and more in 806 photos, 0.6 in 600 drawn
# numbers), and at most so much of a picture departs from it at all (0.5 in them). What has less than that share of the
# palest digit's ink is shadow: in a photo of small digits it had seven times the ink of them all.
IN_DIGITS, COVERED, SHADOW = 0.3, 0.5, 0.3
SPECK = 4  # pixels of the picture itself: a smaller hole is noise


def is_stray(group: Strokes, labels: np.ndarray, ruling: Ruling, departure: Departure) -> bool:
    """Whether a mark is a dot, a piece of a line or the rim of a shadow."""
    return (
        _is_dot(group, max(labels.shape))
        or _is_line(group, labels, ruling, departure)
        or _is_crossing(group, labels, ruling)
        or _is_shade(group, labels, departure)
    )


def are_what_is_shown(digits: list[Strokes], departure: Departure, printed: np.ndarray) -> bool:
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


def is_tangle(group: Strokes, labels: np.ndarray) -> bool:
    """A scribble: a line that crosses itself more often than any digit's."""
    inside = labels[group.y : group.bottom, group.x : group.right]
    own = np.isin(inside, group.members).astype(np.uint8) * 255
    scale = LOOPS_SIDE / max(own.shape)
    size = (max(1, round(own.shape[1] * scale)), max(1, round(own.shape[0] * scale)))
    drawn = cv2.copyMakeBorder(cv2.resize(own, size, interpolation=cv2.INTER_AREA), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    count, _, stats, _ = cv2.connectedComponentsWithStats((drawn < 128).astype(np.uint8), connectivity=4)
    # The first component is the strokes, and one of the others lies around them.
    return int((stats[1:count, cv2.CC_STAT_AREA] >= max(LOOP, SPECK * scale**2)).sum()) - 1 >= LOOPS


def _is_dot(group: Strokes, side: int) -> bool:
    """A speck of dirt: small, round and full, which no digit is."""
    round_ = 0.6 * group.height < group.width < 1.7 * group.height
    return group.height < DOT * side and round_ and group.area > 0.75 * group.width * group.height


def _is_crossing(group: Strokes, labels: np.ndarray, ruling: Ruling) -> bool:
    """What the taking out of ruled lines left where two of them cross: small, and on the lines."""
    if max(group.width, group.height) > CROSSING * ruling.thickness + 2:
        return False
    reach = int(2 * ruling.thickness) + 3
    left, top, right, bottom = _window(group, reach, labels.shape)
    own = np.isin(labels[top:bottom, left:right], group.members)
    lines = cv2.dilate(ruling.mask[top:bottom, left:right].astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    return bool(np.count_nonzero(own & lines) > ON_LINES * np.count_nonzero(own))


def _is_shade(group: Strokes, labels: np.ndarray, departure: Departure) -> bool:
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


def _is_line(group: Strokes, labels: np.ndarray, ruling: Ruling, departure: Departure) -> bool:
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


def _window(group: Strokes, room: int, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a group with some room around it, within the picture."""
    rows, columns = shape
    return (
        max(0, group.x - room), max(0, group.y - room), min(columns, group.right + room), min(rows, group.bottom + room)
    )  # fmt: skip
