"""Two digits that touch, cut apart as the finder cuts them: what of that is still a digit, and what is none.

Where digits touch, the network judges every piece between two cuts (`finding.cutting`). So it is taught with such
pieces: those that hold one digit and next to nothing of the other are that digit, those that hold a part, or parts of
both, are no digit.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing.nondigits import NONE
from recognizer.finding.cutting import pieces
from recognizer.recognising.normalisation import FRAME, normalize_glyph

Images = NDArray[np.uint8]

TALL = 48  # pixels: as high as cuts are looked for
WHOLE, REST = 0.93, 0.07  # shares of the ink of a digit: so much is all of it, and so little of another is nothing
PART, SOME = 0.6, 0.35  # no more than that is a part, and more than that of another is some
SLIVER = 0.5  # of its height: a narrower part may well be a 1
LOW = 0.75  # of the sheet's height: a lower part may well be a small digit, as the loop of a 6 is a 0


def cut_apart(
    count: int, digits: Images, labels: NDArray[np.integer], randomness: np.random.Generator
) -> tuple[Images, NDArray[np.integer]]:
    """Up to `count` glyphs uint8 [n, 28, 28] out of pairs of `digits` [m, 28, 28], and their labels [n], NONE for none.

    About as many are digits as are none.
    """
    glyphs: list[Images] = []
    said: list[int] = []
    for _ in range(2 * count):
        first, second = randomness.integers(len(digits), size=2)
        for glyph, label in judged_pieces(*pair(digits[first], digits[second], randomness), randomness):
            glyphs.append(glyph)
            said.append((int(labels[first]), int(labels[second]), NONE)[label])
        if len(glyphs) >= count:
            break
    return np.array(glyphs[:count], np.uint8).reshape(-1, FRAME, FRAME), np.array(said[:count], int)


def pair(left: Images, right: Images, randomness: np.random.Generator) -> tuple[Images, Images]:
    """Two digits [28, 28] written so near that they touch, each alone on the same sheet uint8 [h, w]."""
    one, other = (_written(image, randomness) for image in (left, right))
    lower = int(randomness.integers(-6, 7))
    height = max(len(one), len(other)) + abs(lower)
    one, other = _on_sheet(one, max(0, -lower), height), _on_sheet(other, max(0, lower), height)
    start = one.shape[1] - _reach(one, other) - int(randomness.integers(0, 4))
    width = max(one.shape[1], max(start, 0) + other.shape[1])
    sheets = np.zeros((2, height, width), np.uint8)
    sheets[0, :, : one.shape[1]] = one
    sheets[1, :, max(start, 0) : max(start, 0) + other.shape[1]] = other
    return sheets[0], sheets[1]


def judged_pieces(left: Images, right: Images, randomness: np.random.Generator) -> list[tuple[Images, int]]:
    """Of a pair one piece that is a digit and one that is none, where there are: glyphs; 0 left, 1 right, 2 none."""
    sheet = np.maximum(left, right)
    alone = [(mine > 100) & (others <= 100) for mine, others in ((left, right), (right, left))]
    full = [max(int(mask.sum()), 1) for mask in alone]
    digits: list[tuple[Images, int]] = []
    others: list[tuple[Images, int]] = []
    for piece in pieces(sheet):
        there = np.zeros(sheet.shape, bool)
        there[:, piece.left : piece.left + piece.ink.shape[1]] = piece.ink > 0
        shares = [int((there & mask).sum()) / most for mask, most in zip(alone, full, strict=True)]
        high = np.count_nonzero(piece.ink.any(axis=1))
        part = high >= LOW * len(sheet) and piece.ink.shape[1] >= SLIVER * high
        for side in (0, 1):
            if shares[side] >= WHOLE and shares[1 - side] <= REST:
                digits.append((piece.ink, side))
        if part and (max(shares) <= PART or min(shares) >= SOME):
            others.append((piece.ink, 2))
    return [
        (normalize_glyph(ink), label)
        for ink, label in (chosen[randomness.integers(len(chosen))] for chosen in (digits, others) if chosen)
    ]


def _written(image: Images, randomness: np.random.Generator) -> Images:
    """One digit [28, 28] cut out, about TALL high, with a pen of some width."""
    large = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    tip = int(randomness.integers(1, 6))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (tip, tip))
    large = cv2.dilate(large, kernel) if randomness.random() < 0.5 else cv2.erode(large, kernel)
    rows, columns = np.flatnonzero(large.max(axis=1) > 60), np.flatnonzero(large.max(axis=0) > 60)
    if not len(rows):
        return image
    crop = large[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = TALL * np.exp(randomness.normal(0, 0.08)) / len(crop)
    size = max(2, round(crop.shape[1] * scale)), max(2, round(len(crop) * scale))
    return cv2.resize(crop, size, interpolation=cv2.INTER_AREA)


def _on_sheet(ink: Images, top: int, height: int) -> Images:
    return np.pad(ink, ((top, max(0, height - top - len(ink))), (0, 0)))[:height]


def _reach(one: Images, other: Images) -> int:
    """By how many pixels the other can be pushed over the one's edge until their ink meets."""
    gaps = [
        one.shape[1] - 1 - int(np.flatnonzero(row)[-1]) + int(np.flatnonzero(own)[0])
        for row, own in zip(one > 100, other > 100, strict=True)
        if row.any() and own.any()
    ]
    return min(gaps) if gaps else 0
