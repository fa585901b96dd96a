"""From what the networks say of each mark to what the picture says, and how sure that is.

Learned on pages that are drawn for it alone: of every mark whether it was there and is what it was read as, of every
number whether it was read as it was written, no mark missing and none too many.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.judging.evidence import OF_A_GAP, OF_A_MARK, OF_A_NUMBER, of_a_number, of_gaps, of_marks
from recognizer.judging.judged import Judged
from recognizer.page import NO_HINTS, Box, Hints, Line, Reading, Word
from recognizer.recognising.candidate import Prepared
from recognizer.recognising.recogniser import Recognised
from recognizer.symbols import DIGITS

# What is likelier no sign than one is left out: so the expected number of mistakes is least.
THERE = 0.5
APART = 0.5  # likelier two numbers than one
MAYBE_THERE = 0.1  # who says how many digits there are makes one out of so little, and not out of nothing

# What each of its layers judges by.
EVIDENCE = {"there": OF_A_MARK, "right": OF_A_MARK, "apart": OF_A_GAP, "numbers": OF_A_NUMBER}


@dataclass(frozen=True)
class Layers:
    """A small network: evidence [n, inputs], shifted and scaled, through hidden units to one probability each."""

    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    hidden: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    output: NDArray[np.float64]
    output_bias: float

    def probabilities(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        units = np.tanh((evidence - self.shift) / self.scale @ self.hidden + self.hidden_bias)
        return 1 / (1 + np.exp(-(units @ self.output + self.output_bias)))

    def as_json(self) -> dict[str, Any]:
        return {name: np.round(np.asarray(value), 6).tolist() for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], inputs: int) -> "Layers":
        """Raises ValueError, TypeError or KeyError for what is no such network."""
        arrays = {name: np.array(values[name], np.float64) for name in cls.__dataclass_fields__}
        units = len(arrays["output"])
        wanted = {
            "shift": (inputs,), "scale": (inputs,), "hidden": (inputs, units), "hidden_bias": (units,),
            "output": (units,), "output_bias": (),
        }  # fmt: skip
        if any(arrays[name].shape != shape for name, shape in wanted.items()):
            raise ValueError(f"the judge's shapes are { ({name: array.shape for name, array in arrays.items()}) }")
        bias = float(arrays.pop("output_bias"))
        return cls(**arrays, output_bias=bias)


@dataclass(frozen=True)
class Judge:
    """Evidence to probabilities: that somebody wrote a sign there, that it is this one, that a number ends between two
    marks of a line, that a number is right."""

    there: Layers
    right: Layers
    apart: Layers
    numbers: Layers

    def reading(self, prepared: Prepared, recognised: Sequence[Recognised], hints: Hints = NO_HINTS) -> Reading:
        """What a picture says whose candidates were recognised so."""
        if not recognised:
            return Reading("", 0.0, prepared.outcome, notes=prepared.notes)
        words = numbers_of(self.judged(recognised, hints))
        if not words:
            return Reading("", 0.0, "unclear", tuple(one.mark for one in recognised), notes=prepared.notes)
        certainties = [self._certainty(word, len(words)) for _, word in words]
        return _composed(
            [(before, word, p) for (before, word), p in zip(words, certainties, strict=True)], prepared.notes
        )

    def as_json(self) -> dict[str, Any]:
        return {name: layers.as_json() for name, layers in vars(self).items()}

    @classmethod
    def from_json(cls, content: bytes) -> "Judge":
        """Raises ValueError, TypeError or KeyError for what is no judge."""
        values = json.loads(content)
        return cls(**{name: Layers.from_json(values[name], len(evidence)) for name, evidence in EVIDENCE.items()})

    def judged(self, recognised: Sequence[Recognised], hints: Hints = NO_HINTS) -> list[Judged]:
        """The marks, at least one, that are likelier there than not, with what sets each apart from the one before."""
        given = [one if hints == NO_HINTS else one.given(hints) for one in recognised]
        expected = [after or before for before, after in zip(recognised, given, strict=True)]
        if recognised[0].candidate.symbols is None:  # a tiny picture: the digit network alone has seen it
            return [Judged(one, "", float(one.symbols.max())) for one in expected]
        evidence = of_marks(expected)
        seen = self.there.probabilities(evidence)
        there = seen * [one is not None for one in given]
        right = self.right.probabilities(evidence)
        kept = there >= THERE
        if hints.digits:
            everywhere = self._apart(expected, seen, np.ones(len(seen), bool))
            kept = _so_many(expected, there, hints.digits, everywhere)
        places = np.flatnonzero(kept).tolist()
        apart = self._apart(expected, seen, kept)
        separators = _separators([expected[place].candidate.line for place in places], apart)
        return [
            Judged(
                expected[place],
                separators[number],
                float(right[place]),
                float(there[place]),
                (apart[number], apart[number + 1]),
                _left_out(expected, there, kept, place),
            )
            for number, place in enumerate(places)
        ]

    def _apart(self, seen: Sequence[Recognised], there: NDArray[np.float64], kept: NDArray[np.bool_]) -> list[float]:
        """How likely a number ends before each mark that is kept, and after the last; 1 where a line does."""
        if not kept.any():
            return [1.0]
        lines = [seen[place].candidate.line for place in np.flatnonzero(kept).tolist()]
        between = self.apart.probabilities(of_gaps(seen, there, kept)).tolist()
        ends = [1.0 if a != b else p for (a, b), p in zip(pairwise(lines), between, strict=True)]
        return [1.0, *ends, 1.0]

    def _certainty(self, word: Sequence[Judged], numbers: int) -> float:
        if word[0].recognised.candidate.symbols is None:
            return math.prod(one.right for one in word)
        return float(self.numbers.probabilities(of_a_number(word, numbers)[None])[0])


def _separators(lines: Sequence[int], apart: Sequence[float]) -> list[str]:
    """What sets each mark apart from the one before."""
    between = zip(pairwise(lines), apart[1:], strict=False)
    return ["", *("\n" if a != b else " " if p >= APART else "" for (a, b), p in between)][: len(lines)]


def _left_out(marks: Sequence[Recognised], there: NDArray[np.float64], kept: NDArray[np.bool_], place: int) -> float:
    """How likely the likeliest sign is there that is left out between a mark and those kept beside it on its line."""
    likeliest, lines = 0.0, [one.candidate.line for one in marks]
    for way in (-1, 1):
        other = place + way
        while 0 <= other < len(marks) and not kept[other] and lines[other] == lines[place]:
            likeliest = max(likeliest, float(there[other]))
            other += way
    return likeliest


SEPARATORS = ("", " ", "\n")  # the later, the stronger


def _so_many(
    marks: Sequence[Recognised], there: NDArray[np.float64], digits: int, apart: Sequence[float]
) -> NDArray[np.bool_]:
    """Which marks are likelier there than not; of numbers that have so many digits, the likeliest so many."""
    kept = there >= THERE
    starts = [place for place in range(len(marks)) if apart[place] >= APART]
    for start, end in pairwise([*starts, len(marks)]):
        places = [place for place in range(start, end) if marks[place].symbol in DIGITS]
        likeliest = sorted(places, key=lambda place: -there[place])[:digits]
        if len(likeliest) == digits and there[likeliest[-1]] >= MAYBE_THERE:
            kept[places] = False
            kept[likeliest] = True
    return kept


def numbers_of(judged: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    """Marks that stand together, those with a digit among them, and what sets each apart from the one before."""
    words: list[list[Judged]] = []
    for one in judged:
        if one.separator or not words:
            words.append([])
        words[-1].append(one)
    numbers, before = [], ""
    for word in words:
        before = max(before, word[0].separator, key=SEPARATORS.index)
        if any(one.recognised.symbol in DIGITS for one in word):
            numbers.append((before, word))
            before = ""
    return numbers


def _composed(numbers: Sequence[tuple[str, Sequence[Judged], float]], notes: tuple[str, ...]) -> Reading:
    """Its confidence is the product of the numbers' own, as if they were wrong independently of each other."""
    lines: list[list[Word]] = [[]]
    for before, marks, certainty in numbers:
        if before == "\n" and lines[-1]:
            lines.append([])
        text = "".join(one.recognised.symbol for one in marks)
        lines[-1].append(Word(text, Box.around(one.recognised.candidate.box for one in marks), certainty))
    read = tuple(Line(tuple(line)) for line in lines)
    kept = tuple(one.recognised.mark for _, marks, _ in numbers for one in marks)
    confidence = math.prod(certainty for *_, certainty in numbers)
    return Reading("\n".join(line.text for line in read), confidence, "read", kept, read, notes)
