"""From what the networks say of each mark to what the picture says, and how sure that is.

Learned on pages that are drawn for it alone: of every mark whether it was there and is what it was read as, of every
number whether it was read as it was written, no mark missing and none too many. Of a number that is not sure a reader
of lines is asked as well.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.judging.evidence import (
    OF_A_GAP,
    OF_A_MARK,
    OF_A_NUMBER,
    OF_AN_OPINION,
    of_a_number,
    of_an_opinion,
    of_gaps,
    of_marks,
)
from recognizer.judging.judged import Judged, text_of
from recognizer.judging.patterns import Patterns
from recognizer.page import NO_HINTS, Box, Hints, Line, Reading, Word
from recognizer.recognising.candidate import Prepared
from recognizer.recognising.line_reader import Opinion
from recognizer.recognising.recogniser import Recognised
from recognizer.symbols import DIGITS

# What is likelier no sign than one is left out: so the expected number of mistakes is least.
THERE = 0.5
APART = 0.5  # likelier two numbers than one
# Of numbers surer than that nobody else is asked, where a picture has more of them than so many: asking costs more than
# all that was done before.
SURE, FEW = 0.95, 8
MOST_ASKED = 50  # nor of more than the most doubtful fifty of one picture, so that none costs more than some seconds
ROOM = 0.25  # of its height, around a number that is looked at as a line
# Who says how many digits there are makes one out of so little, and not out of nothing; and where nothing is likelier a
# sign than not, so much is worth a reader of lines.
MAYBE_THERE = 0.1
TOLD = 0.5  # of what was found so, what is likelier wrong is no number

# What each of its layers judges by.
EVIDENCE = {
    "there": OF_A_MARK, "right": OF_A_MARK, "apart": OF_A_GAP, "numbers": OF_A_NUMBER, "own": OF_AN_OPINION,
    "other": OF_AN_OPINION,
}  # fmt: skip

# What a reader of lines says of a place in the picture.
Ask = Callable[[Box], Opinion]


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
    marks of a line, that a number is right; and once a reader of lines has been heard, that it is right all the same
    (`own`), or that what was heard is (`other`). `drawn` is how often a number was written so on these pages, by its
    pattern; empty where that was not kept."""

    there: Layers
    right: Layers
    apart: Layers
    numbers: Layers
    own: Layers
    other: Layers
    drawn: Mapping[str, int] = field(default_factory=dict)

    def reading(self, prepared: Prepared, recognised: Sequence[Recognised], ask: Ask | None = None) -> Reading:
        """What a picture says whose candidates were recognised so; of what is not sure somebody may be asked."""
        if not recognised:
            return Reading("", 0.0, prepared.outcome, notes=prepared.notes)
        words, are_there = self.words(recognised, prepared.hints)
        certainties = [self.certainty(word, len(words)) for _, word in words]
        asked = _to_be_asked(certainties) if ask else set()
        numbers = []
        for place, (before, word) in enumerate(words):
            text, certainty = text_of(word), certainties[place]
            if ask and place in asked and (box := line_of(words, place)):
                opinion = ask(box).given(prepared.hints)
                text, certainty = self.heard(word, certainty, opinion, len(words), prepared.hints)
            elif not are_there:
                continue
            if are_there or certainty >= TOLD:
                known = certainty if may_be_said(text, prepared.hints) else 0.0
                numbers.append(Number(before, word, text, known))
        if not numbers:
            return Reading("", 0.0, "unclear", tuple(one.mark for one in recognised), notes=prepared.notes)
        return _composed(numbers, prepared.notes)

    def words(
        self, recognised: Sequence[Recognised], hints: Hints = NO_HINTS
    ) -> tuple[list[tuple[str, list[Judged]]], bool]:
        """The numbers that these marks are, each with what sets it apart from the one before, and whether they are
        there: else they are what may be numbers where nothing is likelier there than not."""
        words = numbers_of(self.judged(recognised, hints))
        return (words, True) if words else (numbers_of(self.judged(recognised, hints, MAYBE_THERE)), False)

    def heard(
        self, word: Sequence[Judged], certainty: float, opinion: Opinion, numbers: int, hints: Hints = NO_HINTS
    ) -> tuple[str, float]:
        """The likelier of what a number says and of what a reader of lines says it does, and how likely that is; where
        it is known how numbers are written there, and neither is sure, of what it would say so as well."""
        text, evidence = text_of(word), of_an_opinion(word, certainty, opinion, numbers)
        likely = {text: float(self.own.probabilities(evidence[None])[0])}

        def consider(other: str) -> None:
            if other != text and may_be_said(other, hints):
                evidence = of_an_opinion(word, certainty, opinion, numbers, other)
                likely[other] = float(self.other.probabilities(evidence[None])[0])

        consider(opinion.text)
        if hints.patterns and self.drawn and max(likely.values()) < SURE:
            patterns = Patterns.of(self.drawn, hints.patterns)
            for other in list(patterns.ways(likely)):
                consider(other)
            return patterns.judged(text, likely)
        best = max(likely, key=lambda one: likely[one])
        return best, likely[best]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name).as_json() for name in EVIDENCE} | {"drawn": dict(self.drawn)}

    @classmethod
    def from_json(cls, content: bytes) -> "Judge":
        """Raises ValueError, TypeError or KeyError for what is no judge."""
        values = json.loads(content)
        layers = {name: Layers.from_json(values[name], len(evidence)) for name, evidence in EVIDENCE.items()}
        return cls(**layers, drawn=values.get("drawn", {}))

    def judged(self, recognised: Sequence[Recognised], hints: Hints = NO_HINTS, least: float = THERE) -> list[Judged]:
        """Of marks, at least one, those so likely there, with what sets each apart from the one before."""
        given = [one if hints == NO_HINTS else one.given(hints) for one in recognised]
        expected = [after or before for before, after in zip(recognised, given, strict=True)]
        if recognised[0].candidate.symbols is None:  # a tiny picture: the digit network alone has seen it
            return [Judged(one, "", float(one.symbols.max())) for one in expected]
        evidence = of_marks(expected)
        seen = self.there.probabilities(evidence)
        there = seen * [one is not None for one in given]
        right = self.right.probabilities(evidence)
        kept = there >= least
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

    def certainty(self, word: Sequence[Judged], numbers: int) -> float:
        """How likely a number is right, on a page with so many."""
        if word[0].recognised.candidate.symbols is None:
            return math.prod(one.right for one in word)
        return float(self.numbers.probabilities(of_a_number(word, numbers)[None])[0])


def _to_be_asked(certainties: Sequence[float]) -> set[int]:
    """The places of numbers of which a reader of lines is to say what it sees, too."""
    doubtful = [place for place, sure in enumerate(certainties) if sure < SURE or len(certainties) <= FEW]
    return set(sorted(doubtful, key=lambda place: certainties[place])[:MOST_ASKED])


@dataclass(frozen=True, slots=True)
class Number:
    """What sets it apart from the number before, its marks, what it says, and how sure that is."""

    before: str
    marks: Sequence[Judged]
    text: str
    certainty: float


def may_be_said(text: str, hints: Hints = NO_HINTS) -> bool:
    """Whether a text is a number, and one that may stand there."""
    digits = sum(sign in DIGITS for sign in text)
    if hints.signs is not None and any(sign not in DIGITS + hints.signs for sign in text):
        return False
    return digits == hints.digits if hints.digits else digits > 0


def line_of(words: Sequence[tuple[str, Sequence[Judged]]], place: int) -> Box | None:
    """Where one of several numbers lies as a line, with all ink that goes on beside it, as far as the numbers beside it
    do not begin; None where that is not known."""
    marks = [one.recognised.candidate for one in words[place][1]]
    box = Box.around(mark.box for mark in marks)
    left, right, room = box.x, box.right, round(ROOM * box.height)
    for mark in marks:
        if mark.reach is None:
            return None
        left, right = min(left, mark.reach[0] - room), max(right, mark.reach[1] + room)
    if place and words[place][0] == " ":
        left = max(left, (_box(words[place - 1][1]).right + box.x) // 2)
    if place + 1 < len(words) and words[place + 1][0] == " ":
        right = min(right, (_box(words[place + 1][1]).x + box.right) // 2)
    return Box(left, box.y - room, max(1, right - left), box.height + 2 * room)


def _box(word: Sequence[Judged]) -> Box:
    return Box.around(one.recognised.candidate.box for one in word)


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


def _composed(numbers: Sequence[Number], notes: tuple[str, ...]) -> Reading:
    """Its confidence is the product of the numbers' own, as if they were wrong independently of each other."""
    lines: list[list[Word]] = [[]]
    for number in numbers:
        if number.before == "\n" and lines[-1]:
            lines.append([])
        lines[-1].append(Word(number.text, _box(number.marks), number.certainty))
    read = tuple(Line(tuple(line)) for line in lines)
    kept = tuple(one.recognised.mark for number in numbers for one in number.marks)
    confidence = math.prod(number.certainty for number in numbers)
    return Reading("\n".join(line.text for line in read), confidence, "read", kept, read, notes)
