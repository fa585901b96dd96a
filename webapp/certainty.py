"""How many of a whole are wrong at most, by those that were looked at: exact, and true at whichever look one stops.

Answers are drawn by lot, one after the other and none twice. A number of wrong ones in the whole is believed until what
was seen is 1/error times as likely under a mixture, fixed beforehand, of all such numbers as under this one. Whatever
the true number is, it is ever disbelieved in at most `error` of all lots, however long one looks (Ville's inequality):
the prior-posterior-ratio martingale of Waudby-Smith and Ramdas, Confidence sequences for sampling without replacement,
2020 (arXiv 2006.04347). `python -m benchmarks.promise` has what that costs beside a number of looks fixed beforehand.
"""

import math
from dataclasses import dataclass

# The mixture: half of it is that none is wrong, half that of each thousand some three are (Beta(1, 300)). All of it on
# none would take no more looks than a number fixed beforehand, and the first wrong answer would end every promise;
# nothing on none takes a seventh more looks where none is wrong (benchmarks.promise, November 2026).
NONE_WRONG = 0.5
RIGHT_PER_WRONG = 300
# What rounding may make of the logarithms of a million's factorials.
ROUNDING = 1e-7


def log_choose(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)


def log_mixture(looked: int, wrong: int) -> float:
    """How likely the mixture holds it to see these looks, in their order."""
    right = RIGHT_PER_WRONG + looked - wrong
    spread = math.log(RIGHT_PER_WRONG) + math.lgamma(1 + wrong) + math.lgamma(right) - math.lgamma(1 + wrong + right)
    likely = (1 - NONE_WRONG) * math.exp(spread) + (0 if wrong else NONE_WRONG)
    return math.log(likely) if likely else math.log(1 - NONE_WRONG) + spread


@dataclass(frozen=True, slots=True)
class Looks:
    """Of `whole` answers `looked` were looked at, drawn by lot, and `wrong` of these were wrong (and are corrected)."""

    whole: int
    looked: int
    wrong: int
    error: float  # in so many of all lots what is said here may be untrue

    def disbelieves(self, number: int) -> bool:
        """That so many of the whole were wrong at first; asked of numbers above what is likeliest."""
        unseen = self.whole - self.looked
        if not self.wrong <= number <= self.wrong + unseen:
            return True
        under_it = log_choose(unseen, number - self.wrong) - log_choose(self.whole, number)
        return log_mixture(self.looked, self.wrong) - under_it >= ROUNDING - math.log(self.error)

    @property
    def most_left(self) -> int:
        """So many are wrong still, at most: those that were looked at are right by a person's word."""
        first, beyond = self.likeliest, self.wrong + self.whole - self.looked + 1
        while beyond - first > 1:
            middle = (first + beyond) // 2
            first, beyond = (first, middle) if self.disbelieves(middle) else (middle, beyond)
        return first - self.wrong

    @property
    def likeliest(self) -> int:
        """How many of the whole were wrong, judged by the share of those looked at; this is always believed."""
        if not self.looked:
            return self.wrong
        return min(self.wrong * (self.whole + 1) // self.looked, self.wrong + self.whole - self.looked)

    @property
    def most_share(self) -> float:
        return self.most_left / self.whole if self.whole else 0.0

    def holds(self, goal: float) -> bool:
        """Whether at most this share of the whole is wrong still."""
        return self.most_left <= goal * self.whole

    def needed(self, goal: float) -> int:
        """So many more looks until that holds, if none of them finds a wrong one."""
        if self.holds(goal):
            return 0
        short, enough = self.looked, self.whole
        while enough - short > 1:
            middle = (short + enough) // 2
            short, enough = (short, middle) if self.after(middle).holds(goal) else (middle, enough)
        return enough - self.looked

    def after(self, looked: int) -> "Looks":
        return Looks(self.whole, looked, self.wrong, self.error)
