"""From what the networks say of each mark to what the picture says, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from recognizer.judging import shape
from recognizer.page import Box, Line, Mark, Reading, Word
from recognizer.recognising.candidate import Candidate, Prepared

# Pages of so many marks are read turned where the digits' probabilities, averaged by their logarithms, are low as they
# lie and high turned. (Marks, not digits: one W is cut into four strokes, and turned it is a 3.) In eight photos of
# numbers the sapling gives 0.70 and more upright and 0.40 at most turned (the seed 0.88 and 0.97); in one that lies on
# its side 0.43 as it lies and 0.94 turned (the seed 0.79 and 0.999).
TURNABLE, SURE_UPRIGHT, SURE_TURNED = 4, 0.8, 0.9
# Digits that are likelier wrong than right, averaged as above, are no answer: one of 816 photos has none for that, and
# 1,157 of 1,253 pictures of no digits in which something was found.
UNCLEAR = 0.5
# The power of the confidence of a lone mark that was cut apart: it may as well be a letter or a scribble. Of 430 such
# marks made of two or three touching digits those of 50 to 85 % were right four times in ten.
ALONE = 2
# Where it is narrower than so many times its height it is as likely one letter. So is any mark whose pieces are mostly
# 1s and 7s, the strokes of an m, a w, an n. And a digit of an odd shape of which the network is less sure than
# SURE_DIGIT is as likely none.
NARROW, STROKES, SURE_DIGIT, A_LETTER = 1.25, "17", 0.98, 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """One candidate as it was read: its marks, and how sure it is to be these."""

    candidate: Candidate
    marks: list[Mark]
    certainty: float

    @property
    def text(self) -> str:
        return "".join(mark.symbol for mark in self.marks)


def reading(prepared: Prepared, recognised: Sequence[tuple[float, list[Mark]]]) -> Reading:
    """The reading of a picture whose candidates were recognised so.

    Its confidence is the product of the marks' own, as if they were wrong independently of each other.
    """
    alone = len(prepared.candidates) == 1
    judged = [
        Judged(candidate, marks, doubted(candidate, certainty, marks, alone))
        for candidate, (certainty, marks) in zip(prepared.candidates, recognised, strict=True)
    ]
    confidence = 1.0
    for one in judged:
        confidence *= one.certainty
    marks = tuple(mark for one in judged for mark in one.marks)
    text = "".join(one.candidate.separator + one.text for one in judged)
    return Reading(text, confidence if marks else 0.0, prepared.outcome, marks, _lines(judged), prepared.notes)


def doubted(candidate: Candidate, certainty: float, marks: list[Mark], alone: bool) -> float:
    """How sure a mark is to be these digits, once it is considered that it may be none at all."""
    if len(marks) == 1:
        ink, digit = candidate.ink, int(marks[0].symbol)
        odd = shape.is_scribble(ink) or (certainty < SURE_DIGIT and shape.is_odd(ink, digit))
        return certainty * A_LETTER if odd else certainty
    if alone:
        certainty = certainty**ALONE * (A_LETTER if candidate.box.width < NARROW * candidate.box.height else 1)
    return certainty * (A_LETTER if 2 * sum(mark.symbol in STROKES for mark in marks) > len(marks) else 1)


def is_turnable(prepared: Prepared, as_it_lies: Reading) -> bool:
    """Whether a number makes so little sense as it lies that it may lie on its side."""
    return len(prepared.candidates) >= TURNABLE and mean_certainty(as_it_lies) < SURE_UPRIGHT


def is_upright(turned: Reading) -> bool:
    return mean_certainty(turned) > SURE_TURNED


def settled(found: Reading) -> Reading:
    """The reading, or where it is likelier wrong than right, none."""
    if found.marks and mean_certainty(found) < UNCLEAR:
        return replace(found, text="", confidence=0.0, outcome="unclear", lines=())
    return found


def mean_certainty(found: Reading) -> float:
    return float(found.confidence ** (1 / len(found.marks)))


def _lines(judged: Sequence[Judged]) -> tuple[Line, ...]:
    lines: list[list[list[Judged]]] = []
    for one in judged:
        if not lines or one.candidate.separator == "\n":
            lines.append([])
        if not lines[-1] or one.candidate.separator == " ":
            lines[-1].append([])
        lines[-1][-1].append(one)
    return tuple(Line(tuple(_word(word) for word in words)) for words in lines)


def _word(judged: Sequence[Judged]) -> Word:
    confidence = 1.0
    for one in judged:
        confidence *= one.certainty
    return Word("".join(one.text for one in judged), Box.around(one.candidate.box for one in judged), confidence)
