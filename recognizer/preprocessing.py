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


def normalize_glyph(ink: np.ndarray) -> np.ndarray:
    """Ink uint8 [h, w], light on 0, with any margin, to uint8 [28, 28] in MNIST's frame. No ink gives all 0.

    A glyph whose longer side already is 20 pixels is not resampled, and one whose strongest ink already is white is
    not stretched: what is in MNIST's frame comes out as it went in.
    """
    ink = _trimmed(ink)
    if not ink.size:
        return np.zeros((FRAME, FRAME), np.uint8)
    return _centred(_fitted(_full_contrast(ink)))


def _trimmed(ink: np.ndarray) -> np.ndarray:
    columns = np.flatnonzero(ink.max(axis=0, initial=0))
    rows = np.flatnonzero(ink.max(axis=1, initial=0))
    if not columns.size:
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _full_contrast(ink: np.ndarray) -> np.ndarray:
    white = float(np.percentile(ink[ink > 0], 90))
    if ink.max() >= 250:
        return ink
    return np.clip(ink * (255 / white), 0, 255).astype(np.uint8)


def _fitted(ink: np.ndarray) -> np.ndarray:
    height, width = ink.shape
    if max(height, width) == BOX:
        return ink
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


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
