"""Printed boxes that digits are written into, taken out of the strokes."""

import cv2
import numpy as np

RECTANGULAR = 0.88  # share of its slanting box that a hole fills; a rounded 0's fills 0.79
WALLS = 0.4  # of all that a frame encloses, its lines are at most
SMALLEST = 0.04  # of the picture's longer side: no digit fits into a smaller cell


def without_frames(mask: np.ndarray) -> np.ndarray:
    """A mask (bool [H, W]) without the strokes whose holes are nearly all rectangles: boxes, combs, tables, screens."""
    contours, tree = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None:
        return mask
    least = (SMALLEST * max(mask.shape)) ** 2
    cells: dict[int, float] = {}
    for contour, (_, _, _, parent) in zip(contours, tree[0], strict=True):
        if parent >= 0 and (hole := cv2.contourArea(contour)) > least:
            width, height = cv2.minAreaRect(contour)[1]
            cells[parent] = cells.get(parent, 0.0) + (hole if hole > RECTANGULAR * width * height else 0.0)
    frames = [index for index, open_ in cells.items() if open_ > (1 - WALLS) * cv2.contourArea(contours[index])]
    if not frames:
        return mask
    # Labels, for a frame is taken out with its walls but not with what is written in it.
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    gone = [labels[contours[index][0, 0, 1], contours[index][0, 0, 0]] for index in frames]
    return mask & ~np.isin(labels, gone)
