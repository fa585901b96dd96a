"""Printed boxes that digits are written into, taken out of the strokes."""

import cv2
import numpy as np

RECTANGULAR = 0.88  # share of its slanting box that a hole fills; a rounded 0's fills 0.79
WALLS = 0.4  # of all that a frame encloses, its lines are at most
MOST = 200  # holes that are looked at, the largest ones
SMALLEST = 0.04  # of the picture's longer side: no digit fits into a smaller cell


def without_frames(mask: np.ndarray) -> np.ndarray:
    """A mask (bool [H, W]) without the strokes whose holes are nearly all rectangles: boxes, combs, tables, screens."""
    open_ = _rectangular_holes(mask)
    if not open_:
        return mask
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    rooms: dict[int, float] = {}
    for (x, y), area in open_:
        rooms[int(labels[y, x])] = rooms.get(int(labels[y, x]), 0.0) + area
    frames = [wall for wall, area in rooms.items() if area > (1 - WALLS) * _enclosed(labels == wall)]
    return mask & ~np.isin(labels, frames) if frames else mask


def _rectangular_holes(mask: np.ndarray) -> list[tuple[tuple[int, int], float]]:
    """A pixel x, y of the wall around each rectangular hole, and the hole's area; at most MOST of them.

    Holes are the connected pieces of the ground, for a tree of contours takes minutes on a sheet of a million dots.
    """
    height, width = mask.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    left, top, wide, high, area = stats.T
    inner = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    inner &= area > (SMALLEST * max(mask.shape)) ** 2
    inner[0] = False
    found = []
    for hole in sorted(np.flatnonzero(inner), key=lambda index: -area[index])[:MOST]:
        x, y = int(left[hole]), int(top[hole])
        own = labels[y : y + high[hole], x : x + wide[hole]] == hole
        (outline, *_), _ = cv2.findContours(own.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        room = float(cv2.contourArea(outline))  # with what is written in it
        across, down = cv2.minAreaRect(outline)[1]
        if room > RECTANGULAR * across * down:
            found.append(((x - 1, y + int(np.flatnonzero(own[:, 0])[0])), room))
    return found


def _enclosed(wall: np.ndarray) -> float:
    """The area within the outline of one connected stroke, in pixels."""
    (outline, *_), _ = cv2.findContours(wall.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return float(cv2.contourArea(outline))
