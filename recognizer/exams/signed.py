"""Numbers with signs on paper: decimals, negative numbers, dates, times, fractions and shares."""

from collections.abc import Iterator

import cv2
import numpy as np

from recognizer.exams.camera import Plane
from recognizer.exams.numbers import LARGEST, RULINGS, SMALLEST, Number, enlarged, stamped
from recognizer.exams.paper import handed_in
from recognizer.learning.mnist import Digits

SEED, COUNT = 3091, 240
# "d" stands for any digit.
FORMS = (
    "d.d", "dd.d", "d,dd", "ddd.dd", "d.ddd", "-d", "-dd", "-d.dd", "-dd,d", "+d.d",
    "d/d", "dd/dd", "d:dd", "dd:dd", "dd%", "d.d.dddd", "dd-dd", "d,ddd.dd",
)  # fmt: skip
FINE = 8  # times: signs are drawn this much larger, then shrunk


def suite(digits: Digits, seed: int = SEED, count: int = COUNT) -> Iterator[Number]:
    """So many numbers, of all forms alike, written with the digits [n, 28, 28] given."""
    randomness = np.random.default_rng(seed)
    for index in range(count):
        yield written(digits, FORMS[index % len(FORMS)], randomness)


def written(digits: Digits, form: str, randomness: np.random.Generator) -> Number:
    tall = round(float(np.exp(randomness.uniform(np.log(SMALLEST), np.log(LARGEST)))))
    ink, text = laid_out(digits, form, tall, randomness)
    room = [round(tall * randomness.uniform(0.35, 1.5)) for _ in range(4)]
    ink = np.pad(ink, ((room[0], room[1]), (room[2], room[3])))
    ruling = str(randomness.choice(RULINGS))
    pitch = tall * (randomness.uniform(0.5, 1.2) if ruling in ("grid", "dotted") else randomness.uniform(0.9, 2))
    return Number(handed_in(ink, ruling, randomness, pitch), text, touching=False)


def laid_out(digits: Digits, form: str, tall: int, randomness: np.random.Generator) -> tuple[Plane, str]:
    """The ink 0..1 [h, w] of a number about so many pixels tall, and what it says."""
    ink, text = np.zeros((3 * tall, 2 * tall), np.float32), ""
    left, top, pen = tall, tall, randomness.uniform(0.24, 0.4)
    width = tall * randomness.uniform(0.06, 0.12)
    for sign in form:
        if sign == "d":
            which = int(randomness.integers(len(digits)))
            glyph, said = enlarged(digits.images[which], round(tall * randomness.uniform(0.94, 1.06)), pen), "d"
            text += str(digits.labels[which])
            above = 0
        else:
            glyph, above = drawn(sign, tall, width, randomness)
            text, said = text + sign, sign
        left += round(tall * (randomness.uniform(0.06, 0.16) if said in ".,:" else randomness.uniform(0.12, 0.3)))
        ink = stamped(ink, glyph, left, round(top + above + tall * randomness.normal(0, 0.02)))
        left += glyph.shape[1]
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], text


def drawn(sign: str, tall: int, width: float, randomness: np.random.Generator) -> tuple[Plane, int]:
    """A sign beside digits so tall, by a pen so wide, and how many pixels below their top it begins."""
    u = randomness.uniform
    if sign in ".:":
        heights = (u(0.94, 1.0),) if sign == "." else (u(0.3, 0.45), u(0.8, 0.95))
        strokes = [np.array([(0.0, at), (u(0, 0.02), at)]) for at in heights]
        width *= u(1.2, 1.7)
    elif sign == ",":
        strokes = [np.array([(0.08, u(0.9, 0.98)), (0.07, 1.05), (0.0, u(1.15, 1.28))])]
        width *= u(1.0, 1.3)
    elif sign == "-":
        at = u(0.45, 0.6)
        strokes = [np.array([(0.0, at + randomness.normal(0, 0.03)), (u(0.3, 0.6), at)])]
    elif sign == "+":
        at, half = u(0.45, 0.6), u(0.2, 0.3)
        strokes = [np.array([(0, at), (2 * half, at)]), np.array([(half, at - half), (half, at + half)])]
    elif sign == "/":
        strokes = [np.array([(u(0.3, 0.55), u(-0.1, 0.05)), (0.0, u(1.0, 1.15))])]
    else:  # %
        turns = np.linspace(0, 2 * np.pi, 24)
        ring = np.stack([np.cos(turns) * u(0.1, 0.14), np.sin(turns) * u(0.12, 0.17)], 1)
        across = u(0.5, 0.7)
        line = np.array([(across, 0.0), (0.05, 1.0)])
        strokes = [line, ring + np.array([0.14, 0.25]), ring + np.array([across - 0.02, 0.78])]
    points = np.concatenate(strokes)
    edge = width / 2 / tall
    low, size = points.min(axis=0) - edge, np.ptp(points, axis=0) + 2 * edge
    sheet = np.zeros([max(FINE, round(FINE * tall * side)) for side in size[::-1]], np.uint8)
    for stroke in strokes:
        line = np.rint((stroke - low) * FINE * tall).astype(np.int32)
        cv2.polylines(sheet, [line], False, 255, max(1, round(FINE * width)), cv2.LINE_AA)
    small = cv2.resize(sheet, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)
    return (small / 255).astype(np.float32), round(float(low[1]) * tall)
