"""A mark as the judge leaves it."""

from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.recognising.recogniser import Recognised


@dataclass(frozen=True, slots=True)
class Judged:
    """A recognised mark that is there, and how sure the judge is of it.

    `separator` sets it apart from the mark before: nothing, a space or a line break. `there` is how likely somebody
    wrote a sign there, `right` that it is this one; `apart` how likely a number ends before it and after it, 1 at the
    ends of a line; `left_out` how likely it is that a sign was left out beside it, 0 where nothing was.
    """

    recognised: Recognised
    separator: str
    right: float
    there: float = 1.0
    apart: tuple[float, float] = (1.0, 1.0)
    left_out: float = 0.0


def text_of(word: Sequence[Judged]) -> str:
    return "".join(one.recognised.symbol for one in word)
