"""Hands that no network here has learned from: digits and letters of fonts that people drew after their own hand.

Whoever judges what networks say must see them read what they do not know as well: of MNIST's digits, whose writers they
have learned from, the project's own read more than a reader of lines that knows none of them; of anybody else's, less.
And what looks like a digit to a network that has seen few letters is a letter to who has seen them all.
"""

import io
import json
import tarfile
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from recognizer.drawing.strokes import Handwriting, enlarged
from recognizer.finding.network import OTHER
from recognizer.symbols import DIGITS

FILE = Path(__file__).parent / "weights" / "hands.npz"
HEIGHT = 120  # pixels of an em: more than enough
LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SPECK = 10  # what is less high or wide is no letter that one could tell from a point or a stroke
EACH = 10  # letters of a font: as many as it has digits

Image8 = NDArray[np.uint8]


def others() -> Handwriting:
    """One digit of each kind from each of the fonts that weights/hands.npz names, and letters of many scripts."""
    with np.load(FILE, allow_pickle=False) as kept:
        unlabelled = np.full(len(kept["letters"]), OTHER, np.uint8)
        letters = Handwriting.of_inks(kept["letters"], unlabelled)
        return Handwriting.of_inks(kept["inks"], kept["labels"], letters)


def keep(
    hands: Sequence[Path], scripts: Sequence[Path], looks_like_a_digit: Callable[[Image8], bool], path: Path = FILE
) -> None:
    """To such a file: from packages of fonts as npm packs them (@fontsource), each hand's upright digits and some of
    its letters, and letters of other scripts; of these none that looks like a digit, as an o does (uint8 [h, w], light
    on dark)."""
    dice = np.random.default_rng(len(hands))
    images = [one for package in hands for one in drawn(_font(package), DIGITS)]
    letters = []
    for package in [*hands, *scripts]:
        file, known = (_font(package), LATIN) if package in hands else _foreign(package)
        all_ = [one for one in drawn(file, known) if min(one.shape) >= SPECK]
        letters += [one for one in (all_[k] for k in dice.permutation(len(all_))[:EACH]) if not looks_like_a_digit(one)]
    np.savez_compressed(
        path,
        inks=_packed(images),
        labels=np.tile(np.arange(len(DIGITS), dtype=np.uint8), len(hands)),
        letters=_packed(letters),
        fonts=np.array([_name(package) for package in hands]),
        scripts=np.array([_name(package) for package in scripts]),
    )


def drawn(font: bytes, characters: Iterable[str]) -> list[Image8]:
    """Characters of a font's file, each uint8 [h, w], light on dark."""
    face, images = ImageFont.truetype(io.BytesIO(font), HEIGHT), []
    for character in characters:
        left, top, right, bottom = face.getbbox(character)
        image = Image.new("L", (int(right - left) + 8, int(bottom - top) + 8))
        ImageDraw.Draw(image).text((4 - left, 4 - top), character, font=face, fill=255)
        images.append(np.asarray(image))
    return images


def _packed(images: Iterable[Image8]) -> NDArray[np.uint8]:
    return np.stack([np.packbits(enlarged(image)) for image in images])


def _name(package: Path) -> str:
    return package.name.removeprefix("fontsource-").removesuffix(".tgz")


def _font(package: Path, script: str = "latin") -> bytes:
    with tarfile.open(package) as files:
        upright = sorted(name for name in files.getnames() if f"-{script}-" in name and name.endswith("-normal.woff2"))
        usual = [name for name in upright if f"-{script}-400-" in name] or upright
        file = files.extractfile(usual[0])
        assert file
        return file.read()


def _foreign(package: Path) -> tuple[bytes, list[str]]:
    """A font's file of the script that it was made for, beside Latin, Greek and Cyrillic, and the letters in that."""
    with tarfile.open(package) as files:
        listed = files.extractfile("package/unicode.json")
        assert listed
        ranges = json.load(listed)
    known = ("latin", "greek", "cyrillic", "vietnamese", "math", "symbols", "emoji", "[")
    script = next(name for name in sorted(ranges) if not name.startswith(known))
    font = _font(package, script)
    face = ImageFont.truetype(io.BytesIO(font), HEIGHT)
    missing = bytes(face.getmask("\uffff"))
    letters = [
        chr(code)
        for part in ranges[script].split(",")
        for first, _, last in [part.strip().removeprefix("U+").partition("-")]
        for code in range(int(first, 16), int(last or first, 16) + 1)
        if unicodedata.category(chr(code)).startswith("L") and code > ord("\u024f")
    ]
    return font, [one for one in letters if bytes(face.getmask(one)) != missing]
