"""Clothes, shoes and bags in outline, as catalogues show them, for a network to learn that they are no digits.

The project's own shapes, on a sheet of 96 by 96; no two are the same.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.float32]  # [96, 96], greys up to 255 on 0
SIDE = 96
MIDDLE = SIDE / 2


def draw(randomness: np.random.Generator) -> Canvas:
    """One of them in a grey of its own."""
    canvas, cloth = np.zeros((SIDE, SIDE), np.float32), randomness.uniform(70, 255)
    CUTS[randomness.integers(len(CUTS))](canvas, cloth, randomness)
    return canvas


def shirt(canvas: Canvas, cloth: float, randomness: np.random.Generator) -> None:
    """Or a coat: some with other sleeves, some buttoned."""
    some = randomness.uniform
    shoulder, hem, end, neck = some(16, 26), some(14, 28), some(70, 90), some(4, 11)
    trunk = [(-shoulder, 14), (-neck, 8), (0, some(9, 24)), (neck, 8), (shoulder, 14), (hem, end), (-hem, end)]
    fill(canvas, [(MIDDLE + x, y) for x, y in trunk], cloth)
    out, down, cuff = some(4, 18), some(30, end), some(7, 13)
    sleeve = cloth if randomness.random() < 0.6 else some(60, 255)
    for side in (-1, 1):
        edge = MIDDLE + side * shoulder
        ends = (edge + side * out, down), (edge + side * (out - cuff), down + 2)
        fill(canvas, [(edge, 14), *ends, (edge - side * 4, some(28, 44))], sleeve)
    if randomness.random() < 0.3:
        cv2.line(canvas, (int(MIDDLE), 14), (int(MIDDLE), int(end)), some(0, 255), int(randomness.integers(1, 4)))


def trousers(canvas: Canvas, cloth: float, randomness: np.random.Generator) -> None:
    some = randomness.uniform
    waist, foot, split, spread = some(12, 20), some(7, 13), some(26, 50), some(-2, 10)
    leg = [(-1, 6), (waist, 6), (waist + spread, 90), (waist + spread - foot, 90), (0.5, split)]
    for side in (-1, 1):
        fill(canvas, [(MIDDLE + side * x, y) for x, y in leg], cloth)


def dress(canvas: Canvas, cloth: float, randomness: np.random.Generator) -> None:
    some = randomness.uniform
    top, waist, hem, height = some(7, 18), some(6, 14), some(9, 32), some(30, 50)
    left = [(-waist, height), (-top, 7), (-top / 2, some(5, 12))]
    right = [(top / 2, some(5, 12)), (top, 7), (waist, height)]
    fill(canvas, [(MIDDLE + x, y) for x, y in (*left, *right, (hem, 90), (-hem, 90))], cloth)


def shoe(canvas: Canvas, cloth: float, randomness: np.random.Generator) -> None:
    some = randomness.uniform
    low, heel, toe = some(58, 72), some(28, 50), some(50, 64)
    tongue = (some(18, 40), heel + some(-6, 6)), (some(44, 60), some(44, 58))
    fill(canvas, [(8, heel), *tongue, (88, toe), (90, low), (6, low)], cloth)
    fill(canvas, [(6, low), (90, low), (90, low + some(2, 8)), (6, low + some(2, 12))], some(60, 255))


def boot(canvas: Canvas, cloth: float, randomness: np.random.Generator) -> None:
    some = randomness.uniform
    wide, ankle, low = some(14, 30), some(50, 66), some(78, 88)
    leg = [(14, 8), (14 + wide, 8), (16 + wide, ankle)]
    fill(canvas, [*leg, (80, ankle + some(6, 14)), (84, low), (12, low)], cloth)
    fill(canvas, [(12, low), (30, low), (28, 93), (14, 93)], some(60, 255))


def bag(canvas: Canvas, cloth: float, randomness: np.random.Generator) -> None:
    some = randomness.uniform
    top, left, slant = some(30, 52), some(8, 18), some(-6, 8)
    fill(canvas, [(left + slant, top), (SIDE - left - slant, top), (SIDE - left, 88), (left, 88)], cloth)
    handle = int(some(12, 28)), int(some(12, top - 4))
    thick = int(randomness.integers(2, 7))
    cv2.ellipse(canvas, (int(MIDDLE), int(top)), handle, 0, 180, 360, some(60, 255), thick, cv2.LINE_AA)


CUTS = (shirt, trousers, dress, shoe, boot, bag)


def fill(canvas: Canvas, rim: list[tuple[float, float]], grey: float) -> None:
    cv2.fillPoly(canvas, [np.rint(rim).astype(np.int32)], grey, cv2.LINE_AA)
