"""What a person is shown who looks at a batch's lot, so that something can be promised of it."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from webapp.models.certificate import Certificate
from webapp.models.review import Review
from webapp.models.review_queue import KNOWN_SHARE, PASSED_OVER, Dealt, ReviewQueue
from webapp.models.user import User

# What people choose from: at most this share of what the dial accepts is wrong.
GOALS = (0.01, 0.02, 0.05)

# Before so many of the lot comes one that is to check anyway, so that nobody knows which is which.
DOUBTFUL_SHARE = 0.25


@dataclass(frozen=True)
class CertifyingQueue(ReviewQueue):
    """The lot in its order, as far as a goal needs it if nothing wrong is found, with others mixed in; each picture is
    shown without what was read on it, so that nobody just nods."""

    goal: float = GOALS[0]
    blind: ClassVar[bool] = True

    @property
    def goal_percent(self) -> str:
        return f"{100 * self.goal:.0f}"

    @cached_property
    def certificate(self) -> Certificate | None:
        """Of what is accepted now; what was drawn before that, nobody needs to look at any more."""
        found = self.batch.certificate
        return found if found and found.is_current else None

    def to_look_at(self) -> list[int]:
        return self.certificate.to_look_at(self.goal) if self.certificate else []

    def deal(self, count: int, held: Collection[int] = ()) -> list[Dealt]:
        if self.only:
            return super().deal(count, held)
        self.hand.take(list(held))
        hand: list[Dealt] = []
        for image in self.take([pk for pk in self.to_look_at() if pk not in held], count):
            hand += self.check([*held, *(other.image.pk for other in hand)])
            hand.append(Dealt(image, Review.Sampled.CERTIFY))
        return hand[:count]

    def check(self, held: Collection[int]) -> list[Dealt]:
        """Often something doubtful, now and then a known one that measures the person."""
        roll = random.random()
        if roll < DOUBTFUL_SHARE:
            doubtful = self.taken(self.doubtful().exclude(pk__in=held), 1)
            return [Dealt(image, Review.Sampled.DOUBTFUL) for image in doubtful]
        if roll < DOUBTFUL_SHARE + KNOWN_SHARE:
            return self.by_lot(self.known(), Review.Sampled.KNOWN, held)
        return []

    def left(self) -> int:
        return super().left() if self.only else len(self.to_look_at())

    def others(self) -> list[User]:
        return list(User.objects.filter(pk__in=self.hand.others(self.to_look_at()[:PASSED_OVER])))
