"""A glyph of any size into MNIST's frame.

"The original black and white (bilevel) images from NIST were size normalized to fit in a 20x20 pixel box while
preserving their aspect ratio. [...] the images were centered in a 28x28 image by computing the center of mass of the
pixels, and translating the image so as to position this point at the center of the 28x28 field."
Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits, http://yann.lecun.com/exdb/mnist/
"""

import cv2
import numpy as np

FRAME = 28
BOX = 20
FINE = 4  # strokes are measured and mended on a box this many times finer
# Stroke widths in pixels of the box, by `_stroke_width`: MNIST's middle half lies at 1.7 to 2.3, its 95th percentile
# at 3.1; a pen on a photo has 0.9 at the median. Bringing what lies outside to the nearer end halves the mistakes
# on photos (806 single digits, seed); 1.5 to 3.5 or 2.5 alone do as well.
THINNEST, THICKEST = 1.8, 3.2


def normalize_glyph(ink: np.ndarray) -> np.ndarray:
    """Ink uint8 [h, w], light on 0, with any margin, to uint8 [28, 28] in MNIST's frame. No ink gives all 0.

    A glyph whose longer side already is 20 pixels is not resampled, nor are its strokes touched: what is in MNIST's
    frame comes out as it went in.
    """
    ink = _trimmed(ink)
    if not ink.size:
        return np.zeros((FRAME, FRAME), np.uint8)
    ink = _full_contrast(ink)
    if max(ink.shape) != BOX:
        ink = _resized(_usual_strokes(ink), BOX)
    return _centred(ink)


def _trimmed(ink: np.ndarray) -> np.ndarray:
    columns = np.flatnonzero(ink.max(axis=0, initial=0))
    rows = np.flatnonzero(ink.max(axis=1, initial=0))
    if not columns.size:
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _full_contrast(ink: np.ndarray) -> np.ndarray:
    peak = int(ink.max())
    if peak >= 250:
        return ink
    usual = float(np.median(ink[ink > peak // 2]))
    return cv2.convertScaleAbs(ink, alpha=255 / usual)


def _usual_strokes(ink: np.ndarray) -> np.ndarray:
    """The glyph on the fine box, its strokes thickened or thinned where they are not within MNIST's usual range."""
    fine = _resized(ink, FINE * BOX)
    width = _stroke_width(fine) / FINE
    change = round(FINE * (min(max(width, THINNEST), THICKEST) - width))
    if not change:
        return fine
    tip = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(change) + 1, abs(change) + 1))
    if change > 0:
        room = change // 2 + 1
        slim = cv2.copyMakeBorder(_resized(ink, FINE * BOX - change), *(room,) * 4, cv2.BORDER_CONSTANT, value=0)
        return _trimmed(cv2.dilate(slim, tip))
    thinned = _trimmed(cv2.erode(fine, tip, borderType=cv2.BORDER_CONSTANT, borderValue=0))
    return thinned if thinned.size else fine


def _stroke_width(ink: np.ndarray) -> float:
    """A stroke of length l and width w has area l w and, to both sides, 2 l pixels of outline."""
    mask = (ink > 127).astype(np.uint8)
    core = cv2.erode(mask, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    area = cv2.countNonZero(mask)
    return 2 * area / max(area - cv2.countNonZero(core), 1)


def _resized(ink: np.ndarray, side: int) -> np.ndarray:
    height, width = ink.shape
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _centred(ink: np.ndarray) -> np.ndarray:
    height, width = ink.shape
    weight = ink.astype(np.float64)
    total = weight.sum()
    middle_x = (weight.sum(axis=0) * np.arange(width)).sum() / total
    middle_y = (weight.sum(axis=1) * np.arange(height)).sum() / total
    left = min(max(round(FRAME / 2 - middle_x), 0), FRAME - width)
    top = min(max(round(FRAME / 2 - middle_y), 0), FRAME - height)
    frame = np.zeros((FRAME, FRAME), np.uint8)
    frame[top : top + height, left : left + width] = ink
    return frame
