"""How numbers are written whatever their digits are: what a few checked answers tell of all others of their batch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from recognizer.symbols import DIGITS, pattern

# What was drawn to learn from counts as much as so many checked answers.
DRAWN_COUNTS = 4.0
LEAST_SEEN, LEAST_SHARE = 2, 0.05
# What was never drawn is taken for as rare as that: fewer than some thousand pages tell nothing of what is rarer.
RAREST = 0.001


def written(digits: str, as_pattern: str) -> str | None:
    """The number with these digits that is written so; None where there are too few."""
    later = as_pattern.count("d")
    if len(digits) <= later:
        return None
    following = iter(digits[len(digits) - later :])
    return "".join(
        digits[: len(digits) - later] if sign == "N" else next(following) if sign == "d" else sign
        for sign in as_pattern
    )


@dataclass(frozen=True)
class Patterns:
    """How often numbers were written so among those `drawn`, which a judge has learned from, and those `checked`."""

    drawn: Mapping[str, int]
    checked: Mapping[str, int]

    @classmethod
    def of(cls, drawn: Mapping[str, int], checked: Mapping[str, int]) -> "Patterns":
        """Without what was checked once, or hardly ever: that may be a slip of who has checked it."""
        least = max(LEAST_SEEN, LEAST_SHARE * sum(checked.values()))
        return cls(drawn, {one: count for one, count in checked.items() if count >= least})

    def ways(self, texts: Mapping[str, float]) -> Iterator[str]:
        """Other numbers with the digits of one of these, each written as checked ones were."""
        for text in texts:
            digits = "".join(sign for sign in text if sign in DIGITS)
            for one in self.checked:
                other = written(digits, one)
                if other is not None and other not in texts:
                    yield other

    def judged(self, text: str, likely: Mapping[str, float]) -> tuple[str, float]:
        """The likeliest of some texts, each judged likely by itself and at most one of them right, and how likely it
        is where numbers are written as those checked; `text` is the one that was read.

        Bayes' rule with another prior (Saerens, Latinne and Decaestecker: Adjusting the outputs of a classifier to new
        a priori probabilities, 2002). Where none of them is right, digits may be wrong as often as signs.
        """
        odds = {one: p / (1 - p) * self._likelier(one) for one, p in likely.items()}
        none = (self._likelier(text) + 1) / 2
        best = max(odds, key=lambda one: odds[one])
        return best, odds[best] / (sum(odds.values()) + none)

    def _likelier(self, text: str) -> float:
        """How much likelier a number is written like this one in the batch than on the pages that were drawn."""
        one = pattern(text)
        drawn = max(self.drawn.get(one, 0) / sum(self.drawn.values()), RAREST)
        checked = sum(self.checked.values())
        return (self.checked.get(one, 0) / drawn + DRAWN_COUNTS) / (checked + DRAWN_COUNTS)
