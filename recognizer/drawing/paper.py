"""Sheets of paper as phones and scanners see them, with or without something written on them."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Light = NDArray[np.float32]  # the share of light that each place of a sheet gives back, 0..1

RULINGS = ("plain", "ruled", "grid", "dotted", "margin", "boxes")


def paper(height: int, width: int, ruling: str, randomness: np.random.Generator, pitch: int | None = None) -> Light:
    """A sheet [height, width] with nothing written on it, ruled in one of the ways of RULINGS, lines `pitch` apart."""
    sheet = np.full((height, width), randomness.uniform(0.75, 0.98), np.float32)
    fibres = cv2.GaussianBlur(randomness.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.5)
    sheet += randomness.uniform(0, 0.03) * fibres
    pitch = pitch or int(min(height, width) * randomness.uniform(0.07, 0.25))
    thick = int(np.clip(pitch * randomness.uniform(0.02, 0.07), 1, 4))
    lines = ruled(height, width, ruling, pitch, thick, randomness)
    return sheet * (1 - randomness.uniform(0.08, 0.45) * lines)


def ruled(
    height: int, width: int, ruling: str, pitch: int, thick: int, randomness: np.random.Generator
) -> NDArray[np.float32]:
    """What is printed on a sheet: 1 on its lines, 0 elsewhere."""
    lines = np.zeros((height, width), np.float32)
    first = int(randomness.integers(0, pitch))
    rows, columns = range(first, height, pitch), range(first, width, pitch)
    if ruling == "boxes":
        _row_of_boxes(lines, thick, randomness)
        return lines
    if ruling == "dotted":
        for row in rows:
            for column in columns:
                cv2.circle(lines, (column, row), thick, 1.0, -1, cv2.LINE_AA)
        return lines
    across: Iterable[int] = rows if ruling in ("ruled", "margin", "grid") else []
    down: Iterable[int] = columns if ruling == "grid" else []
    if ruling == "margin":
        down = [int(width * randomness.uniform(0.08, 0.25))]
    for row in across:
        cv2.line(lines, (0, row), (width, row), 1.0, thick, cv2.LINE_AA)
    for column in down:
        cv2.line(lines, (column, 0), (column, height), 1.0, thick, cv2.LINE_AA)
    return lines


def _row_of_boxes(lines: NDArray[np.float32], thick: int, randomness: np.random.Generator) -> None:
    height, width = lines.shape
    boxes = int(randomness.integers(2, 7))
    side = int(0.9 * min(width / boxes, height / 2))
    left, top = (width - boxes * side) // 2, (height - side) // 2
    for box in range(boxes):
        corner = (left + box * side, top)
        cv2.rectangle(lines, corner, (corner[0] + side, top + side), 1.0, thick, cv2.LINE_AA)


def photographed(sheet: Light, randomness: np.random.Generator, rough: float = 1.0) -> Grey:
    """The sheet under some light, held a little askew, seen by a camera; `rough` 0 is a flatbed scanner."""
    height, width = sheet.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + rough * randomness.uniform(-0.025, 0.025, (4, 2)).astype(np.float32) * (width, height)
    middle = corners.mean(axis=0)
    moved = middle + (moved - middle) * (1 + 0.06 * rough)  # a little nearer, so that no corner of the sheet shows
    tilted = cv2.warpPerspective(
        sheet,
        cv2.getPerspectiveTransform(corners, moved.astype(np.float32)),
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle = randomness.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (columns / width - 0.5) + np.sin(angle) * (rows / height - 0.5)
    light = randomness.uniform(0.65, 1.0) * (1 + rough * randomness.uniform(0, 0.5) * along)
    if randomness.random() < 0.3 * rough:
        edge = np.cos(angle + 1) * (columns / width - 0.5) + np.sin(angle + 1) * (rows / height - 0.5)
        soft = randomness.uniform(20, 150)
        light *= 1 - randomness.uniform(0.1, 0.4) / (1 + np.exp(-soft * (edge - randomness.uniform(-0.3, 0.3))))
    seen = cv2.GaussianBlur(tilted * light, (0, 0), randomness.uniform(0.4, 0.4 + rough))
    seen += randomness.normal(0, randomness.uniform(0.002, 0.004 + 0.02 * rough), seen.shape)
    return np.clip(255 * seen, 0, 255).astype(np.uint8)
