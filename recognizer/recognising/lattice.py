"""What a mark is read as: one digit, or several that touch, and which.

Of all ways from its left edge over the cuts to its right edge the likeliest is taken, where a step is one digit by the
model that reads, or two by the network for pairs.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recognizer.recognising.pairs import FIRST, SECOND, sure

# How much likelier, by their logarithms, the pieces have to be than the whole: for each cut, since a sliver of a digit
# is a good 1; for a pair, which is likelier one odd digit; and less for a whole that is wider than high, for each time
# its height that it is wider. Of a whole that it is surer of than SURE_WHOLE there is no doubt.
# Of 2,400 drawn numbers of validation digits 95.1 % are right where none touch and 88.5 % where some do, 66.7 % without
# the network for pairs. Half the cost of a cut, or twice that of a pair, loses 1.3 points where some touch; one at no
# cost wins next to none. A mark without pieces mostly stands alone, and its whole may be a 1 with a flag: at the lower
# cost two such of 806 photos would be read as 11.
CUT_COST, WIDE_COST, PAIR_COST, PAIR_COST_UNCUT, SURE_WHOLE = 1.0, 2.0, 0.25, 0.5, 0.95
IMPOSSIBLE = 1e-9  # the least probability, for its logarithm's sake

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit: its box (x, y, width, height in the upright original), the likeliest class, all ten probabilities."""

    box: Box
    digit: int
    probabilities: tuple[float, ...]

    @classmethod
    def of(cls, box: Box, probabilities: np.ndarray) -> "Digit":
        return cls(box, int(probabilities.argmax()), tuple(float(p) for p in probabilities))


@dataclass(frozen=True, slots=True)
class Mark:
    """One glyph as found: what separates it from the one before, its box, and what it may be cut into.

    `pieces` are the boxes of the pieces, `spans` the cuts that each lies between. A part is the whole, 0, or a piece,
    from 1; `pairs` are the parts that may be two digits.
    """

    separator: str
    box: Box
    pieces: tuple[Box, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    pairs: tuple[int, ...] = ()

    @property
    def parts(self) -> tuple[Box, ...]:
        return self.box, *self.pieces

    @property
    def last(self) -> int:
        """The number of the right edge, where the left edge and the cuts are counted from 0."""
        return max((end for _, end in self.spans), default=1)

    def span(self, part: int) -> tuple[int, int]:
        return self.spans[part - 1] if part else (0, self.last)


@dataclass(frozen=True, slots=True)
class Judged:
    """A mark with what the networks saw and say of it.

    `glyphs` uint8 [parts, 28, 28] and their probabilities `ones` [parts, 10]; `frames` uint8 [pairs, 28, 56] and theirs
    `twos` [pairs, 21].
    """

    mark: Mark
    glyphs: np.ndarray
    ones: np.ndarray
    frames: np.ndarray
    twos: np.ndarray

    def read(self) -> tuple[float, list[tuple[Digit, np.ndarray]]]:
        """How sure the likeliest way is, and its digits, each with the glyph uint8 [28, 28] that shows it."""
        certainty, found = 1.0, []
        for part, pair in self.way():
            if pair is None:
                certainty *= float(self.ones[part].max())
                found.append((Digit.of(self.mark.parts[part], self.ones[part]), self.glyphs[part]))
            else:
                certainty *= float(sure(self.twos)[pair])
                found += self.both(part, pair)
        return certainty, found

    def way(self) -> list[tuple[int, int | None]]:
        """The likeliest way: its parts, and for each that is two digits which of the pairs it is."""
        mark = self.mark
        if not mark.pairs or self.ones[0].max() > SURE_WHOLE:
            return [(0, None)]
        ways: dict[int, tuple[float, list[tuple[int, int | None]]]] = {0: (0.0, [])}
        for part, pair, likely in sorted(self.steps(), key=lambda step: mark.span(step[0])):
            start, end = mark.span(part)
            if start in ways:
                total = ways[start][0] + likely - CUT_COST * (start > 0)
                if total > ways.get(end, (-math.inf, []))[0]:
                    ways[end] = total, [*ways[start][1], (part, pair)]
        return ways[mark.last][1]

    def steps(self) -> Iterator[tuple[int, int | None, float]]:
        """Each part as one digit, and some as two: which of the pairs it is then, and how likely, as a logarithm."""
        _, _, width, height = self.mark.box
        for part, top in enumerate(self.ones.max(axis=1)):
            wide = 0.0 if part else WIDE_COST * max(0.0, width / height - 1)
            yield part, None, math.log(max(top, IMPOSSIBLE)) - wide
        cost = PAIR_COST if self.mark.pieces else PAIR_COST_UNCUT
        for pair, (part, top) in enumerate(zip(self.mark.pairs, sure(self.twos), strict=True)):
            yield part, pair, math.log(max(top, IMPOSSIBLE)) - cost

    def both(self, part: int, pair: int) -> list[tuple[Digit, np.ndarray]]:
        """The digits of a part that is two. Of the cuts the one is taken whose sides look most like these digits.

        Where there is none each has half of the box and of what the network saw.
        """
        mark, rows = self.mark, (self.twos[pair, FIRST], self.twos[pair, SECOND])
        (start, end), pieces = mark.span(part), {span: number for number, span in enumerate(mark.spans, 1)}
        cuts = [
            (pieces[start, middle], pieces[middle, end])
            for middle in range(start + 1, end)
            if (start, middle) in pieces and (middle, end) in pieces
        ]
        if cuts:
            left, right = (row.argmax() for row in rows)
            best = max(cuts, key=lambda sides: self.ones[sides[0], left] * self.ones[sides[1], right])
            return [(Digit.of(mark.parts[side], row), self.glyphs[side]) for side, row in zip(best, rows, strict=True)]
        x, y, width, height = mark.parts[part]
        half = max(1, width // 2)
        boxes = (x, y, half, height), (x + width - half, y, half, height)
        halves = np.hsplit(self.frames[pair], 2)
        return [(Digit.of(box, row), glyph) for box, row, glyph in zip(boxes, rows, halves, strict=True)]
