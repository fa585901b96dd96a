"""Which departures from the paper are strokes."""

import cv2
import numpy as np

from recognizer.finding.paper import Departure
from recognizer.finding.ruling import Ruling, find_ruling

FAINTEST = 10  # of 255: below this a stroke cannot be told from paper by eye either
SLANT = 5  # pixels: so far a stroke may run on to the side of where it met a line


def stroke_mask(departure: Departure) -> tuple[np.ndarray, Ruling]:
    """bool [H, W], true on strokes, and the ruled lines that were taken out.

    An edge lies half-way between paper and ink, and steep edges belong to ink, not to texture: so the mean level of
    the pixels, weighted by the square of their slope, is the threshold that halves the strokes' contrast. A stroke may
    thin out to half of that (hysteresis).
    """
    ink = departure.ink
    threshold = max(_edge_level(ink), departure.noise, FAINTEST)
    weak = ink > max(threshold / 2, departure.noise, FAINTEST / 2)
    strong = ink > threshold
    ruling = find_ruling(ink, weak)
    if ruling.mask.any():
        pale = _paler_than_strokes(ink, ruling, strong)
        weak, strong = weak & ~ruling.mask & ~pale, strong & ~pale
        weak = _mended(weak, ruling)
    return _connected_to(weak, strong), ruling


def _paler_than_strokes(ink: np.ndarray, ruling: Ruling, strong: np.ndarray) -> np.ndarray:
    """What is as pale as the lines is line too, where the strokes are darker than both."""
    strokes = ink[strong & ~ruling.mask]
    if not strokes.size or np.percentile(strokes, 75) < 1.6 * ruling.level:
        return np.zeros_like(ruling.mask)
    return ink < 1.1 * ruling.level


def _edge_level(ink: np.ndarray) -> float:
    across = cv2.Sobel(ink, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(ink, cv2.CV_32F, 0, 1)
    slope = across * across + down * down
    total = float(slope.sum())
    return float((slope * ink).sum()) / total if total else 0.0


def _mended(weak: np.ndarray, ruling: Ruling) -> np.ndarray:
    """Strokes cut by a line that was taken out, joined across it again."""
    reach = 2 * int(ruling.thickness + 2) + 1
    strokes, mended = weak.astype(np.uint8), weak.copy()
    # Only from one side of the line to the other: along it two digits would become one.
    for lines, reaches in ((ruling.across, (reach, SLANT)), (ruling.down, (SLANT, reach))):
        mended |= lines & (cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones(reaches, np.uint8)) > 0)
    return mended


def _connected_to(weak: np.ndarray, strong: np.ndarray) -> np.ndarray:
    """Weak strokes that hang together with strong ones; of what runs off the picture only what is near strong ones.

    Else a faint printed line would make one stroke of the digit that it crosses and of the picture's edge.
    """
    count, labels = cv2.connectedComponents(weak.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, bool)
    kept[labels[strong & weak]] = True
    kept[0] = False
    mask = kept[labels]
    runs_off = np.zeros(count, bool)
    for rim in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        runs_off[rim] = True
    runs_off &= kept
    if runs_off.any():
        near = cv2.dilate(strong.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        mask &= near | ~runs_off[labels]
    return mask
