"""Whatever a library has decoded, upright, in eight bits, on paper, and no larger than is worked with."""

import math

import cv2
import numpy as np
from PIL import Image

from recognizer.page import Picture

WORK_SIDE = 2400  # longest side of the pixels kept for finding; a digit 1 % of it high still has 24 rows
EXIF_ORIENTATION = 0x0112
BAND = 128  # rows that are worked on at once, where numbers take more room than pixels


def upright(image: Image.Image) -> Picture:
    width, height = image.size
    longest = max(width, height)
    if longest > WORK_SIDE:  # JPEG alone can be decoded at a half, a quarter or an eighth, and much faster so
        image.draft(None, (math.ceil(width * WORK_SIDE / longest), math.ceil(height * WORK_SIDE / longest)))
    image.load()
    turn = _orientation(image)
    notes: tuple[str, ...] = ("turned_by_camera",) if turn != 1 else ()
    if turn >= 5:
        width, height = height, width
    if image.mode == "F" or image.mode.startswith("I"):
        grey = _eight_bits(fit(_pixels(image, None), WORK_SIDE))
        return Picture(_turned(grey, turn), None, notes, width, height)
    mode = _plain_mode(image)
    pixels = _turned(fit(_pixels(image, mode), WORK_SIDE), turn)
    if mode in ("LA", "RGBA"):
        pixels, more = _on_paper(pixels)
        notes += more
    if pixels.ndim == 2:
        return Picture(pixels, None, notes, width, height)
    return coloured(pixels, notes, width, height)


def coloured(rgb: np.ndarray, notes: tuple[str, ...], width: int, height: int) -> Picture:
    if np.array_equal(rgb[..., 0], rgb[..., 1]) and np.array_equal(rgb[..., 1], rgb[..., 2]):
        return Picture(np.ascontiguousarray(rgb[..., 0]), None, notes, width, height)
    return Picture(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), rgb, notes, width, height)


def _orientation(image: Image.Image) -> int:
    try:
        turn = image.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:  # garbage in EXIF raises as variously as garbage in pixels, and is no reason to refuse them
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _turned(pixels: np.ndarray, turn: int) -> np.ndarray:
    if turn in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _plain_mode(image: Image.Image) -> str:
    transparent = "transparency" in image.info
    if image.mode in ("1", "L"):
        return "LA" if transparent and image.mode == "L" else "L"
    if image.mode in ("LA", "La"):
        return "LA"
    if image.mode in ("RGBA", "RGBa", "PA") or (transparent and image.mode in ("P", "RGB")):
        return "RGBA"
    return "RGB"


def _pixels(image: Image.Image, mode: str | None) -> np.ndarray:
    """The picture as an array, shrunk by a whole factor while it is at least twice WORK_SIDE.

    Goes band by band, so that a 50-megapixel picture never stands in memory twice.
    """
    width, height = image.size
    factor = max(1, max(width, height) // WORK_SIDE)
    rows = max(factor, 2**22 // width // factor * factor)
    bands = []
    for top in range(0, height, rows):
        band = image.crop((0, top, width, min(top + rows, height)))
        pixels = np.asarray(band.convert(mode) if mode and band.mode != mode else band)
        if mode is None:
            pixels = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        if factor > 1:
            size = (max(1, width // factor), max(1, pixels.shape[0] // factor))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        bands.append(pixels)
    return bands[0] if len(bands) == 1 else np.concatenate(bands)


def fit(pixels: np.ndarray, side: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Deep pixels scaled, never clipped: by the smallest usual depth that holds them, else from least to most."""
    values = values.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    if low >= 0:
        low = 0.0
        high = next((top for top in (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0) if top >= high), high)
    return np.rint((values - low) * (255.0 / max(high - low, 1e-30))).clip(0, 255).astype(np.uint8)


def _on_paper(pixels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """A see-through picture laid on paper that its visible part can be told from.

    Where little is visible it is ink, and the paper is white or black, whichever is further from it; where most is
    visible it is paper with holes, and the holes get the paper's own grey.
    """
    alpha = pixels[..., -1]
    flat = pixels[..., 0] if pixels.shape[-1] == 2 else pixels[..., :3]
    if alpha.min() == 255:
        return np.ascontiguousarray(flat), ()
    if alpha.max() == 0:
        return np.full_like(alpha, 255), ("fully_transparent",)
    luma = flat if flat.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(flat), cv2.COLOR_RGB2GRAY)
    if alpha.mean() > 127:
        paper = float(np.median(luma[alpha > 127]))
    else:
        paper = 255.0 if np.average(luma, weights=alpha) < 128 else 0.0
    laid = np.empty_like(flat)
    for top in range(0, len(laid), BAND):
        band = slice(top, top + BAND)
        share = (alpha[band] if flat.ndim == 2 else alpha[band, :, None]).astype(np.float32) / 255
        laid[band] = np.rint(flat[band] * share + paper * (1 - share))
    return laid, ("transparent",)
