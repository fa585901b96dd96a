"""What the sheet would look like with nothing written on it, and how far each pixel departs from that."""

from dataclasses import dataclass

import cv2
import numpy as np

MODEL_SIDE = 320  # paper changes slowly: its model is made at this resolution
POLARITY_SIDE = 96
LOW_CONTRAST = 60


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
    return Departure(ink, noise, light, ("light ink on dark paper",) if light else ())


def _flat_paper(grey: np.ndarray) -> tuple[bool, np.ndarray] | None:
    counts = np.bincount(grey.ravel(), minlength=256)
    level = int(counts.argmax())
    near = counts[max(0, level - 2) : level + 3].sum()
    faint = counts[max(0, level - 40) : level + 41].sum() - near
    if near < 0.35 * grey.size or faint > 0.15 * grey.size:
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
    small = _shrunk(grey, MODEL_SIDE)
    side = max(3, int(0.35 * min(small.shape)) | 1)
    padded = cv2.copyMakeBorder(small, side, side, side, side, cv2.BORDER_REPLICATE)
    paper = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    paper = cv2.blur(paper, (side // 4 | 1, side // 4 | 1))[side:-side, side:-side]
    paper = cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    share = np.minimum(grey.astype(np.float32) / np.maximum(paper, 1), 1)
    ink = 255 * (1 - share)
    if min(grey.shape) > 100:
        ink = cv2.GaussianBlur(ink, (0, 0), 0.8)
    offset = float(np.median(ink))
    noise = 3 * 1.48 * float(np.median(np.abs(ink - offset)))
    return np.clip(ink - offset, 0, 255).astype(np.uint8), noise


def _shrunk(grey: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
