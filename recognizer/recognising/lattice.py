"""What a mark is read as: one digit, or several that touch, and which.

Of all ways from its left edge over the cuts to its right edge the likeliest is taken, where a step is one digit by the
model that reads, or two by the network for pairs.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recognizer.page import Box, Mark
from recognizer.recognising.candidate import Candidate
from recognizer.recognising.pair_network import FIRST, SECOND, sure

# How much likelier, by their logarithms, the pieces have to be than the whole: for each cut, since a sliver of a digit
# is a good 1; for a pair, which is likelier one odd digit; and less for a whole that is wider than high, for each time
# its height that it is wider. Of a whole that it is surer of than SURE_WHOLE there is no doubt.
# Of 2,400 drawn numbers of validation digits 95.1 % are right where none touch and 88.5 % where some do, 66.7 % without
# the network for pairs. Half the cost of a cut, or twice that of a pair, loses 1.3 points where some touch; one at no
# cost wins next to none. A mark without pieces mostly stands alone, and its whole may be a 1 with a flag: at the lower
# cost two such of 806 photos would be read as 11.
CUT_COST, WIDE_COST, PAIR_COST, PAIR_COST_UNCUT, SURE_WHOLE = 1.0, 2.0, 0.25, 0.5, 0.95
IMPOSSIBLE = 1e-9  # the least probability, for its logarithm's sake


@dataclass(frozen=True, slots=True)
class Ways:
    """What the networks say of a candidate: of its glyphs `ones` [parts, symbols], of its frames `twos` [pairs, 21]."""

    candidate: Candidate
    ones: np.ndarray
    twos: np.ndarray
    symbols: str

    def read(self) -> tuple[float, list[Mark]]:
        """How sure the likeliest way is, and the marks that it goes through."""
        certainty, found = 1.0, []
        for part, pair in self.way():
            if pair is None:
                certainty *= float(self.ones[part].max())
                found.append(self.mark(self.candidate.parts[part], self.ones[part], self.candidate.glyphs[part]))
            else:
                certainty *= float(sure(self.twos)[pair])
                found += self.both(part, pair)
        return certainty, found

    def mark(self, box: Box, probabilities: np.ndarray, seen: np.ndarray) -> Mark:
        likeliest = self.symbols[int(probabilities.argmax())]
        return Mark(box, likeliest, tuple(float(p) for p in probabilities), seen)

    def way(self) -> list[tuple[int, int | None]]:
        """The likeliest way: its parts, and for each that is two digits which of the pairs it is."""
        candidate = self.candidate
        if not candidate.pairs or self.ones[0].max() > SURE_WHOLE:
            return [(0, None)]
        ways: dict[int, tuple[float, list[tuple[int, int | None]]]] = {0: (0.0, [])}
        for part, pair, likely in sorted(self.steps(), key=lambda step: candidate.span(step[0])):
            start, end = candidate.span(part)
            if start in ways:
                total = ways[start][0] + likely - CUT_COST * (start > 0)
                if total > ways.get(end, (-math.inf, []))[0]:
                    ways[end] = total, [*ways[start][1], (part, pair)]
        return ways[candidate.last][1]

    def steps(self) -> Iterator[tuple[int, int | None, float]]:
        """Each part as one digit, and some as two: which of the pairs it is then, and how likely, as a logarithm."""
        _, _, width, height = self.candidate.parts[0]
        for part, top in enumerate(self.ones.max(axis=1)):
            wide = 0.0 if part else WIDE_COST * max(0.0, width / height - 1)
            yield part, None, math.log(max(top, IMPOSSIBLE)) - wide
        cost = PAIR_COST if self.candidate.spans else PAIR_COST_UNCUT
        for pair, (part, top) in enumerate(zip(self.candidate.pairs, sure(self.twos), strict=True)):
            yield part, pair, math.log(max(top, IMPOSSIBLE)) - cost

    def both(self, part: int, pair: int) -> list[Mark]:
        """The digits of a part that is two. Of the cuts the one is taken whose sides look most like these digits.

        Where there is none each has half of the box and of what the network saw.
        """
        candidate, rows = self.candidate, (self.twos[pair, FIRST], self.twos[pair, SECOND])
        (start, end), pieces = candidate.span(part), {span: number for number, span in enumerate(candidate.spans, 1)}
        cuts = [
            (pieces[start, middle], pieces[middle, end])
            for middle in range(start + 1, end)
            if (start, middle) in pieces and (middle, end) in pieces
        ]
        if cuts:
            left, right = (row.argmax() for row in rows)
            best = max(cuts, key=lambda sides: self.ones[sides[0], left] * self.ones[sides[1], right])
            return [
                self.mark(candidate.parts[side], row, candidate.glyphs[side])
                for side, row in zip(best, rows, strict=True)
            ]
        x, y, width, height = candidate.parts[part]
        half = max(1, width // 2)
        boxes = Box(x, y, half, height), Box(x + width - half, y, half, height)
        halves = np.hsplit(candidate.frames[pair], 2)
        return [self.mark(box, row, half) for box, row, half in zip(boxes, rows, halves, strict=True)]
