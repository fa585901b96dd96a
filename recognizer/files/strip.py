"""What a network saw of a picture's marks, side by side in one small PNG, as it is kept with an answer."""

import cv2
import numpy as np

SIDE = 28  # pixels: each mark in MNIST's frame


def strip_png(seen: list[np.ndarray]) -> bytes:
    """Marks uint8 [28, 28] side by side; of none, a single empty frame."""
    strip = np.hstack(seen) if seen else np.zeros((SIDE, SIDE), np.uint8)
    return cv2.imencode(".png", strip)[1].tobytes()


def strip_marks(png: bytes, count: int) -> np.ndarray:
    """The `count` marks uint8 [count, 28, 28] that `strip_png` put side by side; none where these are not so many."""
    strip = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if count else None
    if strip is None or strip.shape != (SIDE, count * SIDE):
        return np.zeros((0, SIDE, SIDE), np.uint8)
    return np.stack(np.hsplit(strip, count))
