"""Paper, light and what lies around them, as grey values: what numbers are written on."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Greys = NDArray[np.float32]  # 0..255, and beyond until clipped


def field(randomness: np.random.Generator, side: int, knots: int) -> Greys:
    """A smooth random field [side, side] of mean 0 and deviation about 1 that bends at so many places."""
    knots = min(max(2, knots), side)
    return cv2.resize(
        randomness.standard_normal((knots, knots), np.float32), (side, side), interpolation=cv2.INTER_CUBIC
    )


def place(side: int) -> tuple[Greys, Greys]:
    """Rows and columns of each pixel, from -0.5 to 0.5."""
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    return rows / side - 0.5, columns / side - 0.5


def plain(side: int, randomness: np.random.Generator) -> Greys:
    """A sheet under uneven light, with its grain."""
    u = randomness.uniform
    sheet = np.full((side, side), u(80, 252), np.float32)
    rows, columns = place(side)
    if randomness.random() < 0.55:
        angle = u(0, 2 * np.pi)
        sheet += u(0, 80) * (np.cos(angle) * columns + np.sin(angle) * rows)
    if randomness.random() < 0.3:  # light that falls off towards the rim
        x, y = u(-0.3, 0.3, 2)
        sheet -= u(20, 220) * ((rows - y) ** 2 + (columns - x) ** 2)
    if randomness.random() < 0.35:
        sheet += field(randomness, side, int(randomness.integers(2, 7))) * u(2, 14)
    if randomness.random() < 0.25:  # a shadow, hard or soft
        angle, width = u(0, 2 * np.pi), float(randomness.choice([0.004, 0.02, 0.08, 0.2]))
        away = np.cos(angle) * columns + np.sin(angle) * rows - u(-0.3, 0.3)
        sheet *= 1 - u(0.12, 0.55) / (1 + np.exp(np.clip(-away / width, -30, 30)))
    if randomness.random() < 0.6:
        sheet += field(randomness, side, int(randomness.integers(20, 128))) * u(0, 5)
    return sheet


def calm(side: int, randomness: np.random.Generator) -> Greys:
    """A sheet in good light: next to nothing but its colour."""
    sheet = np.full((side, side), randomness.uniform(130, 252), np.float32)
    rows, columns = place(side)
    angle = randomness.uniform(0, 2 * np.pi)
    sheet += randomness.uniform(0, 40) * (np.cos(angle) * columns + np.sin(angle) * rows)
    return sheet + field(randomness, side, int(randomness.integers(20, 128))) * np.float32(randomness.uniform(0, 2))


def lines(side: int, height: float, angle: float, randomness: np.random.Generator) -> Greys:
    """Ruled, squared or dotted lines as cover [side, side], at a pitch that people write digits so high between."""
    cover = np.zeros((side, side), np.float32)
    kind = randomness.choice(["ruled", "squared", "dotted", "table"], p=[0.4, 0.3, 0.1, 0.2])
    small = kind in ("squared", "dotted")
    pitch = height * (float(np.exp(randomness.uniform(np.log(0.1), 0))) if small else randomness.uniform(1.1, 2.4))
    pitch, thick = (
        max(6.0, pitch),
        1 + int(randomness.random() < 0.3) + int(kind == "table" and randomness.random() < 0.3),
    )
    across = pitch * (randomness.uniform(1, 3.5) if kind == "table" else 1)
    first = randomness.uniform(0, pitch)
    far, start = int(1.5 * side), -side // 2
    for at in np.arange(first - side, 2 * side, pitch):
        cv2.line(cover, (start, int(at)), (far, int(at)), 1.0, thick, cv2.LINE_AA)
    if kind != "ruled":
        uprights = np.zeros_like(cover)
        for at in np.arange(first - side, 2 * side, across):
            cv2.line(uprights, (int(at), start), (int(at), far), 1.0, thick, cv2.LINE_AA)
        cover = cover * uprights if kind == "dotted" else np.maximum(cover, uprights)
    elif randomness.random() < 0.25:
        x = int(randomness.uniform(0, side))
        cv2.line(cover, (x, start), (x, far), 1.0, thick, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), -np.degrees(angle + randomness.normal(0, 0.02)), 1)
    return cv2.warpAffine(cover, turn, (side, side))


def borders(side: int, randomness: np.random.Generator) -> Greys:
    """Pieces of a cell's or a table's lines near the picture's edges, as cover [side, side]."""
    cover = np.zeros((side, side), np.float32)
    reach = side * randomness.uniform(0.02, 0.2)
    for edge in np.flatnonzero(randomness.random(4) < 0.6):
        for _ in range(1 + int(randomness.random() < 0.2)):
            near, slope, thick = randomness.uniform(0, reach), randomness.normal(0, 3), int(randomness.integers(1, 6))
            one, other = near, near + slope
            ends = [
                ((one, -5), (other, side + 5)),
                ((side - 1 - one, -5), (side - 1 - other, side + 5)),
                ((-5, one), (side + 5, other)),
                ((-5, side - 1 - one), (side + 5, side - 1 - other)),
            ][edge]
            a, b = (tuple(int(v) for v in end) for end in ends)
            cv2.line(cover, a, b, 1.0, thick, cv2.LINE_AA)
    if randomness.random() < 0.3:  # printed badly, or copied
        cover *= field(randomness, side, 60) > -0.6
    return cover


def security_print(side: int, randomness: np.random.Generator) -> Greys:
    """Waves, weaves and dots as on cheques [side, side], -1..1."""
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    angle, pitch = randomness.uniform(0, np.pi), randomness.uniform(2.5, 22)
    bent = field(randomness, side, int(randomness.integers(2, 7))) * randomness.uniform(0, 7)
    along, over = np.cos(angle) * columns + np.sin(angle) * rows, np.cos(angle) * rows - np.sin(angle) * columns
    wave = np.sin(2 * np.pi * along / pitch + bent)
    if randomness.random() < 0.5:
        wave *= np.sin(2 * np.pi * over / (pitch * randomness.uniform(0.5, 2)) + bent * randomness.uniform(-1, 1))
    if randomness.random() < 0.6:
        wave = np.tanh((wave - randomness.uniform(-0.2, 0.8)) * randomness.uniform(2, 9))
    return wave


def desk(sheet: Greys, randomness: np.random.Generator) -> Greys:
    """The sheet [side, side] lying on something darker or lighter, its rim in sight on all sides."""
    side = len(sheet)
    m = randomness.uniform(0.01, 0.2, 4) * side
    lean = randomness.normal(0, 0.04, 4) * side
    corners = np.array(
        [
            (m[0], m[1]),
            (side - m[2], m[1] + lean[0]),
            (side - m[2] + lean[1], side - m[3]),
            (m[0] + lean[2], side - m[3]),
        ]
    )
    inside = np.zeros((side, side), np.float32)
    cv2.fillPoly(inside, [np.rint(corners * 8).astype(np.int32)], 1.0, cv2.LINE_AA, 3)
    return sheet * inside + _stuff(side, randomness) * (1 - inside)


def rim(sheet: Greys, randomness: np.random.Generator) -> Greys:
    """A table, a finger or a spiral at the picture's edge."""
    side = len(sheet)
    angle = randomness.uniform(0, 2 * np.pi)
    rows, columns = place(side)
    beyond = np.cos(angle) * columns + np.sin(angle) * rows > randomness.uniform(0.3, 0.49)
    if randomness.random() < 0.35:
        middle = (int((np.cos(angle) * 0.55 + 0.5) * side), int((np.sin(angle) * 0.55 + 0.5) * side))
        finger = np.zeros((side, side), np.uint8)
        axes = int(side * randomness.uniform(0.1, 0.25)), int(side * randomness.uniform(0.05, 0.1))
        cv2.ellipse(finger, middle, axes, float(np.degrees(angle)), 0, 360, 1, -1)
        beyond = finger > 0
    sheet = np.where(beyond, _stuff(side, randomness), sheet)
    if randomness.random() < 0.25:
        for along in np.linspace(-0.7, 0.7, int(randomness.integers(6, 22))):
            middle = (
                int((np.cos(angle) * 0.4 - np.sin(angle) * along + 0.5) * side),
                int((np.sin(angle) * 0.4 + np.cos(angle) * along + 0.5) * side),
            )
            axes = int(randomness.integers(2, 6)), int(randomness.integers(3, 9))
            end, tone = int(randomness.integers(180, 360)), float(randomness.uniform(10, 120))
            cv2.ellipse(sheet, middle, axes, float(np.degrees(angle)), 0, end, tone, 2, cv2.LINE_AA)
    return np.ascontiguousarray(sheet, np.float32)


def _stuff(side: int, randomness: np.random.Generator) -> Greys:
    grain = field(randomness, side, int(randomness.integers(4, 60)))
    return randomness.uniform(5, 245) + grain * np.float32(randomness.uniform(1, 22))


Ground = Callable[[int, np.random.Generator], Greys]
