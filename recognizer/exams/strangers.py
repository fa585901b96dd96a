"""Pictures that show no digits, by class: what a reader has to doubt.

Letters that may be taken for digits, and single strokes, are left out: an upright line is a 1 to anybody.
"""

import gzip
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from recognizer.exams.camera import Grey, Plane, View, pictured
from recognizer.exams.paper import Surface, cloud, empty, handed_in

SEED, COUNT = 9137, 120
TURNS = 3  # a scribble is at least so many times as long as it is large; what is less may be taken for a 1
LETTERS = "AEFHKMNPRVWXadefhkmnprtuvwx"
# Where Debian's packages put them: dataset-fashion-mnist; fonts-ecolier-court, -breip, -femkeklaver, -rufscript,
# -kristi; mate-backgrounds. What is not installed is left out.
FASHION = Path("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz")
HANDS = ("ecolier-court", "breip", "femkeklaver", "rufscript", "kristi")
FONTS, PHOTOS = Path("/usr/share/fonts/truetype"), Path("/usr/share/backgrounds/mate/nature")

Drawer = Callable[[np.random.Generator], Grey]
Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


def suite(seed: int = SEED) -> Iterator[tuple[str, list[Grey]]]:
    """Each class with its COUNT grey pictures uint8 [h, w]; classes whose source is not installed are left out."""
    for name, drawn in drawers().items():
        randomness = seeded(name, seed)
        yield name, [drawn(randomness) for _ in range(COUNT)]


def seeded(name: str, seed: int = SEED) -> np.random.Generator:
    """A class's own randomness: no class depends on which others are installed."""
    return np.random.default_rng([seed, *name.encode()])


def drawers() -> dict[str, Drawer]:
    """How a picture of each class is drawn."""
    drawn = {
        "blank paper": blank("plain"),
        "ruled paper": blank("ruled"),
        "grid paper": blank("grid"),
        "dotted paper": blank("dotted"),
        "paper with a margin": blank("margin"),
        "empty boxes": blank("boxes"),
        "scribbles": scribble,
        "noise": noise,
        "textures": texture,
        "dice": dice,
        "printed letters": lettered(lambda size, _: ImageFont.load_default(size)),
    }
    if hands := [font for hand in HANDS for font in sorted((FONTS / hand).glob("*.ttf"))]:
        drawn["written letters"] = lettered(
            lambda size, randomness: ImageFont.truetype(hands[randomness.integers(len(hands))], size)
        )
    if FASHION.exists():
        drawn["clothes (Fashion-MNIST)"] = clothes()
    if photos := sorted(PHOTOS.glob("*.jpg")):
        drawn["photographs"] = cropped(photos)
    return drawn


def blank(ruling: str) -> Drawer:
    """Sheets with nothing on them."""

    def drawn(randomness: np.random.Generator) -> Grey:
        return empty(*size(randomness, 200, 1200), ruling, randomness)

    return drawn


def size(randomness: np.random.Generator, least: int, most: int) -> tuple[int, int]:
    """Height and width of a picture: its longer side `least` to `most` pixels, its shape from a square to a strip."""
    longer = float(np.exp(randomness.uniform(np.log(least), np.log(most))))
    sides = round(longer * randomness.choice((1, 3 / 4, 2 / 3, 9 / 16, 0.4))), round(longer)
    return sides if randomness.random() < 0.6 else sides[::-1]


def lettered(font: Callable[[int, np.random.Generator], Font]) -> Drawer:
    """One letter, or a few, inked onto paper."""

    def drawn(randomness: np.random.Generator) -> Grey:
        height, width = size(randomness, 150, 900)
        sign = "".join(randomness.choice(list(LETTERS), randomness.choice((1, 1, 1, 2, 3))))
        mask = Image.new("L", (width, height))
        tall = int(min(height, width / len(sign)) * randomness.uniform(0.4, 0.9))
        anchor = "mm" if tall >= 1 else None
        chosen = font(max(tall, 12), randomness)
        ImageDraw.Draw(mask).text((width / 2, height / 2), sign, fill=255, font=chosen, anchor=anchor)
        return _inked(bent(np.asarray(mask), randomness), randomness)

    return drawn


def scribble(randomness: np.random.Generator) -> Grey:
    """A long line to and fro, as when something is crossed out or a pen is tried."""
    height, width = size(randomness, 150, 900)
    curve = _wandering(randomness) * (width, height)
    while _winding(curve) < TURNS:
        curve = _wandering(randomness) * (width, height)
    mask = np.zeros((height, width), np.uint8)
    pen = max(1, int(min(height, width) * randomness.uniform(0.008, 0.05)))
    cv2.polylines(mask, [np.rint(curve).astype(np.int32)], False, 255, pen, cv2.LINE_AA)
    return _inked(mask, randomness)


def noise(randomness: np.random.Generator) -> Grey:
    """Grain of some size, fine or coarse, grey or black and white."""
    height, width = size(randomness, 28, 600)
    grain = randomness.normal(0, 1, (height, width)).astype(np.float32)
    if randomness.random() < 0.6:
        grain = cv2.GaussianBlur(grain, (0, 0), randomness.uniform(0.6, 6))
        grain /= grain.std()
    if randomness.random() < 0.4:
        return np.where(grain > randomness.normal(0, 1), 255, 0).astype(np.uint8)
    return np.clip(128 + randomness.uniform(10, 80) * grain, 0, 255).astype(np.uint8)


def texture(randomness: np.random.Generator) -> Grey:
    """Waves crossed with waves: cloth, wood, brick, netting."""
    height, width = size(randomness, 60, 800)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    wood = 1.5 * cloud(height, width, 6, randomness)
    grey = np.zeros((height, width), np.float32)
    for _ in range(randomness.integers(1, 4)):
        angle, pitch = randomness.uniform(0, np.pi), min(height, width) * randomness.uniform(0.03, 0.25)
        phase = 2 * np.pi * (np.cos(angle) * columns + np.sin(angle) * rows) / pitch
        grey += np.sin(phase + randomness.uniform(0, 2) * wood)
    grey = np.tanh(randomness.uniform(0.5, 4) * grey)
    grain = randomness.normal(0, randomness.uniform(0, 15), grey.shape)
    return np.clip(128 + randomness.uniform(20, 110) * grey + grain, 0, 255).astype(np.uint8)


def dice(randomness: np.random.Generator) -> Grey:
    """The face of a die on a table: two to six pips in a rounded square."""
    side = int(randomness.integers(80, 600))
    pips = {2: "08", 3: "048", 4: "0268", 5: "02468", 6: "023568"}[int(randomness.integers(2, 7))]
    table, ivory, dark = (float(randomness.uniform(*tones)) for tones in ((0.06, 0.6), (0.55, 0.9), (0.02, 0.06)))
    corner, radius, angle = (float(randomness.uniform(*sizes)) for sizes in ((0.04, 0.12), (0.05, 0.075), (-0.8, 0.8)))
    places = ((np.arange(side) + 0.5) / side - 0.5).astype(np.float32)
    across = math.cos(angle) * places[None, :] + math.sin(angle) * places[:, None]
    down = math.cos(angle) * places[:, None] - math.sin(angle) * places[None, :]
    beyond = [np.maximum(np.abs(way) - (0.34 - corner), 0) for way in (across, down)]
    face = table + (ivory - table) * _covered(beyond[0], beyond[1], corner)
    for pip in map(int, pips):
        face += (dark - face) * _covered(across - 0.19 * (pip % 3 - 1), down - 0.19 * (pip // 3 - 1), radius)

    def paint(view: View) -> Surface:
        return np.stack([view.placed(face, table)] * 3)

    return pictured(side, side, paint, randomness, scanner=0)


def clothes() -> Drawer:
    """Xiao, Rasul, Vollgraf: Fashion-MNIST (2017), arXiv 1708.07747; as they are, and enlarged."""
    pixels = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)

    def drawn(randomness: np.random.Generator) -> Grey:
        image = pixels[randomness.integers(len(pixels))]
        image = image if randomness.random() < 0.5 else 255 - image
        times = int(randomness.choice((1, 1, 4, 10)))
        return cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)

    return drawn


def cropped(photos: list[Path]) -> Drawer:
    """Pieces of photographs of other things."""
    greys = [np.asarray(Image.open(path).convert("L").reduce(2)) for path in photos]

    def drawn(randomness: np.random.Generator) -> Grey:
        grey = greys[randomness.integers(len(greys))]
        height, width = (min(want, have) for want, have in zip(size(randomness, 200, 1000), grey.shape, strict=True))
        top, left = randomness.integers(0, (grey.shape[0] - height + 1, grey.shape[1] - width + 1)).tolist()
        return np.ascontiguousarray(grey[top : top + height, left : left + width])

    return drawn


def bent(mask: Grey, randomness: np.random.Generator) -> Grey:
    """Turned a little and warped by a slow wave, as no two letters of a hand are the same."""
    height, width = mask.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    across, down = (0.04 * min(height, width) * cloud(height, width, 4, randomness) for _ in range(2))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), randomness.uniform(-10, 10), 1)
    turned = cv2.warpAffine(mask, turn, (width, height))
    return cv2.remap(turned, columns + across, rows + down, cv2.INTER_LINEAR)


def _inked(mask: Grey, randomness: np.random.Generator) -> Grey:
    ruling = str(randomness.choice(("plain", "plain", "ruled", "grid")))
    return handed_in((mask / 255).astype(np.float32), ruling, randomness)


def _covered(across: NDArray[np.floating], down: NDArray[np.floating], radius: float) -> Plane:
    """How much of each pixel a disc covers; places, from its middle, and radius in shares of the picture's height."""
    inside = radius - np.sqrt(across * across + down * down)
    return np.clip(0.5 + len(across) * inside, 0, 1).astype(np.float32, copy=False)


def _wandering(randomness: np.random.Generator) -> NDArray[np.floating]:
    count = int(randomness.integers(10, 40))
    steps = np.cumsum(randomness.normal(0, 0.25, (count, 2)), axis=0) if randomness.random() < 0.5 else None
    points = randomness.uniform(0.15, 0.85, (count, 2)) if steps is None else 0.5 + 0.35 * np.sin(3 * steps)
    if randomness.random() < 0.3:
        points[:, 0] = np.linspace(0.15, 0.85, count)
    for _ in range(3):  # Chaikin's corner cutting
        early, late = points[:-1], points[1:]
        points = np.stack([0.75 * early + 0.25 * late, 0.25 * early + 0.75 * late], 1).reshape(-1, 2)
    return points


def _winding(curve: NDArray[np.floating]) -> float:
    """How often as long as its box's diagonal a line is."""
    return float(np.hypot(*np.diff(curve, axis=0).T).sum() / np.hypot(*np.ptp(curve, axis=0)))
