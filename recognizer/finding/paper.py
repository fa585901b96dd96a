"""What the sheet would look like with nothing written on it, and how far each pixel departs from that."""

from dataclasses import dataclass

import cv2
import numpy as np

MODEL_SIDE = 320  # paper changes slowly: its model is made at this resolution
POLARITY_SIDE = 96
WINDOW = 0.4  # of the shorter side: wider than the stroke of a marker on a sheet that one digit fills
FINE_GRAIN = 100  # pixels: smaller pictures are not smoothed, their strokes are as thin as the grain
TABLE = 0.55  # of the sheet's brightness: what is darker is no shadow on it
EXACT = 0.6  # of the pixels near the paper's colour: where one colour is the paper's, they have exactly that
NOISE = 4  # standard deviations that bare paper seldom exceeds


@dataclass(frozen=True, slots=True)
class Departure:
    """`ink` is uint8 [H, W], 0 on paper; `noise` is the level that bare paper seldom exceeds; `light` the polarity."""

    ink: np.ndarray
    noise: float
    light: bool
    notes: tuple[str, ...]


def departure_from_paper(grey: np.ndarray) -> Departure:
    """uint8 [H, W] to ink on 0, whatever the paper's colour, the light that falls on it and the ink's polarity.

    Paper of one exact colour (a drawing, an MNIST digit) needs no model of the light: there the ink is the plain
    difference, so that a digit already light on 0 is passed on untouched.
    """
    flat = _flat_paper(grey)
    if flat is not None:
        light, ink, noise = flat[0], flat[1], 0.0
    else:
        light = _is_light_on_dark(grey)
        ink, noise = _ink_under_light(grey if not light else 255 - grey)
    return Departure(ink, noise, light, ("light_ink",) if light else ())


def _flat_paper(grey: np.ndarray) -> tuple[bool, np.ndarray] | None:
    counts = np.bincount(grey.ravel(), minlength=256)
    level = int(counts.argmax())
    near = counts[max(0, level - 2) : level + 3].sum()
    faint = counts[max(0, level - 40) : level + 41].sum() - near
    # Of a photo's paper, however even, most pixels have a neighbouring level.
    if near < 0.35 * grey.size or faint > 0.15 * grey.size or counts[level] < EXACT * near:
        return None
    levels = np.arange(256)
    light = bool((counts * (levels - level)).sum() > 0)
    ink = cv2.subtract(grey, level) if light else cv2.subtract(np.full_like(grey, level), grey)
    return light, ink


def _is_light_on_dark(grey: np.ndarray) -> bool:
    small = _shrunk(grey, POLARITY_SIDE)
    window = max(3, int(0.6 * max(small.shape)) | 1)
    paper = cv2.medianBlur(cv2.copyMakeBorder(small, *(window // 2,) * 4, cv2.BORDER_REPLICATE), window)
    paper = paper[window // 2 : window // 2 + small.shape[0], window // 2 : window // 2 + small.shape[1]]
    residual = small.astype(np.float32) - paper
    return bool((residual**3).sum() > 0)


def _ink_under_light(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """Dark ink as the share of the paper's light that it swallows, 0 to 255, and the level of the paper's noise.

    A morphological closing with a window wider than any stroke takes the ink off and leaves slopes and steps of light
    as they are. At the edge of the picture the paper is continued outwards, so that a dark corner is not ink.
    """
    small = _shrunk(grey, MODEL_SIDE)
    side = max(3, int(WINDOW * min(small.shape)) | 1)
    padded = cv2.copyMakeBorder(small, side, side, side, side, cv2.BORDER_REPLICATE)
    paper = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    # Smoothed, but never brighter than before: beside the edge of a shadow smooth paper would be darker than itself.
    paper = cv2.min(cv2.erode(paper, np.ones((3, 3), np.uint8)), cv2.blur(paper, (side // 4 | 1, side // 4 | 1)))
    paper = paper[side:-side, side:-side]
    table = cv2.resize(_table(paper), grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    paper = cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    ink = cv2.bitwise_not(cv2.divide(grey, cv2.max(paper, 1), scale=255))
    ink[table > 0] = 0
    if min(grey.shape) > FINE_GRAIN:
        ink = cv2.GaussianBlur(ink, (0, 0), 0.8)
    # Ink may cover near half of a picture, so paper is judged by the pixels that have least. In a normal distribution
    # the 5th and the 30th percentile lie 1.12 deviations apart, and the mean 0.52 above the latter.
    low, high = _percentile(ink, 5), _percentile(ink, 30)
    deviation = (high - low) / 1.12
    return cv2.subtract(ink, round(high + 0.52 * deviation)), NOISE * deviation


def _table(paper: np.ndarray) -> np.ndarray:
    """1 where a sheet that lies on something much darker ends, 0 on the sheet."""
    height, width = paper.shape
    dark = (paper < TABLE * np.percentile(paper, 90)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark)
    x, y, wide, high = stats[:, :4].T
    beside, over = (x == 0) | (x + wide == width), (y == 0) | (y + high == height)
    table = (beside & (high > 0.5 * height)) | (over & (wide > 0.5 * width))
    table[0] = False
    rim = max(height, width) // 35 | 1
    return cv2.dilate(table[labels].astype(np.uint8), np.ones((rim, rim), np.uint8))


def _percentile(values: np.ndarray, share: float) -> int:
    """Of uint8 values; by counting, for np.percentile takes 40 ms on a large picture."""
    return int(np.searchsorted(np.cumsum(np.bincount(values.ravel())), values.size * share / 100))


def _shrunk(grey: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
