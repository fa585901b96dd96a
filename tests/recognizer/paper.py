"""Paper with MNIST's digits on it, in ink, and patterns that are none, made here."""

from collections.abc import Iterable

import cv2
import numpy as np

from recognizer.page import Box, Grey

PATTERNS = ("noise", "checkerboard", "dots", "steps")


def patterned(kind: str, shape: tuple[int, int]) -> Grey:
    """One of PATTERNS, uint8 of this shape: as many marks, edges and greys as a picture can hold."""
    rows, columns = np.indices(shape)
    grey = {
        "noise": np.random.default_rng(3).integers(0, 256, shape),
        "checkerboard": 255 * ((rows + columns) % 2),
        "dots": 255 * ((rows % 4 == 0) & (columns % 4 == 0)),
        "steps": (rows * 37 + columns * 3) % 256,
    }[kind]
    return grey.astype(np.uint8)


def sheet(height: int, width: int, tone: int = 215) -> Grey:
    """Even paper uint8 [height, width] with a grain that one hardly sees."""
    grain = np.random.default_rng(5).normal(0, 1.5, (height, width))
    return np.clip(tone + grain, 0, 255).astype(np.uint8)


def write(
    paper: Grey, digits: Iterable[Grey], x: int, foot: int, tall: int = 80, gap: int = 24, dark: float = 0.75
) -> list[Box]:
    """Digits beside each other, each in a box so many pixels tall, as in MNIST's frame; where their ink lies."""
    boxes = []
    for digit in digits:
        ink = np.pad(trimmed(digit), 1)
        scale = tall / (max(ink.shape) - 2)
        cover = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) / 255
        high, wide, rim = *cover.shape, round(scale)
        here = paper[foot + rim - high : foot + rim, x - rim : x - rim + wide]
        here[:] = np.clip(here * (1 - dark * cover), 0, 255)
        boxes.append(Box(x, foot + 2 * rim - high, wide - 2 * rim, high - 2 * rim))
        x += wide - 2 * rim + gap
    return boxes


def trimmed(digit: Grey) -> Grey:
    """A digit without its margin, and without the specks that some have."""
    _, names, about, _ = cv2.connectedComponentsWithStats((digit > 60).astype(np.uint8))
    largest = 1 + int(about[1:, cv2.CC_STAT_AREA].argmax())
    x, y, width, height, _ = about[largest]
    mine = cv2.dilate((names == largest).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(mine, digit, 0)[y : y + height, x : x + width].astype(np.uint8)


def of_label(images: Grey, labels: np.ndarray, wanted: str) -> list[Grey]:
    """For each digit wanted the first of its kind."""
    return [images[np.flatnonzero(labels == int(digit))[0]] for digit in wanted]
