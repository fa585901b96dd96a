"""How the models do on what people hand in: what staff look at to see whether something has changed."""

import math
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Avg, Count, F, FloatField, IntegerField, Q
from django.db.models.functions import Cast, Floor, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from webapp.models import Prediction, Review
from webapp.models.review import MODEL_RIGHT

DAYS = 30
WEEK = timedelta(days=7)
# This week beside the four before it.
BEFORE = timedelta(days=28)
# Three shares are looked at every day: at 1.96 one of them would cry wolf every week, at 3.29 once in a year.
Z_BEYOND_CHANCE = 3.29
SURE = 0.95
BARS = 10

# What takes longer to count than this, in seconds, is kept for a while: a million predictions take many.
QUICK, KEPT, KEY = 0.1, 1200, "watching"

WHAT = {
    "sure": gettext_lazy("sure answers"),
    "unclear": gettext_lazy("unclear pictures"),
    "corrected": gettext_lazy("answers that people corrected"),
}


@dataclass(frozen=True)
class Share:
    """`part` of `whole`."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 0.0

    def differs_from(self, other: "Share") -> bool:
        """Beyond chance: a two-sided test of two proportions."""
        if not (self.whole and other.whole):
            return False
        pooled = (self.part + other.part) / (self.whole + other.whole)
        error = math.sqrt(pooled * (1 - pooled) * (1 / self.whole + 1 / other.whole))
        return error > 0 and abs(self.value - other.value) / error > Z_BEYOND_CHANCE


@dataclass(frozen=True)
class Right:
    """How often a version was right, beside the version before it."""

    share: Share
    before: Share

    @property
    def is_better(self) -> bool:
        return self.share.differs_from(self.before) and self.share.value > self.before.value

    @property
    def is_worse(self) -> bool:
        return self.share.differs_from(self.before) and self.share.value < self.before.value


@dataclass(frozen=True)
class Day:
    """What one model version read on one day, and what people said of it."""

    day: date
    version: str
    read: int
    confidence: float
    unclear: Share
    corrected: Share


@dataclass(frozen=True)
class Change:
    """A share, by its key in WHAT, that differs from before beyond chance."""

    what: str
    now: Share
    before: Share

    def __str__(self) -> str:
        return _("%(what)s: %(now).1f %% this week, %(before).1f %% in the four weeks before.") % {
            "what": WHAT[self.what],
            "now": 100 * self.now.value,
            "before": 100 * self.before.value,
        }


def figures() -> dict[str, Any]:
    """All that follows, as it was counted `at`: now, or where that takes long, lately."""
    try:
        kept = cache.get(KEY)
    except RedisError:
        kept = None
    return kept or count()


def count() -> dict[str, Any]:
    began = time.monotonic()
    counted = {
        "at": timezone.now(),
        "alerts": alerts(),
        "accuracies": accuracies(),
        "confidences": confidences(),
        "days": days(),
    }
    if time.monotonic() - began > QUICK:
        with suppress(RedisError):
            cache.set(KEY, counted, KEPT)
    return counted


def days(now: datetime | None = None) -> list[Day]:
    """The last thirty, newest first."""
    since = (now or timezone.now()) - timedelta(days=DAYS)
    said = {
        (row["day"], row["model_version"]): row
        for row in Prediction.objects.unaided()
        .filter(created_at__gte=since)
        .values("model_version", day=TruncDate("created_at"))
        .annotate(
            version=F("model_version__number"),
            read=Count("pk"),
            mean=Avg("confidence", filter=Q(outcome=Prediction.Outcome.READ)),
            unclear=Count("pk", filter=Q(outcome=Prediction.Outcome.UNCLEAR)),
        )
    }
    checked = {
        (row["day"], row["version"]): row
        for row in standing(since)
        .values(day=TruncDate("prediction__created_at"), version=F("prediction__model_version"))
        .annotate(whole=Count("pk"), wrong=Count("pk", filter=WRONG))
    }
    rows = []
    for key in sorted(said, key=lambda key: (key[0], key[1]), reverse=True):
        row, people = said[key], checked.get(key, {"whole": 0, "wrong": 0})
        rows.append(
            Day(
                day=key[0],
                version=str(row["version"]),
                read=row["read"],
                confidence=row["mean"] or 0.0,
                unclear=Share(row["unclear"], row["read"]),
                corrected=Share(people["wrong"], people["whole"]),
            )
        )
    return rows


WRONG = ~MODEL_RIGHT


def standing(since: datetime) -> Any:
    return Review.objects.standing().exclude(prediction=None).filter(prediction__created_at__gte=since)


def confidences(now: datetime | None = None) -> list[dict[str, Any]]:
    """For each version of the last week: how many answers lie in each tenth of confidence."""
    since = (now or timezone.now()) - WEEK
    tenth = Cast(Floor(Cast(F("confidence"), FloatField()) * BARS), IntegerField())
    rows = (
        Prediction.objects.unaided()
        .filter(created_at__gte=since, outcome=Prediction.Outcome.READ)
        .values(version=F("model_version__number"), tenth=tenth)
        .annotate(count=Count("pk"))
        .order_by("version", "tenth")
    )
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row["version"], [0] * BARS)[min(row["tenth"], BARS - 1)] += row["count"]
    return [
        {
            "version": version,
            "bars": [{"from": 10 * i, "to": 10 * i + 10, "share": Share(n, sum(bars))} for i, n in enumerate(bars)],
        }
        for version, bars in found.items()
    ]


def accuracies() -> list[dict[str, Any]]:
    """For each version: how often it was right on what people looked at, and on what was drawn by lot for them."""
    rows = (
        Review.objects.standing()
        .exclude(prediction=None)
        .values(version=F("prediction__model_version__number"))
        .annotate(
            whole=Count("pk"),
            right=Count("pk", filter=~WRONG),
            drawn=Count("pk", filter=Q(sampled=Review.Sampled.RANDOM)),
            drawn_right=Count("pk", filter=~WRONG & Q(sampled=Review.Sampled.RANDOM)),
        )
        .order_by("-version")
    )
    shares = [(Share(row["right"], row["whole"]), Share(row["drawn_right"], row["drawn"])) for row in rows]
    before = [*shares, (Share(0, 0), Share(0, 0))][1:]
    return [
        {"version": row["version"], "rights": [Right(*pair) for pair in zip(now, then, strict=True)]}
        for row, now, then in zip(rows, shares, before, strict=True)
    ]


def alerts(now: datetime | None = None) -> list[Change]:
    """What this week differs in from the four before it, beyond chance."""
    now = now or timezone.now()
    this, before = shares(now - WEEK, now), shares(now - WEEK - BEFORE, now - WEEK)
    return [Change(what, share, before[what]) for what, share in this.items() if share.differs_from(before[what])]


def shares(start: datetime, end: datetime) -> dict[str, Share]:
    read = (
        Prediction.objects.unaided()
        .filter(created_at__gte=start, created_at__lt=end)
        .aggregate(
            whole=Count("pk"),
            sure=Count("pk", filter=Q(outcome=Prediction.Outcome.READ, confidence__gte=SURE)),
            unclear=Count("pk", filter=Q(outcome=Prediction.Outcome.UNCLEAR)),
        )
    )
    people = standing(start).filter(prediction__created_at__lt=end)
    checked = people.aggregate(whole=Count("pk"), wrong=Count("pk", filter=WRONG))
    return {
        "sure": Share(read["sure"], read["whole"]),
        "unclear": Share(read["unclear"], read["whole"]),
        "corrected": Share(checked["wrong"], checked["whole"]),
    }
