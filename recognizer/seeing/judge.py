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

from recognizer.page import NO_HINTS, Box, Hints, Line, Reading, Word
from recognizer.seeing.candidate import Prepared
from recognizer.seeing.evidence import OF_A_MARK, OF_A_NUMBER, of_a_number, of_marks
from recognizer.seeing.recogniser import Recognised
from recognizer.symbols import DIGITS

# What is likelier no sign than one is left out: so the expected number of mistakes is least.
THERE = 0.5
MAYBE_THERE = 0.1  # who says how many digits there are makes one out of so little, and not out of nothing


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


@dataclass(frozen=True, slots=True)
class Judged:
    """A recognised mark that is there, set apart from the one before, and how sure it is to be read rightly."""

    recognised: Recognised
    separator: str
    right: float


@dataclass(frozen=True)
class Judge:
    """Evidence to probabilities: that somebody wrote a sign there, that it is this one, that a number is right."""

    there: Layers
    right: Layers
    numbers: Layers

    def reading(self, prepared: Prepared, recognised: Sequence[Recognised], hints: Hints = NO_HINTS) -> Reading:
        """What a picture says whose candidates were recognised so."""
        if not recognised:
            return Reading("", 0.0, prepared.outcome, notes=prepared.notes)
        words = numbers_of(self.judged(recognised, hints))
        if not words:
            return Reading("", 0.0, "unclear", tuple(one.mark for one in recognised), notes=prepared.notes)
        return _composed([(before, word, self._certainty(word)) for before, word in words], prepared.notes)

    def as_json(self) -> dict[str, Any]:
        return {"there": self.there.as_json(), "right": self.right.as_json(), "numbers": self.numbers.as_json()}

    @classmethod
    def from_json(cls, content: bytes) -> "Judge":
        """Raises ValueError, TypeError or KeyError for what is no judge."""
        values = json.loads(content)
        there, right = (Layers.from_json(values[name], len(OF_A_MARK)) for name in ("there", "right"))
        return cls(there, right, Layers.from_json(values["numbers"], len(OF_A_NUMBER)))

    def judged(self, recognised: Sequence[Recognised], hints: Hints = NO_HINTS) -> list[Judged]:
        """The marks, at least one, that are likelier there than not, with what sets each apart from the one before."""
        given = [one if hints == NO_HINTS else one.given(hints) for one in recognised]
        expected = [after or before for before, after in zip(recognised, given, strict=True)]
        if recognised[0].candidate.symbols is None:  # a tiny picture: the digit network alone has seen it
            return [Judged(one, one.candidate.separator, float(one.symbols.max())) for one in expected]
        evidence = of_marks(expected)
        there = self.there.probabilities(evidence) * [one is not None for one in given]
        right = self.right.probabilities(evidence)
        judged: list[Judged] = []
        before = ""
        for one, kept, is_right in zip(expected, _kept(expected, there, hints.digits), right, strict=True):
            before = max(before, one.candidate.separator, key=SEPARATORS.index)
            if kept:
                judged.append(Judged(one, before if judged else "", float(is_right)))
                before = ""
        return judged

    def _certainty(self, word: Sequence[Judged]) -> float:
        if word[0].recognised.candidate.symbols is None:
            return math.prod(one.right for one in word)
        evidence = of_a_number([one.right for one in word], [one.recognised for one in word])
        return float(self.numbers.probabilities(evidence[None])[0])


SEPARATORS = ("", " ", "\n")  # the later, the stronger


def _kept(marks: Sequence[Recognised], there: NDArray[np.float64], digits: int | None) -> NDArray[np.bool_]:
    """Which marks are likelier there than not; of numbers that have so many digits, the likeliest so many."""
    kept = there >= THERE
    starts = [place for place, one in enumerate(marks) if one.candidate.separator or not place]
    for start, end in pairwise([*starts, len(marks)]):
        places = [place for place in range(start, end) if marks[place].symbol in DIGITS]
        likeliest = sorted(places, key=lambda place: -there[place])[:digits]
        if digits and len(likeliest) == digits and there[likeliest[-1]] >= MAYBE_THERE:
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
