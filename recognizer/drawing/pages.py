"""Pages with numbers and all that surrounds them, drawn anew each time, and what a finder should say of them."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing import clutter, sheets
from recognizer.drawing.capture import captured
from recognizer.drawing.pens import Cover, Hand, Inked, digit_of, symbol_inked
from recognizer.drawing.strokes import Centrelines
from recognizer.symbols import ALPHABET, DIGITS

SIDE = 160  # of a drawn page, in pixels
CELL = 4  # pixels: what a finder says, it says of each square of so many
# Of a place where nobody wrote or printed anything: paper, its lines, what lies around it; and of what is written or
# printed and no number: words, scribbles, scraps of digits.
NOTHING = len(ALPHABET)
OTHER = NOTHING + 1
SMALLEST, LARGEST = 10.0, 96.0  # heights of digits that a finder meets, in pixels: scales are chosen accordingly
WHOLE, SCRAP = 0.85, 0.6  # shares in sight: a mark, and what is none any more; between them nothing is asked
SCRAPPED, UNTOLD = -1, -2  # in place of a mark's number


@dataclass(frozen=True)
class Target:
    """What a finder should say of each cell [n, n], or pixel [side, side].

    `ink` bool [side, side]: somebody wrote a sign here. `centre` float32 [n, n]: 1 at the cell of a mark's centre,
    falling off around it. `way` float32 [n, n, 2]: x, y from the cell to the centre of its mark, in cells.
    `symbol` uint8 [n, n]: which sign, NOTHING or OTHER. `weight` float32 [n, n]: how much that counts, 0 where it
    cannot be told.
    """

    ink: NDArray[np.bool_]
    centre: NDArray[np.float32]
    way: NDArray[np.float32]
    symbol: NDArray[np.uint8]
    weight: NDArray[np.float32]


@dataclass
class Drawing:
    """A page while it is drawn: the cover of numbers and whose it is, that of all else that is written or printed, and
    that of lines and dust.

    `owner` is a mark's number, 0 where nobody wrote, SCRAPPED of a scrap, UNTOLD of a mark of which so much is out of
    sight that nobody can tell.
    """

    ink: Cover = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))
    owner: NDArray[np.int16] = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.int16))
    rest: Cover = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))
    lines: Cover = field(default_factory=lambda: np.zeros((SIDE, SIDE), np.float32))
    marks: list[tuple[float, float, float, int]] = field(default_factory=list)  # centre x, y, longer side, symbol
    numbers: list[list[int]] = field(default_factory=list)  # of each the numbers of its marks, from 1, in order

    def write(self, glyph: Inked, x: float, y: float, symbol: int) -> int:
        """One sign with its foot at x, y; returns whose its place is. Where too little of it is in sight it is a scrap,
        and -1 where nothing of it is."""
        found = _overlap(glyph.cover, round(x - glyph.foot[0]), round(y - glyph.foot[1]))
        if found is None:
            return SCRAPPED
        part, left, top = found
        rows, columns = np.nonzero(part > 0.35)
        if not len(rows):
            return SCRAPPED
        seen = float(part.sum()) / float(glyph.cover.sum())
        number = SCRAPPED
        if seen >= SCRAP:
            box = columns.min() + left, rows.min() + top, np.ptp(columns) + 1, np.ptp(rows) + 1
            longer = float(max(box[2], box[3]))
            if seen >= WHOLE:
                self.marks.append((box[0] + (box[2] - 1) / 2, box[1] + (box[3] - 1) / 2, longer, symbol))
                number = len(self.marks)
            else:
                number = UNTOLD
        here = np.s_[top : top + len(part), left : left + part.shape[1]]
        over = (part > self.ink[here]) & (part > 0.3)
        self.owner[here][over] = number
        np.maximum(self.ink[here], part, out=self.ink[here])
        return number

    def put(self, cover: Cover, x: float, y: float, dark: float = 1.0) -> None:
        """Something that is no number, its upper left at x, y."""
        found = _overlap(cover, round(x), round(y))
        if found is not None:
            part, left, top = found
            here = np.s_[top : top + len(part), left : left + part.shape[1]]
            np.maximum(self.rest[here], part * dark, out=self.rest[here])

    def target(self) -> Target:
        n = SIDE // CELL
        rows, columns = np.mgrid[:n, :n].astype(np.float32)
        centre, way = np.zeros((n, n), np.float32), np.zeros((n, n, 2), np.float32)
        middles = np.array(
            [(0.0, 0.0)] + [((x - 1.5) / CELL, (y - 1.5) / CELL) for x, y, _, _ in self.marks], np.float32
        )
        for (x, y), (_, _, longer, _) in zip(middles[1:], self.marks, strict=True):
            spread, column, row = (
                max(0.6, longer / CELL * 0.1),
                min(max(round(x), 0), n - 1),
                min(max(round(y), 0), n - 1),
            )
            np.maximum(centre, np.exp(-((columns - column) ** 2 + (rows - row) ** 2) / (2 * spread**2)), out=centre)
        cells = self.owner.reshape(n, CELL, n, CELL).transpose(0, 2, 1, 3).reshape(n, n, -1)
        cover = self.ink.reshape(n, CELL, n, CELL).transpose(0, 2, 1, 3).reshape(n, n, -1)
        most = np.where(cells != 0, cover, -1).argmax(2)
        owner = np.take_along_axis(cells, most[..., None], 2)[..., 0]
        own = np.maximum(owner, 0)
        others = self.rest.reshape(n, CELL, n, CELL).max(axis=(1, 3)) > 0.35
        way[..., 0] = np.where(own > 0, middles[own, 0] - columns, 0)
        way[..., 1] = np.where(own > 0, middles[own, 1] - rows, 0)
        symbols = np.array([NOTHING, *(symbol for *_, symbol in self.marks)], np.uint8)
        # Every mark counts the same however few its cells are, up to a bound.
        sizes = np.bincount(own.ravel(), minlength=len(symbols)).astype(np.float32)
        shares = np.clip(20 / np.maximum(sizes, 1), 0.4, 6.0)
        shares[0] = 1.0
        weight = shares[own].astype(np.float32)
        weight[owner == UNTOLD] = 0
        weight[(own == 0) & (cells > 0).any(2)] = 0
        symbol = np.where((own == 0) & (others | (owner == SCRAPPED)), OTHER, symbols[own]).astype(np.uint8)
        return Target((self.owner > 0) & (self.ink > 0.35), centre, way, symbol, weight)


def _overlap(cover: Cover, left: int, top: int) -> tuple[Cover, int, int] | None:
    """The part of a cover that lies on the page, and where."""
    height, width = cover.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, SIDE), min(top + height, SIDE)
    if x1 <= x0 or y1 <= y0:
        return None
    return cover[y0 - top : y1 - top, x0 - left : x1 - left], x0, y0


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
        self, drawing: Drawing, lines: Centrelines, hand: Hand, angle: float, randomness: np.random.Generator
    ) -> None:
        self.drawing, self.lines, self.hand, self.angle, self.randomness = drawing, lines, hand, angle, randomness
        self.cos, self.sin = np.cos(angle), np.sin(angle)

    def write(self, text: str, x: float, y: float, height: float, gap: float | None = None) -> float:
        """A number from x on with its foot at y (both before the page is turned); returns where it ends."""
        randomness, hand = self.randomness, self.hand
        gap, slope = hand.gap if gap is None else gap, randomness.normal(0, 0.025)
        start, before, marks = x, "", []
        for symbol in text:
            tall = height * float(np.exp(randomness.normal(0, hand.uneven)))
            glyph, index = self.glyph(symbol, tall)
            room = gap * height * float(np.exp(randomness.normal(0, 0.25)))
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
            index = int(self.randomness.integers(len(self.lines)))
            return digit_of(self.lines, index, height, self.angle, self.hand, self.randomness), int(
                self.lines.labels[index]
            )
        return symbol_inked(symbol, height, self.angle, self.hand, self.randomness), ALPHABET.index(symbol)

    def place(self, glyph: Inked, x: float, y: float, symbol: int) -> int:
        return self.drawing.write(glyph, *self.turned(x, y), symbol)

    def turned(self, x: float, y: float) -> tuple[float, float]:
        """A place of the page before it is turned about its middle, after."""
        x, y = x - SIDE / 2, y - SIDE / 2
        return self.cos * x - self.sin * y + SIDE / 2, self.sin * x + self.cos * y + SIDE / 2


def page(lines: Centrelines, randomness: np.random.Generator) -> tuple[NDArray[np.uint8], Drawing]:
    """A page uint8 [SIDE, SIDE] and what is on it."""
    u = randomness.uniform
    drawing, hand = Drawing(), Hand.any(randomness)
    angle = float(randomness.normal(0, 0.03) if randomness.random() < 0.85 else randomness.normal(0, 0.12))
    writer = Writer(drawing, lines, hand, angle, randomness)
    layout = LAYOUTS[int(randomness.choice(len(LAYOUTS), p=SHARES))]
    height = layout(writer)
    pen = max(1.1, hand.pen * height)
    sheet = _ground(height, angle, randomness)
    _surround(drawing, writer, height, pen)
    # How dark the ink is: pencil that one can hardly see, and marker.
    dark = u(0.2, 0.97) if randomness.random() < 0.7 else u(0.1, 0.3)
    cover = np.maximum(drawing.ink, np.maximum(drawing.rest * u(0.6, 1.3), drawing.lines))
    if randomness.random() < 0.35:  # pencil and chalk leave the paper's grain
        cover = cover * (1 - u(0.1, 0.6) * np.abs(sheets.field(randomness, SIDE, 110)))
    cover = np.clip(cover, 0, 1) * dark
    scene = sheet * (1 - cover)
    contrast = dark * float(np.median(sheet))
    return captured(scene, height, contrast, randomness), drawing


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
            _word(drawing, writer, height)
    if randomness.random() < 0.1:
        drawing.rest = np.maximum(drawing.rest, clutter.scribble(SIDE, height, pen, randomness) * u(0.5, 1.1))
    if randomness.random() < 0.12:
        drawing.lines = np.maximum(drawing.lines, clutter.dust(SIDE, height, randomness) * u(0.3, 1))


def _word(drawing: Drawing, writer: Writer, height: float) -> None:
    randomness = writer.randomness
    x, y = randomness.uniform(-0.1, 0.8) * SIDE, randomness.uniform(0.05, 1) * SIDE
    for cover, right, down in clutter.word(
        height * randomness.uniform(0.7, 1.1), writer.angle, writer.hand, randomness
    ):
        drawing.put(cover, x + right, y + down)


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


def cropped(writer: Writer) -> float:
    """One number that fills its picture, cut so near that pieces of what stood around it are left."""
    randomness, u = writer.randomness, writer.randomness.uniform
    text = number(randomness, 8) if randomness.random() < 0.75 else "d" * int(randomness.integers(1, 3))
    height = min(LARGEST, max(SMALLEST, SIDE / (0.75 * len(text) + u(0.3, 2.5))))
    gap = writer.hand.gap
    x = (SIDE - len(text) * height * (0.55 + gap)) / 2 + u(-0.3, 0.3) * height
    y = SIDE / 2 + height * u(0.2, 0.8)
    before = writer.drawing.marks
    writer.write(text, x, y, height)
    if before and randomness.random() < 0.4:
        for _ in range(int(randomness.integers(1, 5))):  # above, below and beside
            side = int(randomness.integers(4))
            place = [
                (u(-0.1, 1) * SIDE, u(-0.3, 0.05) * height),
                (u(-0.1, 1) * SIDE, SIDE + u(0.6, 1) * height),
                (u(-0.5, -0.2) * height, y),
                (SIDE - u(0.02, 0.3) * height, y),
            ][side]
            glyph, index = writer.glyph("d", height * u(0.8, 1.2))
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
            x = writer.write(number(randomness), x, y, tall) + height * u(0.8, 4)
            if randomness.random() < 0.3:
                break
        y += lead * float(np.exp(randomness.normal(0, 0.05)))
    return height


def grid(writer: Writer) -> float:
    """A table: numbers under each other, with or without lines."""
    randomness, u = writer.randomness, writer.randomness.uniform
    height = float(np.exp(u(np.log(SMALLEST), np.log(42))))
    texts = [number(randomness, 5) for _ in range(4)] if randomness.random() < 0.6 else ["d"]
    wide = height * (0.5 + 0.75 * max(len(text) for text in texts)) * u(0.95, 1.6)
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
    wide, tall = height * u(0.9, 1.9), height * u(1.15, 2.2)
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
            _word(writer.drawing, writer, height)
    elif kind < 0.7:
        for _ in range(int(randomness.integers(1, 8))):
            cover = clutter.printed(clutter.print_of(randomness), height * u(0.4, 1), randomness)
            writer.drawing.put(cover, u(-0.1, 0.9) * SIDE, u(-0.05, 0.95) * SIDE)
    elif kind < 0.85:
        drawing = writer.drawing
        for _ in range(int(randomness.integers(1, 4))):
            pen = max(1.0, writer.hand.pen * height)
            drawing.rest = np.maximum(drawing.rest, clutter.scribble(SIDE, height, pen, randomness))
    return height


LAYOUTS = (one_digit, cropped, lines_of_numbers, grid, comb, labelled, no_number)
SHARES = (0.14, 0.28, 0.2, 0.12, 0.1, 0.08, 0.08)


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
