"""What stands on a sheet beside the numbers and is none: print, words, scribbles, rings, ticks, dust, boxes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing import strokes
from recognizer.drawing.pens import Cover, Hand, stranger

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
PRINTED = LETTERS + "0123456789" * 2 + ":.,-/()%°=&€$"
UNITS = ("km", "kg", "m", "cm", "l", "g", "EUR", "CHF", "°C", "h", "min", "pts", "mm", "kWh", "m³")
LABELS = ("No.", "Score:", "Total", "Date", "Weight", "Reading:", "Amount", "Name", "Sum:", "Nr.", "Points", "Temp.")
# A printed digit is shown in faces that nobody writes alike; the strokes of Hershey's faces may well be a hand's.
FACES = ("sans", "italic")
HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)  # fmt: skip


def printed(text: str, height: float, randomness: np.random.Generator) -> Cover:
    """A text in print whose capitals are about so many pixels high, cut to its ink."""
    face = cv2.FontFace(str(randomness.choice(FACES)))
    size, weight = max(6, round(height * 1.4)), int(randomness.choice([300, 400, 400, 600, 800]))
    sheet = np.zeros((2 * size + 8, int(len(text) * size * 1.1) + 12), np.uint8)
    cv2.putText(sheet, text, (6, int(1.4 * size)), (255, 255, 255), face, size, weight)
    return _cut(sheet)


def hershey(height: float, randomness: np.random.Generator) -> Cover:
    """A word of letters in a face of single strokes, as of a plotter or a careful hand."""
    text = _word(LETTERS, 1, 7, randomness)
    face, thick = int(randomness.choice(HERSHEY)), max(1, round(height * randomness.uniform(0.04, 0.14)))
    scale = cv2.getFontScaleFromHeight(face, max(4, int(height)), thick)
    sheet = np.zeros((int(3 * height) + 12, int(len(text) * height * 1.6) + 16), np.uint8)
    cv2.putText(sheet, text, (6, int(2 * height) + 4), face, scale, 255, thick, cv2.LINE_AA)
    return _cut(sheet)


def word(
    handwriting: strokes.Handwriting, height: float, angle: float, hand: Hand, randomness: np.random.Generator
) -> list[tuple[Cover, float, float]]:
    """Letters, or signs of no known script, that stand together as in a word: covers with x, y of their upper left from
    its start."""
    parts, x = [], 0.0
    for _ in range(int(randomness.integers(1, 7))):
        glyph = stranger(handwriting, height * randomness.uniform(0.55, 1.1), angle, hand, randomness)
        x += height * (hand.gap * 0.4 + 0.02)
        parts.append((glyph.cover, x * np.cos(angle), x * np.sin(angle) - glyph.foot[1]))
        x += glyph.cover.shape[1]
    return parts


def scribble(side: int, height: float, pen: float, randomness: np.random.Generator, crossed: float = 0.4) -> Cover:
    """Crossed out, so often, or circled, ticked, underlined, an arrow: by the same pen, somewhere."""
    cover = np.zeros((side, side), np.float32)
    thick, middle = max(1, round(pen)), randomness.uniform(0.1, 0.9, 2) * side
    kind = randomness.random()
    if kind < crossed:
        steps = randomness.normal(0, height * 0.35, (int(randomness.integers(8, 40)), 2))
        points = middle + np.cumsum(steps, 0) - np.cumsum(steps, 0).mean(0)
    elif kind < crossed + 0.25:
        turns = np.linspace(0, randomness.uniform(1.8, 5) * np.pi, 40)
        grow = np.linspace(1, randomness.uniform(0.6, 1.3), 40)
        wide, tall = randomness.uniform(0.8, 3, 2) * height
        points = middle + np.stack([np.cos(turns) * wide * grow, np.sin(turns) * tall * grow], 1)
    elif kind < crossed + 0.4:
        a, b = randomness.uniform(0.5, 1.5, 2) * height
        points = middle + np.array([(-0.4 * a, -0.3 * b), (0, 0), (a, -b)])
    else:
        end = middle + randomness.normal(0, 3 * height, 2) * (1, 0.25)
        points = np.stack([middle, (middle + end) / 2 + randomness.normal(0, 0.1 * height, 2), end])
    cv2.polylines(cover, [np.rint(strokes.rounded(points)).astype(np.int32)], False, 1.0, thick, cv2.LINE_AA)
    return cover


def dust(side: int, height: float, randomness: np.random.Generator) -> Cover:
    """Specks, hairs and stains."""
    cover = np.zeros((side, side), np.float32)
    for _ in range(int(randomness.integers(1, 25))):
        x, y = (int(v) for v in randomness.uniform(0, side, 2))
        radius = max(0, round(height * randomness.uniform(0.0, 0.04)))
        cv2.circle(cover, (x, y), radius, float(randomness.uniform(0.2, 1)), -1, cv2.LINE_AA)
    if randomness.random() < 0.3:
        walk = randomness.uniform(0, side, 2) + np.cumsum(
            randomness.normal(0, 4, (int(randomness.integers(4, 20)), 2)), 0
        )
        cv2.polylines(cover, [np.rint(walk).astype(np.int32)], False, 0.7, 1, cv2.LINE_AA)
    if randomness.random() < 0.2:
        x, y = (int(v) for v in randomness.uniform(0, side, 2))
        cv2.circle(
            cover, (x, y), int(randomness.uniform(0.1, 0.4) * side), 0.25, int(randomness.choice([-1, 3])), cv2.LINE_AA
        )
    return cover


def print_of(randomness: np.random.Generator) -> str:
    """What print says: words, labels, units, numbers."""
    kind = randomness.random()
    if kind < 0.5:
        return " ".join(_word(LETTERS, 1, 9, randomness) for _ in range(int(randomness.integers(1, 4))))
    if kind < 0.7:
        return str(randomness.choice(LABELS))
    if kind < 0.8:
        return str(randomness.choice(UNITS))
    return _word(PRINTED, 1, 9, randomness)


def _word(letters: str, least: int, most: int, randomness: np.random.Generator) -> str:
    return "".join(
        letters[index] for index in randomness.integers(len(letters), size=int(randomness.integers(least, most)))
    )


def _cut(sheet: NDArray[np.uint8]) -> Cover:
    rows, columns = np.flatnonzero(sheet.max(1)), np.flatnonzero(sheet.max(0))
    if not len(rows):
        return np.zeros((1, 1), np.float32)
    return sheet[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32) / np.float32(255)
