"""What the rooms pass on to each other, from the bytes of a picture to what is written on it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Outcome = Literal["read", "blank", "unclear"]


class Reason:
    """Something to tell a person: a code for programs, and the values that its sentence names.

    The sentence is made where a person's language is known (`recognizer.commands.sentences` for the command line).
    Values are strings, numbers, or other reasons' `as_json()`, one or several in a list.
    """

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values = values

    def __str__(self) -> str:
        named = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.code} ({named})" if named else self.code

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "values": self.values}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Self:
        return cls(said["code"], **said["values"])


class Fault(Reason, Exception):
    """A file or a part of one that gives no picture."""


class Box(NamedTuple):
    """A place in the upright original, in its pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @classmethod
    def around(cls, boxes: Iterable["Box"]) -> Self:
        """The smallest that holds all of these, at least one."""
        boxes = list(boxes)
        x, y = min(box.x for box in boxes), min(box.y for box in boxes)
        return cls(x, y, max(box.right for box in boxes) - x, max(box.bottom for box in boxes) - y)


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of the numbers on a picture before it is read.

    Somebody who knows says `signs`, those that may stand beside digits, "" for none and None for any, and `digits`, how
    many digits each number has. `patterns` are how numbers beside it were written by what people have checked, and how
    many each (`judging.patterns`).
    """

    signs: str | None = None
    digits: int | None = None
    patterns: Mapping[str, int] = field(default_factory=dict)


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright picture.

    `grey` is uint8 [H, W] and `colour` uint8 [H, W, 3] in RGB order (None where every pixel is grey), both shrunk
    so that neither side exceeds `files.WORK_SIDE`; `width` and `height` are those of the upright original.
    """

    grey: Grey
    colour: Grey | None
    notes: tuple[str, ...]
    width: int
    height: int

    @classmethod
    def drawn(cls, grey: Grey) -> "Picture":
        """One that was made as pixels, uint8 [H, W], and needs no decoding."""
        return cls(grey, None, (), grey.shape[1], grey.shape[0])


@dataclass(frozen=True, slots=True)
class Mark:
    """One sign that somebody wrote, one of `symbols.ALPHABET`.

    `probabilities` are those of that alphabet in its order; `seen` is what the network saw, uint8 [28, 28].
    """

    box: Box
    symbol: str
    probabilities: tuple[float, ...]
    seen: Grey = field(repr=False, compare=False)

    @property
    def digit(self) -> int | None:
        """Its value; None where it is a sign."""
        return int(self.symbol) if self.symbol.isdecimal() else None

    def as_json(self) -> dict[str, Any]:
        probabilities = list(self.probabilities)
        return {"box": list(self.box), "symbol": self.symbol, "digit": self.digit, "probabilities": probabilities}


@dataclass(frozen=True, slots=True)
class Word:
    """Marks that stand together; `confidence` is the probability that all of them are right."""

    text: str
    box: Box
    confidence: float

    def as_json(self) -> dict[str, Any]:
        return {"text": self.text, "box": list(self.box), "confidence": self.confidence}


@dataclass(frozen=True, slots=True)
class Line:
    """Words beside each other, from left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        return Box.around(word.box for word in self.words)

    @property
    def confidence(self) -> float:
        return math.prod(word.confidence for word in self.words)

    def as_json(self) -> list[dict[str, Any]]:
        return [word.as_json() for word in self.words]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a picture says.

    `text` has a space at each word space and a line break at each line; `confidence` is the probability that all of it
    is right. `outcome` is "read", "blank" or "unclear"; the latter two have no text and no lines, and their confidence
    is 0. `marks` are there wherever anything was found: people may have to say what it is. `notes` are codes.
    """

    text: str
    confidence: float
    outcome: Outcome
    marks: tuple[Mark, ...] = ()
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
