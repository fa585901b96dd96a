"""Glyphs that are no digits, drawn here, for a network to learn doubt from.

Trained towards equal probabilities for all ten digits ("outlier exposure": Hendrycks, Mazeika, Dietterich: Deep Anomaly
Detection with Outlier Exposure, 2019, arXiv 1812.04606), a network is unsure of what it was never shown as well.
What people do write as a digit is left out: an upright line is a 1, a ring a 0, an O, an S, a Z, a g another digit.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing import garments
from recognizer.drawing import letters as alphabet
from recognizer.recognising.normalisation import FRAME, normalize_glyph

Images = NDArray[np.uint8]

LETTERS = "AEFHKMNPRVWXabdefhkmnprtuvwx@#%+=*"
NONE = -1  # in place of a digit's label
SIGNS = "<>{~^:;?"
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX, cv2.FONT_HERSHEY_SIMPLEX + cv2.FONT_ITALIC,
    cv2.FONT_HERSHEY_COMPLEX_SMALL,
)  # fmt: skip
SIDE = garments.SIDE  # drawn so large, then normalized
# The half of such a digit is none: the left of a 1 or a 4 may still be one, the right of an 8 is a 3.
HALVED_LEFT, HALVED_RIGHT = (0, 2, 3, 5, 6, 8), (0, 2, 5, 6)


def draw(count: int, digits: Images, labels: NDArray[np.integer], randomness: np.random.Generator) -> Images:
    """`count` non-digits uint8 [count, 28, 28], light on dark; some are made of `digits` [n, 28, 28], n at least 1."""

    def one() -> Images:
        kind = randomness.integers(len(DRAWN) + 3)
        if kind < len(DRAWN):
            return DRAWN[kind](randomness)
        first, second = randomness.integers(len(digits), size=2)
        if kind == len(DRAWN):
            return merged(digits[first], digits[second], randomness)
        if kind == len(DRAWN) + 1:
            return missed(digits[first], digits[second], randomness)
        return halved(digits[first], int(labels[first]), randomness)

    return np.stack([one() for _ in range(count)]) if count else np.zeros((0, FRAME, FRAME), np.uint8)


def letter(randomness: np.random.Generator) -> Images:
    """One letter of a pen, warped by slow waves as no two of a hand are the same; some two that run together."""
    canvas, width = _canvas(), int(randomness.integers(2, 9))
    font, sign = int(randomness.choice(FONTS)), LETTERS[randomness.integers(len(LETTERS))]
    if randomness.random() < 0.15:
        sign += LETTERS[randomness.integers(len(LETTERS))]
    height = randomness.uniform(2, 2.8) / len(sign)
    cv2.putText(canvas, sign, (15, 75), font, height, 255, max(width // len(sign), 2), cv2.LINE_AA)
    return normalize_glyph(_tilted(_waved(canvas, randomness), randomness, 20))


def written_letter(randomness: np.random.Generator) -> Images:
    """One letter as a hand writes it, or two that run together."""
    letters = list(alphabet.WAYS)
    count = 2 if randomness.random() < 0.15 else 1
    canvas, pen = _canvas(), int(randomness.integers(2, 10))
    for place in range(count):
        chosen = letters[randomness.integers(len(letters))]
        for stroke in alphabet.strokes(chosen, randomness):
            points = SIDE * (0.1 + 0.8 * np.add(stroke, (place, 0)) / (count, 1))
            canvas = np.maximum(canvas, _traced(points, randomness, pen, 1 + int(randomness.random() < 0.5)))
    return normalize_glyph(_tilted(_waved(canvas, randomness), randomness, 20))


def sign(randomness: np.random.Generator) -> Images:
    """A punctuation mark, or the tick that a teacher sets beside a score."""
    canvas, width = _canvas(), int(randomness.integers(2, 9))
    if randomness.random() < 0.3:
        low = randomness.uniform(25, 45), randomness.uniform(70, 85)
        high = randomness.uniform(70, 90), randomness.uniform(8, 30)
        start = low[0] - randomness.uniform(10, 20), low[1] - randomness.uniform(12, 30)
        canvas = _traced(np.array([start, low, high]), randomness)
    else:
        font = int(randomness.choice(FONTS))
        cv2.putText(canvas, randomness.choice(list(SIGNS)), (22, 70), font, randomness.uniform(2, 3), 255, width, 16)
    return normalize_glyph(_tilted(canvas, randomness, 15))


def scribble(randomness: np.random.Generator) -> Images:
    """A long line that goes to and fro: too many turns for any digit."""
    corners = randomness.uniform(8, SIDE - 8, (randomness.integers(9, 24), 2))
    kind = randomness.integers(5)
    if kind < 2:
        corners[:, 0] = np.linspace(8, SIDE - 8, len(corners))  # as when something is crossed out
    elif kind == 2:  # or a pen tried, round and round while it wanders
        turns = np.linspace(0, randomness.uniform(3, 9) * 2 * np.pi, 60)
        reach = randomness.uniform(10, 36) * np.linspace(1, randomness.uniform(0.2, 0.6), 60)
        wander = np.linspace(-1, 1, 60) * randomness.uniform(8, 24)
        corners = SIDE / 2 + np.stack([reach * np.cos(turns) + wander, reach * np.sin(turns) * 0.8], 1)
    return normalize_glyph(_traced(corners, randomness))


def wave(randomness: np.random.Generator) -> Images:
    """A line that goes up and down more often than a digit's while it runs on, sharp or round, even or not."""
    turns = int(randomness.integers(4, 12))
    along = np.cumsum(randomness.uniform(0.2, 1, turns))
    reach = randomness.uniform(10, 40) * np.where(np.arange(turns) % 2, 1, -1) * randomness.uniform(0.4, 1, turns)
    corners = np.stack([SIDE * (0.1 + 0.8 * (along - along[0]) / np.ptp(along)), SIDE / 2 + reach], 1)
    rounds = int(randomness.integers(0, 4))
    canvas = _traced(corners, randomness, rounds=rounds)
    # One of few turns would be a 2 or a 3 on its side.
    return normalize_glyph(_tilted(canvas, randomness, 20 if turns < 7 else 120))


def fragment(randomness: np.random.Generator) -> Images:
    """A piece of a line that lies rather than stands, or two such pieces one above the other."""
    canvas, width = _canvas(), int(randomness.integers(3, 12))
    for height in randomness.uniform(20, SIDE - 20, randomness.integers(1, 4)):
        lift = randomness.uniform(-14, 14)
        left, right = randomness.uniform(4, 25), randomness.uniform(SIDE - 25, SIDE - 4)
        cv2.line(canvas, (int(left), int(height - lift)), (int(right), int(height + lift)), 255, width, cv2.LINE_AA)
    return normalize_glyph(canvas)


def crossing(randomness: np.random.Generator) -> Images:
    """Where ruled lines meet: a plus, a grid, a corner that is not a 7's, seen straight or a little turned."""
    canvas, width = _canvas(), int(randomness.integers(2, 9))
    across, upright = randomness.uniform(15, SIDE - 15, 4), randomness.uniform(15, SIDE - 15, 4)
    kind = randomness.integers(3)
    if kind == 2:
        corner = [(12, 12), (12, 84), (84, 84)] if randomness.random() < 0.5 else [(84, 12), (84, 84), (12, 84)]
        cv2.polylines(canvas, [np.array(corner)], False, 255, width, cv2.LINE_AA)
    for place in across[: (1, 2, 0)[kind]]:
        cv2.line(canvas, (4, int(place)), (SIDE - 4, int(place)), 255, width, cv2.LINE_AA)
    for place in upright[: (1, randomness.integers(2, 4), 0)[kind]]:
        cv2.line(canvas, (int(place), 4), (int(place), SIDE - 4), 255, width, cv2.LINE_AA)
    return normalize_glyph(_tilted(canvas, randomness, 25))


def blot(randomness: np.random.Generator) -> Images:
    """A filled shape about as wide as high: a dot, a stain. Much longer ones are thick 1s."""
    canvas = _canvas()
    angles = np.sort(randomness.uniform(0, 2 * np.pi, randomness.integers(5, 14)))
    reach = randomness.uniform(0.4, 1, len(angles))[:, None] * randomness.uniform(22, 40, 2)
    rim = SIDE / 2 + reach * np.stack([np.cos(angles), np.sin(angles)], 1)
    cv2.fillPoly(canvas, [np.rint(rim).astype(np.int32)], 255, cv2.LINE_AA)
    return normalize_glyph(_tilted(cv2.GaussianBlur(canvas, (0, 0), randomness.uniform(1, 4)), randomness, 180))


def silhouette(randomness: np.random.Generator) -> Images:
    """The outline of some thing filled, much the same on both sides, often with a pattern on it."""
    canvas, places = _canvas(), int(randomness.integers(4, 9))
    heights, reach = np.linspace(8, SIDE - 8, places), randomness.uniform(8, 42, places)
    sides = np.stack([SIDE / 2 - reach * randomness.uniform(0.7, 1, places), heights], 1)
    rim = np.concatenate([sides, np.stack([SIDE / 2 + reach, heights], 1)[::-1]])
    cv2.fillPoly(canvas, [np.rint(rim).astype(np.int32)], 255, cv2.LINE_AA)
    if randomness.random() < 0.6:
        pattern = cv2.resize(texture(randomness), (SIDE, SIDE)) * np.float32(randomness.uniform(0.2, 1))
        canvas = np.clip(canvas.astype(np.float32) - pattern, 0, 255).astype(np.uint8)
    return normalize_glyph(_tilted(canvas, randomness, 25))


def thing(randomness: np.random.Generator) -> Images:
    """A photographed object: a few grey shapes that overlap, much the same on both sides, lit unevenly."""
    canvas = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(randomness.integers(2, 6)):
        grey = randomness.uniform(60, 255)
        (x, y), (wide, high) = randomness.uniform(0, 40, 2), randomness.uniform(6, 40, 2)
        lean, angle = randomness.uniform(-10, 10), randomness.uniform(-60, 60)
        for side in (-1, 1):
            middle = (float(SIDE / 2 + side * x / 2), float(SIDE / 2 + y - 20))
            box = cv2.boxPoints((middle, (float(wide), float(high)), float(side * angle / 3)))
            box[:2, 0] += side * lean
            if randomness.random() < 0.3:
                size = tuple(int(v) for v in (wide / 2 + 2, high / 2 + 2))
                cv2.ellipse(canvas, tuple(int(v) for v in middle), size, side * angle, 0, 360, grey, -1, cv2.LINE_AA)
            else:
                cv2.fillPoly(canvas, [np.rint(box).astype(np.int32)], grey, cv2.LINE_AA)
            if randomness.random() < 0.15:  # an odd one: a shoe, a bag seen askew
                break
    lit = _lit(canvas, randomness)
    return normalize_glyph(_tilted(lit, randomness, 30 if randomness.random() < 0.7 else 100))


def garment(randomness: np.random.Generator) -> Images:
    """What shops show on plain ground: shirts, trousers, dresses, shoes, boots, bags; woven, lit, some askew."""
    canvas = garments.draw(randomness)
    if randomness.random() < 0.4:
        pattern = cv2.resize(texture(randomness), (SIDE, SIDE)) * np.float32(randomness.uniform(0.1, 0.8))
        canvas = np.where(canvas > 0, np.clip(canvas - pattern, 20, 255), 0)
    lit = _lit(canvas, randomness)
    return normalize_glyph(lit if randomness.random() < 0.8 else _tilted(lit, randomness, 30))


def specks(randomness: np.random.Generator) -> Images:
    """Grains or patches all over, as of rough paper behind too low a threshold."""
    noise = cv2.GaussianBlur(randomness.normal(0, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), randomness.uniform(2, 9))
    mask = noise > np.quantile(noise, randomness.uniform(0.6, 0.93))
    return normalize_glyph(np.where(mask, 255, 0).astype(np.uint8))


def texture(randomness: np.random.Generator) -> Images:
    """Even stripes or checks that fill the frame."""
    angle, pitch = randomness.uniform(0, np.pi), randomness.uniform(2.5, 9)
    rows, columns = np.mgrid[:FRAME, :FRAME]
    phase = 2 * np.pi * (np.cos(angle) * columns + np.sin(angle) * rows) / pitch + randomness.uniform(0, 6)
    wave = np.sin(phase)
    if randomness.random() < 0.4:
        wave = wave * np.sin(2 * np.pi * (np.cos(angle) * rows - np.sin(angle) * columns) / pitch)
    sharp = randomness.uniform(0.5, 4)
    return (255 * np.clip(0.5 + sharp * wave / 2, 0, 1)).astype(np.uint8)


def haze(randomness: np.random.Generator) -> Images:
    """Nothing at all: one grey, a slope of greys, or noise."""
    grey = np.full((FRAME, FRAME), randomness.uniform(0, 255) if randomness.random() < 0.7 else 0.0)
    slope = randomness.uniform(-6, 6, 2)
    grey += slope[0] * np.arange(FRAME) + slope[1] * np.arange(FRAME)[:, None]
    noise = randomness.normal(0, randomness.uniform(0, 110), grey.shape)
    if randomness.random() < 0.5:
        noise = 2 * cv2.GaussianBlur(noise, (0, 0), randomness.uniform(0.6, 2))
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


def merged(left: Images, right: Images, randomness: np.random.Generator) -> Images:
    """Two digits that touch or nearly do, taken for one glyph."""
    left, right = (image[:, np.flatnonzero(image.any(axis=0))] for image in (left, right))
    apart = int(randomness.integers(-2, 3))
    pair = np.zeros((FRAME, max(left.shape[1] + right.shape[1] + apart, 1)), np.uint8)
    pair[:, : left.shape[1]] = left
    start = max(pair.shape[1] - right.shape[1], 0)
    pair[:, start:] = np.maximum(pair[:, start:], right)
    return normalize_glyph(cv2.resize(pair, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))


def missed(left: Images, right: Images, randomness: np.random.Generator) -> Images:
    """A digit with half of its neighbour, as where two that touch were cut apart in the wrong place."""
    left, right = (image[:, np.flatnonzero(image.any(axis=0))] for image in (left, right))
    if min(left.shape[1], right.shape[1]) < 10:  # half of a narrow one may be nothing, or a 1
        return merged(left, right, randomness)
    share = randomness.uniform(0.4, 0.7)
    if randomness.random() < 0.5:
        right = right[:, : round(share * right.shape[1])]
    else:
        left = left[:, -round(share * left.shape[1]) :]
    return normalize_glyph(cv2.resize(np.hstack([left, right]), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))


def halved(image: Images, label: int, randomness: np.random.Generator) -> Images:
    """A piece of a digit that is none: a half where that cannot be taken for one, else a low slice."""
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return image
    ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = ink.shape
    middle = round(width * randomness.uniform(0.4, 0.6))
    if label in HALVED_RIGHT and randomness.random() < 0.4:
        piece = ink[:, middle:]
    elif label in HALVED_LEFT:
        piece = ink[:, : max(middle, 1)]
    else:
        thick = max(height // 3, 1)
        start = randomness.integers(0, height - thick + 1)
        piece = ink[start : start + thick]
        if label == 1:  # a slice of an upright line is a short upright line: laid down it is none
            piece = piece.T
    return normalize_glyph(cv2.resize(piece, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))


DRAWN: tuple[Callable[[np.random.Generator], Images], ...] = (
    letter, letter, letter, letter, written_letter, written_letter, written_letter, written_letter, written_letter,
    written_letter, written_letter, written_letter, sign, scribble, scribble, scribble, wave, wave, fragment, crossing,
    crossing, blot, silhouette, silhouette, thing, thing, garment, garment, garment, specks, texture, haze,
)  # fmt: skip


def _canvas() -> Images:
    return np.zeros((SIDE, SIDE), np.uint8)


def _lit(canvas: NDArray[np.float32], randomness: np.random.Generator) -> Images:
    """Greys on 0 under uneven light, with grain."""
    light = cv2.resize(randomness.uniform(0.5, 1, (3, 3)).astype(np.float32), (SIDE, SIDE))
    grain = cv2.resize(randomness.normal(0, 18, (FRAME, FRAME)).astype(np.float32), (SIDE, SIDE))
    return np.where(canvas > 0, np.clip(canvas * light + grain, 0, 255), 0).astype(np.uint8)


def _waved(canvas: Images, randomness: np.random.Generator) -> Images:
    """Warped by two slow waves."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    reach = np.float32(randomness.uniform(0, 6))
    waves = [cv2.resize(randomness.normal(0, 1, (4, 4)).astype(np.float32), (SIDE, SIDE)) for _ in range(2)]
    return cv2.remap(canvas, columns + reach * waves[0], rows + reach * waves[1], cv2.INTER_LINEAR)


def _tilted(canvas: Images, randomness: np.random.Generator, most: float) -> Images:
    """Turned by up to so many degrees and sheared, within a margin that nothing leaves."""
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), randomness.uniform(-most, most), 0.9)
    turn[:, 1] += randomness.uniform(-0.2, 0.2) * turn[:, 0]
    turn[:, 2] += 20
    return cv2.warpAffine(canvas, turn, (SIDE + 40, SIDE + 40))


def _traced(corners: NDArray[np.floating], randomness: np.random.Generator, width: int = 0, rounds: int = 2) -> Images:
    """A line through the corners, rounded off so many times, by a pen of that width, or any."""
    canvas = _canvas()
    for _ in range(rounds):  # Chaikin's corner cutting
        early, late = corners[:-1], corners[1:]
        cut = np.stack([0.75 * early + 0.25 * late, 0.25 * early + 0.75 * late], 1).reshape(-1, 2)
        corners = np.concatenate([corners[:1], cut, corners[-1:]])
    width = width or int(randomness.integers(2, 8))
    cv2.polylines(canvas, [np.rint(corners).astype(np.int32)], False, 255, width, cv2.LINE_AA)
    return canvas
