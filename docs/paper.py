"""Digits inked onto paper made here: for the pictures in the docs and for the sample batch."""

import cv2
import numpy as np

INKS = [(140, 60, 20), (40, 40, 45), (60, 30, 120), (90, 90, 95)]  # blue pen, black pen, wine, pencil


def on_paper(digits: list[np.ndarray], randomness: np.random.Generator) -> np.ndarray:
    """Digits in ink on a sheet with a soft shadow and some grain, uint8 [H, W, 3]."""
    row = np.hstack([cv2.resize(digit, (84, 84), interpolation=cv2.INTER_CUBIC)[:, 6:-6] for digit in digits])
    margin = [int(m) for m in randomness.integers(30, 80, 4)]
    ink = cv2.copyMakeBorder(row, *margin, cv2.BORDER_CONSTANT, value=0)[..., None] / 255
    height, width = ink.shape[:2]
    shadow = np.linspace(*randomness.uniform(0.75, 1.0, 2), width)[None, :, None]
    paper = np.array([214, 230, 236]) * shadow + randomness.normal(0, 3, (height, width, 1))
    colour = np.array(INKS[randomness.integers(len(INKS))])
    return np.clip(paper * (1 - ink) + colour * ink, 0, 255).astype(np.uint8)
