"""Which departures from the paper are strokes."""

import cv2
import numpy as np

from recognizer.finding.paper import Departure

FAINTEST = 10  # of 255: below this a stroke cannot be told from paper by eye either


def stroke_mask(departure: Departure) -> np.ndarray:
    """bool [H, W], true on strokes.

    An edge lies half-way between paper and ink, and steep edges belong to ink, not to texture: so the mean level of
    the pixels, weighted by the square of their slope, is the threshold that halves the strokes' contrast. A stroke may
    thin out to half of that (hysteresis).
    """
    ink = departure.ink
    threshold = max(_edge_level(ink), departure.noise, FAINTEST)
    strong = ink > threshold
    if not strong.any():
        return strong
    weak = (ink > max(threshold / 2, departure.noise, FAINTEST / 2)).astype(np.uint8)
    count, labels = cv2.connectedComponents(weak, connectivity=8)
    kept = np.zeros(count, bool)
    kept[labels[strong]] = True
    kept[0] = False
    return kept[labels]


def _edge_level(ink: np.ndarray) -> float:
    across = cv2.Sobel(ink, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(ink, cv2.CV_32F, 0, 1)
    slope = across * across + down * down
    total = float(slope.sum())
    return float((slope * ink).sum()) / total if total else 0.0
