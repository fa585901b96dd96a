"""Pages with numbers and all that surrounds them, drawn anew each time."""

import numpy as np
from numpy.typing import NDArray

from recognizer.drawing import clutter, sheets
from recognizer.drawing.canvas import SIDE, Drawing
from recognizer.drawing.capture import captured
from recognizer.drawing.layouts import LAYOUTS, SHARES, Writer, write_word
from recognizer.drawing.pens import Hand
from recognizer.drawing.strokes import Handwriting


def page(
    handwriting: Handwriting, randomness: np.random.Generator, clean: float = 0.3
) -> tuple[NDArray[np.uint8], Drawing]:
    """A page uint8 [SIDE, SIDE] and what is on it.

    `clean` is the share of pages with nothing on calm paper but numbers, in ink that one sees well, and taken well.
    """
    u = randomness.uniform
    drawing, hand = Drawing(), Hand.any(randomness)
    angle = float(randomness.normal(0, 0.03) if randomness.random() < 0.85 else randomness.normal(0, 0.12))
    writer = Writer(drawing, handwriting, hand, angle, randomness)
    layout = LAYOUTS[int(randomness.choice(len(LAYOUTS), p=SHARES))]
    height = layout(writer)
    pen = hand.width(height)
    is_clean = randomness.random() < clean
    sheet = sheets.calm(SIDE, randomness) if is_clean else _ground(height, angle, randomness)
    if not is_clean:
        _surround(drawing, writer, height, pen)
    # How dark the ink is: pencil that one can hardly see, and marker.
    dark = u(0.4, 0.97) if is_clean else u(0.25, 0.97) if randomness.random() < 0.8 else u(0.1, 0.3)
    cover = np.maximum(drawing.ink, np.maximum(drawing.rest * u(0.6, 1.3), drawing.lines))
    if randomness.random() < 0.35:  # pencil and chalk leave the paper's grain
        cover = cover * (1 - u(0.1, 0.6) * np.abs(sheets.field(randomness, SIDE, 110)))
    cover = np.clip(cover, 0, 1) * dark
    scene = sheet * (1 - cover)
    contrast = dark * float(np.median(sheet))
    return captured(scene, height, contrast, randomness, is_clean), drawing


def _ground(height: float, angle: float, randomness: np.random.Generator) -> sheets.Greys:
    u = randomness.uniform
    sheet = np.full((SIDE, SIDE), 255, np.float32) if randomness.random() < 0.12 else sheets.plain(SIDE, randomness)
    kind = randomness.random()
    if kind < 0.16:
        sheet = sheet + sheets.security_print(SIDE, randomness) * u(3, 30)
    elif kind < 0.48:
        sheet = sheet - sheets.lines(SIDE, height, angle, randomness) * u(8, 110) * randomness.choice([1, 1, 1, -0.4])
    if randomness.random() < 0.22:
        sheet = sheet - sheets.borders(SIDE, randomness) * u(15, 170)
    around = randomness.random()
    if around < 0.1:
        sheet = sheets.desk(sheet, randomness)
    elif around < 0.24:
        sheet = sheets.rim(sheet, randomness)
    return np.clip(sheet, 0.2 * float(sheet.max()), 255)


def _surround(drawing: Drawing, writer: Writer, height: float, pen: float) -> None:
    """Print, words, scribbles and dust, on some pages."""
    randomness = writer.randomness
    u = randomness.uniform
    if randomness.random() < 0.16:
        for _ in range(int(randomness.integers(1, 6))):
            tall = u(0.25, 0.9) * height
            cover = (
                clutter.printed(clutter.print_of(randomness), tall, randomness)
                if randomness.random() < 0.7
                else clutter.hershey(tall, randomness)
            )
            drawing.put(cover, u(-0.1, 0.9) * SIDE, u(-0.05, 0.95) * SIDE, u(0.5, 1.2))
    if randomness.random() < 0.1:
        for _ in range(int(randomness.integers(1, 4))):
            write_word(drawing, writer, height)
    if randomness.random() < 0.1:
        drawing.rest = np.maximum(drawing.rest, clutter.scribble(SIDE, height, pen, randomness) * u(0.5, 1.1))
    if randomness.random() < 0.12:
        drawing.lines = np.maximum(drawing.lines, clutter.dust(SIDE, height, randomness) * u(0.3, 1))
