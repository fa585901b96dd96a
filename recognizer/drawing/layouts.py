"""What numbers are written on a page, and how they are set out: each layout returns how high its digits are."""

import cv2
import numpy as np

from recognizer.drawing import clutter
from recognizer.drawing.canvas import SIDE, Drawing
from recognizer.drawing.pens import Hand, Inked, digit, stranger, symbol_inked
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.network import OTHER
from recognizer.symbols import ALPHABET, DIGITS

SINGLE = (2.8, 4.0)  # the pitch of a table of single digits, in their heights
SMALLEST, LARGEST = 10.0, 96.0  # heights of digits that a finder meets, in pixels: scales are chosen accordingly


def number(randomness: np.random.Generator, most: int = 9) -> str:
    """A number as people write them: digits and signs; "d" stands for any digit."""
    kind = randomness.random()
    digits = "d" * int(min(most, randomness.geometric(0.27)))
    if kind < 0.5:
        return digits
    if kind < 0.7:
        point = str(randomness.choice([".", ","]))
        return "d" * int(randomness.integers(1, 5)) + point + "d" * int(randomness.integers(1, 4))
    if kind < 0.78:
        inner = (
            digits
            if randomness.random() < 0.5
            else "d" * int(randomness.integers(1, 4)) + str(randomness.choice([".", ","])) + "dd"
        )
        return ("-" if randomness.random() < 0.8 else "+") + inner
    if kind < 0.85:
        point = str(randomness.choice([".", ","]))
        return "d" * int(randomness.integers(1, 4)) + (point + "ddd") * int(randomness.integers(1, 3))
    if kind < 0.91:
        sign = str(randomness.choice(["/", ".", "-"], p=[0.5, 0.3, 0.2]))
        parts = ["d" * int(randomness.integers(1, 3)) for _ in range(int(randomness.integers(2, 4)))]
        return sign.join(parts)
    if kind < 0.95:
        return "d" * int(randomness.integers(1, 3)) + ":" + "dd" + (":dd" if randomness.random() < 0.2 else "")
    if kind < 0.98:
        return "d" * int(randomness.integers(1, 4)) + "%"
    return digits + str(randomness.choice(list("+-/:"))) + "d" * int(randomness.integers(1, 4))


class Writer:
    """Writes numbers on a page with one hand."""

    def __init__(
        self, drawing: Drawing, handwriting: Handwriting, hand: Hand, angle: float, randomness: np.random.Generator
    ) -> None:
        self.drawing, self.handwriting, self.hand = drawing, handwriting, hand
        self.angle, self.randomness = angle, randomness
        self.cos, self.sin = np.cos(angle), np.sin(angle)

    def write(self, text: str, x: float, y: float, height: float) -> float:
        """A number from x on with its foot at y (both before the page is turned); returns where it ends."""
        randomness, hand = self.randomness, self.hand
        slope = randomness.normal(0, 0.025)
        start, before, marks = x, "", []
        for symbol in text:
            tall = height * float(np.exp(randomness.normal(0, hand.uneven)))
            glyph, index = self.glyph(symbol, tall)
            room = hand.gap * height * float(np.exp(randomness.normal(0, 0.25)))
            if symbol in ".," or before in ".,":
                room = min(room, 0.25 * height) * 0.7 if randomness.random() < 0.85 else -0.06 * height
            elif symbol not in DIGITS + "d" or before not in DIGITS + "d":
                room = max(room, randomness.uniform(-0.02, 0.25) * height)
            x += room if before else 0
            foot = y + (x - start) * slope + height * randomness.normal(0, hand.uneven * 0.6)
            marks.append(self.place(glyph, x + glyph.foot[0], foot, index))
            x += glyph.cover.shape[1]
            before = symbol
        self.drawing.numbers.append(marks)
        return x

    def glyph(self, symbol: str, height: float) -> tuple[Inked, int]:
        if symbol in DIGITS + "d":
            return digit(self.handwriting, height, self.angle, self.hand, self.randomness)
        return symbol_inked(symbol, height, self.angle, self.hand, self.randomness), ALPHABET.index(symbol)

    def place(self, glyph: Inked, x: float, y: float, symbol: int) -> int:
        return self.drawing.write(glyph, *self.turned(x, y), symbol)

    def turned(self, x: float, y: float) -> tuple[float, float]:
        """A place of the page before it is turned about its middle, after."""
        x, y = x - SIDE / 2, y - SIDE / 2
        return self.cos * x - self.sin * y + SIDE / 2, self.sin * x + self.cos * y + SIDE / 2


def write_word(drawing: Drawing, writer: Writer, height: float) -> None:
    """A word that is no number, somewhere on the page."""
    randomness = writer.randomness
    x, y = randomness.uniform(-0.1, 0.8) * SIDE, randomness.uniform(0.05, 1) * SIDE
    tall = height * randomness.uniform(0.7, 1.1)
    for cover, right, down in clutter.word(writer.handwriting, tall, writer.angle, writer.hand, randomness):
        drawing.write(Inked(cover, (0.0, 0.0)), x + right, y + down, OTHER)


def one_digit(writer: Writer) -> float:
    """One digit, large or small, anywhere."""
    u = writer.randomness.uniform
    height = float(np.exp(u(np.log(15), np.log(125))))
    room = height * 0.55
    x, y = (u(min(room, SIDE / 2), max(SIDE - room, SIDE / 2)) for _ in range(2))
    glyph, index = writer.glyph("d", height)
    rows, columns = glyph.cover.shape
    mark = writer.drawing.write(glyph, x + glyph.foot[0] - columns / 2, y + glyph.foot[1] - rows / 2, index)
    writer.drawing.numbers.append([mark])
    return height


def strangers(writer: Writer) -> float:
    """A letter or a sign of no known script, or a few, as large as digits and standing as these do."""
    randomness, u = writer.randomness, writer.randomness.uniform
    count = 1 if randomness.random() < 0.7 else int(randomness.integers(2, 5))
    height = float(np.exp(u(np.log(15), np.log(125 / count))))
    x, y = u(0.1, 0.9) * SIDE - count * height / 2, u(0.3, 0.9) * SIDE
    for _ in range(count):
        tall = height * float(np.exp(randomness.normal(0, 0.1)))
        glyph = stranger(writer.handwriting, tall, writer.angle, writer.hand, randomness)
        writer.place(glyph, x + glyph.foot[0], y, OTHER)
        x += glyph.cover.shape[1] + writer.hand.gap * height
    return height


def cropped(writer: Writer) -> float:
    """One number that fills its picture, cut so near that pieces of what stood around it are left."""
    randomness, u = writer.randomness, writer.randomness.uniform
    text = number(randomness, 8) if randomness.random() < 0.75 else "d" * int(randomness.integers(1, 3))
    height = min(LARGEST, max(SMALLEST, SIDE / (0.75 * len(text) + u(0.3, 2.5))))
    gap = writer.hand.gap
    x = (SIDE - len(text) * height * (0.55 + gap)) / 2 + u(-0.3, 0.3) * height
    y = SIDE / 2 + height * u(0.2, 0.8)
    writer.write(text, x, y, height)
    if randomness.random() < 0.4:
        for _ in range(int(randomness.integers(1, 5))):  # above, below and beside
            glyph, index = writer.glyph("d", height * u(0.8, 1.2))
            tall, wide = glyph.cover.shape
            seen, along = u(0.1, 0.55), u(-0.1, 1) * SIDE  # of what is seen whole nobody could tell that it is none
            left, top = [
                (along, (seen - 1) * tall),
                (along, SIDE - seen * tall),
                ((seen - 1) * wide, y - tall),
                (SIDE - seen * wide, y - tall),
            ][int(randomness.integers(4))]
            place = left + glyph.foot[0], top + glyph.foot[1]
            writer.drawing.numbers.append([writer.drawing.write(glyph, *place, index)])
    if randomness.random() < 0.15:
        thick, low = max(1, round(height * u(0.02, 0.08))), round(y + height * u(0.05, 0.3))
        writer.drawing.lines[max(0, low) : max(0, low) + thick] = u(0.3, 1)
    return height


def lines_of_numbers(writer: Writer) -> float:
    """A page of lines with one or several numbers each."""
    randomness, u = writer.randomness, writer.randomness.uniform
    height = float(np.exp(u(np.log(SMALLEST), np.log(56))))
    mixed = randomness.uniform(0.1, 0.4) if randomness.random() < 0.2 else 0.0
    y, lead = u(0.3, 1.3) * height + height, height * u(1.3, 3)
    while y < SIDE + 0.2 * height:
        x = u(-0.4, 3) * height
        while x < SIDE - 0.3 * height:
            tall = height * float(np.exp(randomness.normal(0, mixed)))
            # Who writes digits far apart leaves more between numbers.
            x = writer.write(number(randomness), x, y, tall) + height * (1.5 * max(0.1, writer.hand.gap) + u(0.6, 4))
            if randomness.random() < 0.3:
                break
        y += lead * float(np.exp(randomness.normal(0, 0.05)))
    return height


def grid(writer: Writer) -> float:
    """A table: numbers under each other, with or without lines."""
    randomness, u = writer.randomness, writer.randomness.uniform
    height = float(np.exp(u(np.log(SMALLEST), np.log(42))))
    texts = [number(randomness, 5) for _ in range(4)] if randomness.random() < 0.6 else ["d"]
    # Single digits as near to each other as those of a comb would be one number.
    room = 0.5 + (0.6 + max(0.15, writer.hand.gap)) * max(len(text) for text in texts)
    wide = height * (room * u(0.95, 1.6) if len(texts) > 1 else u(*SINGLE))
    tall = height * u(1.25, 2.6)
    first = u(-0.5, 0.8) * wide, u(0.0, 0.8) * tall
    ruled = randomness.random() < 0.6
    for row in range(int((SIDE - first[1]) / tall) + 1):
        for column in range(int((SIDE - first[0]) / wide) + 1):
            left, top = first[0] + column * wide, first[1] + row * tall
            if randomness.random() < 0.9:
                text = texts[int(randomness.integers(len(texts)))]
                writer.write(text, left + u(0.08, 0.2) * wide, top + tall * u(0.7, 0.85), height)
    if ruled:
        _cells(writer, [first[0] + k * wide for k in range(-1, 60)], [first[1] + k * tall for k in range(-1, 60)])
    return height


def comb(writer: Writer) -> float:
    """Boxes for one digit each, as on forms."""
    randomness, u = writer.randomness, writer.randomness.uniform
    height = float(np.exp(u(np.log(SMALLEST), np.log(64))))
    wide, tall = height * u(0.9, 2.4), height * u(1.15, 2.2)
    y = u(0.2, 1) * tall
    while y < SIDE - 0.2 * tall:
        count, left = int(randomness.integers(2, 14)), u(-0.3, 2) * wide
        numbers: list[list[int]] = [[]]
        for column in range(count):
            if randomness.random() >= 0.94:  # a box left empty ends a number
                numbers.append([])
            else:
                glyph, index = writer.glyph("d", height * float(np.exp(randomness.normal(0, 0.08))))
                x = left + (column + 0.5) * wide + randomness.normal(0, 0.06) * wide - glyph.cover.shape[1] / 2
                foot = y + (tall + height) / 2 + randomness.normal(0, 0.05) * tall
                numbers[-1].append(writer.place(glyph, x + glyph.foot[0], foot, index))
        writer.drawing.numbers += [number for number in numbers if number]
        kind = randomness.random()
        tops = [y, y + tall] if kind < 0.8 else [y + tall]
        _cells(
            writer,
            [left + k * wide for k in range(count + 1)],
            tops,
            bottom=y + tall,
            top=y if kind < 0.8 else y + 0.7 * tall,
        )
        if randomness.random() < 0.4:
            break
        y += tall * u(1, 2.5)
    return height


def labelled(writer: Writer) -> float:
    """A printed label, a number, perhaps a unit; on one or several lines."""
    randomness, u = writer.randomness, writer.randomness.uniform
    height = float(np.exp(u(np.log(12), np.log(50))))
    y, dark = u(0.8, 2.5) * height, u(0.5, 1.2)
    while y < SIDE:
        x = u(0, 1) * height
        if randomness.random() < 0.7:
            cover = clutter.printed(
                str(randomness.choice(clutter.LABELS))
                if randomness.random() < 0.6
                else clutter.print_of(randomness)[:10],
                height * u(0.4, 1),
                randomness,
            )
            writer.drawing.put(cover, *writer.turned(x, y - len(cover)), dark)
            x += cover.shape[1] + height * u(0.2, 1)
        x = writer.write(number(randomness, 6), x, y, height)
        if randomness.random() < 0.5:
            cover = clutter.printed(str(randomness.choice(clutter.UNITS)), height * u(0.4, 1), randomness)
            writer.drawing.put(cover, *writer.turned(x + height * u(0.15, 0.6), y - len(cover)), dark)
        if randomness.random() < 0.4:
            break
        y += height * u(1.5, 4)
    return height


def no_number(writer: Writer) -> float:
    """Words, signs of other scripts, shapes, print, or nothing at all."""
    randomness, u = writer.randomness, writer.randomness.uniform
    height = float(np.exp(u(np.log(12), np.log(95))))
    kind = randomness.random()
    if kind < 0.5:
        for _ in range(int(randomness.integers(1, 6))):
            write_word(writer.drawing, writer, height)
    elif kind < 0.7:
        for _ in range(int(randomness.integers(1, 8))):
            cover = clutter.printed(clutter.print_of(randomness), height * u(0.4, 1), randomness)
            writer.drawing.put(cover, u(-0.1, 0.9) * SIDE, u(-0.05, 0.95) * SIDE)
    elif kind < 0.85:
        drawing = writer.drawing
        for _ in range(int(randomness.integers(1, 4))):
            pen = max(1.0, writer.hand.pen * height)
            # What is circled or ticked where nothing else is would be a 0 and a 1.
            drawing.rest = np.maximum(drawing.rest, clutter.scribble(SIDE, height, pen, randomness, crossed=1))
    return height


LAYOUTS = (one_digit, strangers, cropped, lines_of_numbers, grid, comb, labelled, no_number)
# Of what stands alone three in ten are no digit, far more than people hand in: what looks like one is to be doubted.
SHARES = (0.14, 0.06, 0.3, 0.17, 0.1, 0.1, 0.08, 0.05)


def _cells(
    writer: Writer, across: list[float], down: list[float], bottom: float | None = None, top: float | None = None
) -> None:
    """Lines of a table or comb, as they lie on a page that is turned."""
    randomness = writer.randomness
    cover = np.zeros((SIDE, SIDE), np.float32)
    thick = int(randomness.choice([1, 1, 2, 3]))
    left, right = min(across), max(across)
    high, low = (min(down) if top is None else top), (max(down) if bottom is None else bottom)
    ends = [((x, high), (x, low)) for x in across] + [((left, y), (right, y)) for y in down]
    for one, other in ends:
        a, b = ([round(16 * v) for v in writer.turned(*end)] for end in (one, other))
        cv2.line(cover, a, b, 1.0, thick, cv2.LINE_AA, 4)
    np.maximum(writer.drawing.lines, cover * randomness.uniform(0.25, 1.1), out=writer.drawing.lines)
