"""A picture no larger than MNIST's frame: one digit that fills it, on even paper. It needs no finder."""

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.finding.found import Finding, Found
from recognizer.page import Box

SIDE = 28  # pixels
NOISE = 2.4  # times the median departure of the paper from itself: 1.6 standard deviations of even noise
FAINTEST = 12  # of 255: the noise of even paper; a picture without more is blank


def is_tiny(grey: NDArray[np.uint8]) -> bool:
    return max(grey.shape) <= SIDE


def find_one(grey: NDArray[np.uint8]) -> Finding:
    """The one digit of a tiny picture uint8 [h, w]. Its ink is how far each pixel departs from the paper by more than
    the paper's own pixels do; on 0 without noise that is the digit as it is."""
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    light = grey > level
    rim = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    # Paper is what most of the rim shows; where ink crosses it as often, what most of the picture shows.
    paper_is_light = bool(rim.mean() + light.mean() > 1)
    paper = grey[light == paper_is_light]
    if not paper.size:
        return Finding((), (), "blank")
    usual = int(np.median(paper))
    ink = cv2.subtract(np.full_like(grey, usual), grey) if paper_is_light else cv2.subtract(grey, usual)
    noise = NOISE * float(np.median(np.abs(paper.astype(np.float32) - usual)))
    ink[ink <= noise] = 0
    if int(ink.max(initial=0)) <= FAINTEST:
        return Finding((), (), "blank")
    notes = () if paper_is_light else ("light_ink",)
    x, y, width, height = cv2.boundingRect(ink)
    return Finding((Found(Box(x, y, max(1, width), max(1, height)), ink=ink),), notes, "read")
