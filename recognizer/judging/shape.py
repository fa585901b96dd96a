"""Whether the strokes of a glyph, seen larger than a network sees them, can be a digit's at all.

In a network's frame of 28 by 28 the loops of a letter, the fine waves of a scribble, and that a shape is filled rather
than written can hardly be seen.
"""

import cv2
import numpy as np

from recognizer.recognising.candidate import SIDE, resized
from recognizer.recognising.normalisation import FRAME

MARGIN = 4
SMALLEST = 0.25 * SIDE  # pixels: shorter outlines are of specks
SMOOTH = SIDE / 32  # standard deviation, in pixels along an outline: what is finer is the paper's grain
DETAILED = 1.5 * FRAME  # pixels: in a smaller glyph there is no more to see than in the network's frame, but its pen
# By so many half turns outlines bend; so broad is the pen, as a share of the glyph's longer side; and by so many times
# is the thickest place thicker than the pen. Of 427 digits of photos, MNIST and drawn numbers that the network was in
# doubt of, none bends more and one has a thicker place, of 12 scribbles that it believed 5 and 2. Of 5,000 validation
# digits on small sheets one is lost by its pen; 11 of 42 clothes are doubted for theirs.
WINDING, PEN, BLOT = 11, 0.3, 2.8
# A glyph that is wider than so many times its height and bends by more than so many half turns: of 803 photos of digits
# none is, of 5,000 of MNIST's one.
WIDE, WINDING_WIDE = 1.2, 9
# How many holes each digit may have, and of how many parts it may be: of 8,500 about one in a hundred has more, or both
# a hole and two parts.
HOLES = (2, 0, 1, 1, 1, 1, 1, 0, 2, 1)
PARTS = (1, 1, 1, 2, 2, 3, 1, 1, 1, 2)


def is_scribble(ink: np.ndarray) -> bool:
    """Whether ink uint8 [h, w], light on dark, is wide and winds as no digit does, however sure a network is of it."""
    height, width = ink.shape
    return width >= max(DETAILED, WIDE * height) and _winding(_outlines(_strokes(ink))) > WINDING_WIDE


def is_odd(ink: np.ndarray, digit: int) -> bool:
    """Whether ink uint8 [h, w], light on dark, is shaped as next to no such digit is; of ink without a stroke True."""
    strokes = _strokes(ink)
    depth = cv2.distanceTransform(strokes, cv2.DIST_L2, 5)
    middles = depth[(depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))) & (depth > 1)]
    if not middles.size:
        return True
    pen = float(np.median(middles))
    if 2 * pen > PEN * SIDE:
        return True
    if max(ink.shape) < DETAILED:
        return False
    outlines = _outlines(strokes)
    holes = sum(is_hole for _, is_hole in outlines)
    parts = len(outlines) - holes
    return (
        float(depth.max()) > BLOT * pen
        or _winding(outlines) > WINDING
        or holes > HOLES[digit]
        or parts > PARTS[digit]
        or (holes > 0 and parts > 1)
    )


def _strokes(ink: np.ndarray) -> np.ndarray:
    """1 on strokes, 0 elsewhere, SIDE high or wide and with a margin."""
    large = resized(ink)
    large = cv2.copyMakeBorder(large, *(MARGIN,) * 4, cv2.BORDER_CONSTANT)
    large = cv2.GaussianBlur(large, (0, 0), SIDE / 85)
    return (large > 0.45 * large.max()).astype(np.uint8)


def _outlines(strokes: np.ndarray) -> list[tuple[np.ndarray, bool]]:
    """The outlines [n, 2] of all but specks, and whether each is that of a hole."""
    found, nested = cv2.findContours(strokes, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not found:
        return []
    outlines = [(line[:, 0, :], bool(within >= 0)) for line, (*_, within) in zip(found, nested[0], strict=True)]
    return [(line, is_hole) for line, is_hole in outlines if len(line) >= SMALLEST]


def _winding(outlines: list[tuple[np.ndarray, bool]]) -> float:
    """By how many half turns they bend altogether."""
    return sum(_bends(line) for line, _ in outlines) / np.pi


def _bends(outline: np.ndarray) -> float:
    """By how much a closed outline of points [n, 2] bends altogether, to either side, in radians: a circle by 2 pi."""
    reach = round(3 * SMOOTH)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SMOOTH) ** 2)
    around = outline[np.arange(-reach, len(outline) + reach) % len(outline)].astype(float)
    smooth = np.convolve(around[:, 0] + 1j * around[:, 1], weights / weights.sum(), "valid")
    steps = np.roll(smooth, -1) - smooth
    return float(np.abs(np.angle(np.roll(steps, -1) * steps.conj())).sum())
