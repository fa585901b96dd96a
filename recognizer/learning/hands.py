"""Hands that no network here has learned from: digits of fonts that people drew after their own hand.

Whoever judges what networks say must see them read what they do not know as well: of MNIST's digits, whose writers they
have learned from, the project's own read more than a reader of lines that knows none of them; of anybody else's, less.
"""

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from recognizer.drawing.strokes import Handwriting, enlarged
from recognizer.symbols import DIGITS

FILE = Path(__file__).parent / "weights" / "hands.npz"
HEIGHT = 120  # pixels of an em: more than enough


def others() -> Handwriting:
    """One digit of each kind from each of the fonts that weights/hands.npz names."""
    with np.load(FILE, allow_pickle=False) as kept:
        return Handwriting.of_inks(kept["inks"], kept["labels"])


def keep(packages: Sequence[Path], path: Path = FILE) -> None:
    """From packages of fonts as npm packs them (@fontsource), each font's upright digits to such a file."""
    names = [package.name.removeprefix("fontsource-").removesuffix(".tgz") for package in packages]
    images = [image for package in packages for image in drawn(_font(package))]
    labels = np.tile(np.arange(len(DIGITS), dtype=np.uint8), len(packages))
    inks = np.stack([np.packbits(enlarged(image)) for image in images])
    np.savez_compressed(path, inks=inks, labels=labels, fonts=np.array(names))


def drawn(font: bytes) -> list[NDArray[np.uint8]]:
    """The digits of a font's file, each uint8 [h, w], light on dark."""
    face, images = ImageFont.truetype(io.BytesIO(font), HEIGHT), []
    for digit in DIGITS:
        left, top, right, bottom = face.getbbox(digit)
        image = Image.new("L", (int(right - left) + 8, int(bottom - top) + 8))
        ImageDraw.Draw(image).text((4 - left, 4 - top), digit, font=face, fill=255)
        images.append(np.asarray(image))
    return images


def _font(package: Path) -> bytes:
    with tarfile.open(package) as files:
        upright = sorted(name for name in files.getnames() if "-latin-" in name and name.endswith("-normal.woff2"))
        usual = [name for name in upright if "-latin-400-" in name] or upright
        file = files.extractfile(usual[0])
        assert file
        return file.read()
