"""Letters as a hand writes them, stroke by stroke, for a network to learn that they are no digits.

The project's own shapes. Letters that many people write like a digit are left out (B, D, G, I, O, S, Z, b, g, l, o, q).
"""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.floating]

# Each letter in one or several ways. A stroke is a chain of points, each its column (0 to 4) and its row (0 to 6).
WAYS: dict[str, tuple[str, ...]] = {
    "A": ("06 20 46|14 34", "06 11 20 31 46|03 44", "06 20 36 46|13 33"),
    "E": ("40 00 06 46|03 33", "41 20 01 12 33|13 04 16 36 45", "00 06|00 40|03 33|06 46"),
    "F": ("40 00 06|03 33", "00 06|00 40|03 33", "01 10 41|20 16 06|13 33"),
    "H": ("00 06|40 46|03 43", "10 06|40 36|03 43", "00 06 03 43 40 46"),
    "K": ("00 06|40 03 46", "00 06|40 04|13 46", "10 06|40 03 24 46"),
    "M": ("06 00 24 40 46", "06 10 23 30 46", "06 02 11 22 26 22 31 42 46"),
    "N": ("06 00 46 40", "06 10 36 40", "06 01 10 21 36 45 40"),
    "P": ("06 00 30 41 33 03", "00 06|00 30 42 23 03"),
    "R": ("06 00 30 41 33 03|13 46", "00 06|00 30 42 03 46"),
    "V": ("00 26 40", "00 15 26 35 41 40"),
    "W": ("00 16 22 36 40", "00 05 16 25 22 25 36 45 40", "00 16 20 36 40"),
    "X": ("00 46|40 06", "00 12 34 46|40 06", "01 10 22 35 46|40 31 23 15 06"),
    "a": ("41 20 02 04 26 44 41|40 45 46", "01 20 31 36|33 13 05 26 35", "40 20 03 16 43 40 46"),
    "d": ("44 22 03 05 26 45|40 46", "33 13 05 26 34 40 36 46"),
    "e": ("03 43 31 10 03 15 36 45", "04 33 41 20 03 05 26 45"),
    "f": ("41 30 20 11 16|03 33", "40 20 11 16 06|02 32"),
    "h": ("00 06|04 22 33 36", "10 06 04 23 34 36", "03 21 10 06 04 23 34 46", "04 31 20 11 06 14 33 34 36 45"),
    "k": ("00 06|32 04 36", "10 06 04 32 23 14 36", "04 31 20 11 06 14 33 24 14 36 46"),
    "m": ("00 06|02 11 22 26|22 31 42 46", "01 11 06 12 21 26 32 41 46", "00 06 10 26 20 46"),
    "n": ("00 06|02 20 41 46", "01 11 06 22 31 36 46", "06 00 16 20 31 46", "02 11 14 06 12 31 34 26 45"),
    "p": ("00 06|00 30 42 24 03", "10 06|11 30 41 33 13"),
    "r": ("00 06|02 20 41", "01 11 06 12 30 41"),
    "t": ("20 25 36 45|02 42", "20 16|02 42", "30 15 26 35|01 41", "04 20 16 26 45|12 32"),
    "u": ("00 04 16 36 44|40 46", "00 05 16 36 40 36 46", "02 10 05 16 34 40 35 46"),
    "v": ("00 26 40", "00 11 26 41 40 50"),
    "w": ("00 05 16 25 22 25 36 45 40", "00 16 20 36 40", "00 16 21 36 31 40"),
    "x": ("00 12 34 46|40 06", "00 46|40 06", "02 21 24 05|42 31 24 35 45"),
}


def strokes(letter: str, randomness: np.random.Generator) -> list[Points]:
    """The strokes of one letter in one of its ways, each [n, 2] x, y within 0..1, no two times alike."""
    ways = WAYS[letter]
    squeeze = randomness.uniform(0.55, 1.1)
    drawn = []
    for stroke in ways[randomness.integers(len(ways))].split("|"):
        points = np.array([[int(place[0]), int(place[1])] for place in stroke.split()], float)
        points = points + randomness.normal(0, 0.22, points.shape)
        drawn.append((points / np.array([4.0, 6.0]) - 0.5) * (0.7 * squeeze, 1) * randomness.uniform(0.95, 1.05) + 0.5)
    return drawn
