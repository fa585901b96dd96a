"""The paper that examinations are written on: what a mill, a printer and a pen do to the light that it gives back.

Models are judged by this and never learn from it: it shares nothing with `recognizer.drawing`, on whose paper lessons
are drawn. All numbers here and in `camera` were set by eye, beside photos of real sheets, before any score on it.
A surface is the reflectance float32 [3, h, w] of its places, 0..1 in linear light, in red, green and blue.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.exams.camera import Grey, Plane, View, pictured, rising

Surface = NDArray[np.float32]
Colour = tuple[float, float, float]

RULINGS = ("plain", "ruled", "grid", "dotted", "margin", "boxes")

# How much light a kind of paper gives back: copier paper, a notebook's, ivory, recycled, a yellow pad, an envelope.
STOCKS: tuple[Colour, ...] = (
    (0.86, 0.88, 0.92),
    (0.84, 0.84, 0.83),
    (0.85, 0.81, 0.70),
    (0.66, 0.65, 0.60),
    (0.86, 0.80, 0.42),
    (0.62, 0.47, 0.30),
)
STOCK_SHARES = (0.36, 0.28, 0.14, 0.12, 0.06, 0.04)
# What a printed line lets through of it.
PRINTS: tuple[Colour, ...] = (
    (0.42, 0.62, 0.82),
    (0.50, 0.50, 0.52),
    (0.55, 0.48, 0.70),
    (0.45, 0.68, 0.55),
    (0.20, 0.20, 0.22),
)
STEPS = 8_000  # of a cloud, from 0 to 1
GRAIN = 2.5  # pixels from one hill of the paper to the next, where a pencil leaves its lead
MARGIN: Colour = (0.85, 0.32, 0.38)


@dataclass(frozen=True, slots=True)
class Pen:
    """`passes`: the light that a full load of its ink lets through; `rim`: the load at a stroke's edge, 0..1.

    `uneven`: by how much the hand's pressure varies; `tooth`: how much of the paper's grain stays bare, 0..1.
    """

    passes: Colour
    rim: float
    uneven: float
    tooth: float
    share: float


PENS = (
    Pen((0.09, 0.12, 0.42), 0.55, 0.25, 0.25, 0.27),  # blue ballpoint
    Pen((0.08, 0.08, 0.10), 0.55, 0.25, 0.25, 0.23),  # black ballpoint
    Pen((0.03, 0.03, 0.04), 0.85, 0.08, 0.05, 0.15),  # black gel
    Pen((0.05, 0.08, 0.24), 0.80, 0.30, 0.00, 0.08),  # fountain pen
    Pen((0.02, 0.02, 0.02), 0.95, 0.05, 0.00, 0.07),  # felt marker
    Pen((0.62, 0.09, 0.11), 0.70, 0.15, 0.10, 0.03),  # red fineliner
    Pen((0.24, 0.24, 0.25), 0.35, 0.25, 0.45, 0.17),  # pencil
)


def handed_in(
    ink: Plane, ruling: str, randomness: np.random.Generator, pitch: float | None = None, scanner: float = 0.3
) -> Grey:
    """A picture uint8 of a sheet with ink 0..1 [h, w] on it, all in sight, ruled in a way of RULINGS.

    `pitch`: pixels from line to line; `scanner`: how likely it is scanned and not photographed.
    """
    height, width = ink.shape
    pitch = pitch or min(height, width) * randomness.uniform(0.08, 0.22)

    def paint(view: View) -> Surface:
        blank = sheet(view.height, view.width, randomness)
        if ruling == "boxes":
            print_on(blank, boxes(view, height, width, randomness), _one_of(PRINTS, randomness), randomness)
        else:
            rule(blank, ruling, pitch, randomness)
        return inked(blank, view.placed(ink), randomness) if ink.any() else blank

    return pictured(height, width, paint, randomness, scanner)


def empty(height: int, width: int, ruling: str, randomness: np.random.Generator) -> Grey:
    """A sheet with nothing on it, about so large."""
    return handed_in(np.zeros((height, width), np.float32), ruling, randomness)


def sheet(height: int, width: int, randomness: np.random.Generator) -> Surface:
    """Blank paper: a stock, cloudy where the pulp lay thicker, with fibres in it; some soiled, some once folded."""
    stock = np.array(STOCKS[randomness.choice(len(STOCKS), p=STOCK_SHARES)]) * randomness.uniform(0.92, 1.04)
    tone = 1 + np.float32(randomness.uniform(0.002, 0.012)) * cloud(height, width, 9, randomness)
    tone += np.float32(randomness.uniform(0.004, 0.03)) * fibres(height, width, randomness)
    if randomness.random() < 0.12:
        tone *= crease(height, width, randomness)
    surface = tone[None] * stock.astype(np.float32)[:, None, None]
    if randomness.random() < 0.12:
        surface *= stain(height, width, randomness)
    return np.clip(surface, 0, 1)


def cloud(height: int, width: int, cells: float, randomness: np.random.Generator) -> Plane:
    """A field [height, width] about 0, most of it within -1..1, that varies over so many cells of its longer side.

    In whole numbers until the end: so it is the same to the last bit on every processor.
    """
    longer = max(height, width)
    size = [max(3, round(cells * side / longer)) for side in (height, width)]
    coarse = np.rint(STEPS * np.clip(randomness.normal(0, 0.8, size), -1.6, 1.6)).astype(np.int16)
    linear = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR_EXACT)
    cell = max(1, int(longer / cells))
    return cv2.blur(linear, (cell, cell)) * np.float32(1 / STEPS)


def fibres(height: int, width: int, randomness: np.random.Generator) -> Plane:
    """Hairs of pulp [height, width], paler (up to 1) or darker (down to -1) than what lies between them."""
    field = np.zeros((height, width), np.float32)
    count = height * width // 150
    for strength in (1.0, -1.0):
        start = randomness.uniform(0, (width, height), (count, 1, 2))
        angle, length = randomness.uniform(0, np.pi, (count, 1)), randomness.uniform(3, 12, (count, 1))
        bent = angle + randomness.normal(0, 0.5, (count, 1))
        steps = [length[..., None] * np.stack([np.cos(a), np.sin(a)], axis=-1) for a in (angle, bent)]
        hairs = np.concatenate([start, start + steps[0], start + steps[0] + steps[1]], axis=1)
        drawn = np.zeros((height, width), np.uint8)
        cv2.polylines(drawn, list(np.rint(8 * hairs).astype(np.int32)), False, 255, 1, cv2.LINE_AA, shift=3)
        field += np.float32(strength / 255) * drawn
    return field


def crease(height: int, width: int, randomness: np.random.Generator) -> Plane:
    """A fold, pressed flat again [height, width]: one flank towards the light, the other away from it."""
    rows, columns = _grid(height, width)
    angle = randomness.choice((0, np.pi / 2)) + randomness.normal(0, 0.06)
    beside = np.float32(np.cos(angle)) * (columns - np.float32(randomness.uniform(0.15, 0.85) * width))
    beside = beside + np.float32(np.sin(angle)) * (rows - np.float32(randomness.uniform(0.15, 0.85) * height))
    wide = np.float32(max(height, width) * randomness.uniform(0.02, 0.08))
    flank = 1 - rising(np.abs(beside) / wide)
    return 1 + np.float32(randomness.uniform(0.02, 0.07)) * flank * np.sign(beside)


def stain(height: int, width: int, randomness: np.random.Generator) -> Surface:
    """What a cup left, or a thumb: the share of light [3, height, width] that passes it."""
    rows, columns = _grid(height, width)
    middle = randomness.uniform(-0.1, 1.1, 2) * (height, width)
    radius = np.float32(min(height, width) * randomness.uniform(0.15, 0.5))
    away = np.sqrt((rows - np.float32(middle[0])) ** 2 + (columns - np.float32(middle[1])) ** 2) / radius
    waves, cup = cloud(height, width, 12, randomness), randomness.random() < 0.5
    away = away + (0.02 if cup else 0.12) * waves
    spread = 1 - rising((away - 0.4) / 0.6)
    if cup:
        spread = 0.2 * spread + (0.6 + 0.4 * waves) * (1 - rising(np.abs(away - 0.95) / 0.05))
    left = np.array((0.10, 0.20, 0.38) if cup else (0.12, 0.12, 0.11)) * randomness.uniform(0.3, 1)
    return 1 - left.astype(np.float32)[:, None, None] * spread[None]


def rule(surface: Surface, ruling: str, pitch: float, randomness: np.random.Generator) -> None:
    """Print lines, squares, dots or a margin onto a sheet. Lines across and down are never quite square."""
    if ruling == "plain":
        return
    rows, columns = _grid(*surface.shape[1:])
    colour = _one_of(PRINTS, randomness)
    thick = float(np.clip(pitch * randomness.uniform(0.02, 0.06), 0.8, 5))
    lean, plumb = randomness.normal(0, 0.004, 2).astype(np.float32)
    level, upright = rows + lean * columns, columns + plumb * rows
    first = randomness.uniform(0, pitch, 2)
    if ruling == "dotted":
        dots = np.sqrt(_beside(level, first[0], pitch) ** 2 + _beside(upright, first[1], pitch) ** 2)
        print_on(surface, np.clip(1.4 * np.float32(thick) + 0.5 - dots, 0, 1), colour, randomness)
        return
    print_on(surface, stroke(_beside(level, first[0], pitch), thick), colour, randomness)
    if ruling == "grid":
        print_on(surface, stroke(_beside(upright, first[1], pitch), thick), colour, randomness)
    if ruling == "margin":
        edge = np.float32(surface.shape[2] * randomness.choice((1, 1, 4)) * randomness.uniform(0.1, 0.22))
        margin = stroke(np.abs(upright - edge), thick)
        if randomness.random() < 0.4:
            margin = np.maximum(margin, stroke(np.abs(upright - edge - np.float32(3.5 * thick)), thick))
        print_on(surface, margin, MARGIN, randomness)


def boxes(view: View, height: int, width: int, randomness: np.random.Generator) -> Plane:
    """The frame of a form's field [h, w]: two to eight boxes in a row, in the middle of what is to be seen."""
    count = int(randomness.integers(2, 9))
    side = min(width / count, height) * randomness.uniform(0.6, 0.95)
    tall = side * randomness.uniform(1, 1.4) if side * 1.4 < 0.95 * height else side
    thick = max(1.0, side * randomness.uniform(0.01, 0.035))
    rows, columns = _grid(view.height, view.width)
    down = np.abs(rows - np.float32(view.top + height / 2)) - np.float32(tall / 2)
    along = columns - np.float32(view.left + width / 2 - count * side / 2)
    across = np.abs(along - np.float32(count * side / 2)) - np.float32(count * side / 2)
    upright, level = stroke(_beside(along, 0, side), thick), stroke(np.abs(down), thick)
    within = [np.clip(np.float32(thick / 2 + 0.5) - over, 0, 1) for over in (down, across)]
    return np.maximum(upright * within[0] * within[1], level * within[1])


def stroke(beside: Plane, thick: float) -> Plane:
    """How much of each pixel a line covers whose middle is so far from it, in pixels."""
    return np.clip(np.float32(thick / 2 + 0.5) - beside, 0, 1)


def print_on(surface: Surface, cover: Plane, colour: Colour, randomness: np.random.Generator) -> None:
    """Ink of a printer's, thin here and there as the plate was worn."""
    height, width = cover.shape
    worn = randomness.uniform(0.35, 1) * (1 + 0.25 * cloud(height, width, 6, randomness))
    cover = cover * np.clip(worn, 0.1, 1).astype(np.float32)
    for plane, passes in zip(surface, colour, strict=True):
        plane *= 1 - np.float32(1 - passes) * cover


def inked(surface: Surface, ink: Plane, randomness: np.random.Generator) -> Surface:
    """The surface with ink written on it by some pen: most where the stroke is deep and the hand pressed.

    A place under a load passes t / (t + load * (1 - t)) of the light, t being what a full load passes.
    """
    pen = PENS[randomness.choice(len(PENS), p=[pen.share for pen in PENS])]
    height, width = ink.shape
    # The exact transform: the usual one differs from processor to processor in its last bits.
    depth = cv2.distanceTransform((ink > 0.5).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    load = pen.rim + (1 - pen.rim) * np.minimum(depth / max(1.5, 0.6 * float(depth.max())), 1)
    load = load * (1 + pen.uneven * cloud(height, width, 24, randomness))
    if pen.tooth:
        load *= 1 - pen.tooth * np.abs(cloud(height, width, max(height, width) / GRAIN, randomness))
    load = np.clip(load * randomness.uniform(0.75, 1.3), 0.15, 2)
    written = np.empty_like(surface)
    for before, after, passes in zip(surface, written, pen.passes, strict=True):
        passed = np.float32(passes) / (np.float32(passes) + load * np.float32(1 - passes))
        np.multiply(before, 1 - ink * (1 - passed), out=after)
    return written


def _one_of(colours: tuple[Colour, ...], randomness: np.random.Generator) -> Colour:
    return colours[randomness.integers(len(colours))]


def _grid(height: int, width: int) -> tuple[Plane, Plane]:
    return np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None, :]


def _beside(places: Plane, first: float, pitch: float) -> Plane:
    """How far each place is from the nearest of the lines that begin at `first` and stand `pitch` apart."""
    steps = (places - np.float32(first)) / np.float32(pitch)
    return np.abs(steps - np.rint(steps)) * np.float32(pitch)
