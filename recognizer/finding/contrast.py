"""A grey picture as the finder's network takes it."""

import cv2
import numpy as np
from numpy.typing import NDArray

CHANNELS = 2
WINDOW = 49  # pixels: one mark and a half, at the scale that is chosen for it
# Of 255: noise that nobody sees. Paper without ink would be nothing but noise without it.
FLOOR = 3.0


def channels(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Grey uint8 [h, w] to float32 [h, w, 2]: as it is, -0.5..0.5, and as it departs from its surroundings, -2..2.

    The second is what is left of faint pencil and of a dark corner once light and paper are divided out.
    """
    plain = grey.astype(np.float32)
    mean = cv2.blur(plain, (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT)
    squares = cv2.blur(plain * plain, (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT)
    deviation = np.sqrt(np.maximum(squares - mean * mean, 0))
    return np.stack([plain / 255 - 0.5, np.clip((plain - mean) / (2 * (deviation + FLOOR)), -2, 2)], 2)
