"""A picture's numbers one by one, where it has several."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from webapp.models import Image, Prediction
from webapp.models.prediction import less_sure
from webapp.notation import Kind, Notation, ThousandsSign
from webapp.symbols import DIGITS

# Of what stands between spaces so much may be one number: 36 digits in threes.
MOST_TOGETHER = 12


class Word(NamedTuple):
    text: str
    confidence: float | None = None


class Part(NamedTuple):
    """One of a picture's numbers: where it stands, counted from 1, and what the model has said of it alone.

    `doubtful` says that it is one of those that make the picture's answer doubtful.
    """

    text: str
    line: int
    place: int
    confidence: float | None
    doubtful: bool
    model_text: str


Lines = list[list[Word]]


def parts(image: Image) -> list[Part]:
    """Those of the answer that stands, line by line; none where there are not several."""
    noted, said = image.batch.noted, image.prediction
    read = together(lines_read(said), noted) if said else []
    if not image.review:
        return numbered(read, read, doubtful_places(said, read, image.batch.sure_from) if said else set())
    told = together(lines_in(image.review.text), noted)
    beside = read if list(map(len, read)) == list(map(len, told)) else nothing_beside(told)
    return numbered(told, beside, set())


def numbered(told: Lines, read: Lines, doubtful: set[int]) -> list[Part]:
    found = [
        Part(word.text, line, place, said.confidence, False, said.text)
        for line, (words, beside) in enumerate(zip(told, read, strict=True), 1)
        for place, (word, said) in enumerate(zip(words, beside, strict=True), 1)
    ]
    if len(found) < 2:
        return []
    return [part._replace(doubtful=count in doubtful) for count, part in enumerate(found)]


def nothing_beside(told: Lines) -> Lines:
    """Where a person has written other numbers than the model, nobody knows which of the model's each of them was."""
    return [[Word("")] * len(line) for line in told]


def lines_read(said: Prediction) -> Lines:
    lines = [[Word(word["text"], word["confidence"]) for word in line] for line in said.lines]
    return lines or lines_in(said.text)


def lines_in(text: str) -> Lines:
    return [[Word(word) for word in line.split()] for line in text.split("\n")]


def together(lines: Lines, noted: Notation) -> Lines:
    """What stands between spaces and is one number by the notation, as one; lines without any are left out."""
    return [joined(line, noted) for line in lines if line]


def joined(words: list[Word], noted: Notation) -> list[Word]:
    """The longest that has a value each time. Codes are as they stand: any two of them would be one.

    A space parts thousands only where the notation says so: nobody could tell the two numbers of `100 200` from one.
    """
    if noted.kind == Kind.CODE:
        return words
    if noted.thousands == ThousandsSign.FOUND:
        noted = replace(noted, thousands=ThousandsSign.NONE)
    found, first = [], 0
    while first < len(words):
        end = next(end for end in ends(words, first) if end == first + 1 or is_one(words[first:end], noted))
        found.append(one_of(words[first:end]))
        first = end
    return found


def ends(words: list[Word], first: int) -> Iterable[int]:
    return range(min(len(words), first + MOST_TOGETHER), first, -1)


def is_one(words: list[Word], noted: Notation) -> bool:
    """Not so a dash and what stands behind it: alone among numbers it says that there is none."""
    if not set(words[0].text) & set(DIGITS):
        return False
    return noted.value(" ".join(word.text for word in words)) is not None


def one_of(words: list[Word]) -> Word:
    """Right where each of them is."""
    sure = [word.confidence for word in words if word.confidence is not None]
    return Word(" ".join(word.text for word in words), math.prod(sure) if len(sure) == len(words) else None)


def doubtful_places(said: Prediction, read: Lines, least: float) -> set[int]:
    """Counted from 0, as on the picture's page."""
    sure = [word.confidence for line in read for word in line]
    if said.is_sure(least) or not sure or None in sure:
        return set(range(len(sure)))
    return less_sure([one or 0.0 for one in sure], least)
