"""What a training would find to learn from and to judge by, as the trainer itself counted it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from webapp import jobs
from webapp.faults import Coded, coded, in_words
from webapp.models.site_policy import SitePolicy

# The gate asks for so many answers before it says anything (recognizer.exams.gate).
ENOUGH_HELD_OUT = 20
# A trainer that was asked is asked again after so long: it may be away, or busy.
PATIENCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Enough:
    """How far there is enough for a training, of the two things that it needs."""

    corrections: int
    fewest_corrections: int
    held_out: int
    fewest_held_out: int = ENOUGH_HELD_OUT

    @property
    def missing_corrections(self) -> int:
        return max(self.fewest_corrections - self.corrections, 0)

    @property
    def missing_held_out(self) -> int:
        return max(self.fewest_held_out - self.held_out, 0)

    def __bool__(self) -> bool:
        return not self.missing_corrections and not self.missing_held_out

    def __str__(self) -> str:
        """What is missing, in a sentence for each."""
        return in_words(self.reasons)

    @property
    def reasons(self) -> list[Coded]:
        """What is missing, and what helps."""
        found = []
        if missing := self.missing_corrections:
            found.append(
                coded("few_corrections", missing=missing, count=self.corrections, fewest=self.fewest_corrections)
            )
        if missing := self.missing_held_out:
            found.append(coded("few_held_out", missing=missing, count=self.held_out, fewest=self.fewest_held_out))
            found.append(coded("how_to_hold_out_more"))
        return found


class LessonCount(models.Model):
    """The trainer's last count: one row, made the first time it is asked for."""

    THE_ROW = 1

    counted_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    lessons = models.PositiveIntegerField(default=0)
    corrections = models.PositiveIntegerField(default=0)
    held_out = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict)
    held_out_left_out = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    champion = models.ForeignKey("webapp.ModelVersion", models.SET_NULL, null=True, related_name="+")
    fault = models.CharField(max_length=40, blank=True)  # why it could not be counted
    newest_review = models.PositiveBigIntegerField(default=0)
    review_count = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.lessons} + {self.held_out}"

    @classmethod
    def current(cls) -> "LessonCount":
        return cls._default_manager.get_or_create(pk=cls.THE_ROW)[0]

    @property
    def enough(self) -> Enough:
        return Enough(self.corrections, SitePolicy.current().fewest_corrections, self.held_out)

    def ask(self) -> None:
        """Have the trainer count anew, unless it was asked just now."""
        now = timezone.now()
        others = Q(asked_at=None) | Q(asked_at__lt=now - PATIENCE) | Q(asked_at__lt=self.counted_at or now - PATIENCE)
        if type(self)._default_manager.filter(others, pk=self.pk).update(asked_at=now):
            jobs.count_lessons()

    @classmethod
    def note(cls, began: datetime, seen: dict[str, int], **counted: Any) -> None:
        """The trainer has counted, among the reviews that it had `seen` as it began."""
        cls._default_manager.update_or_create(
            pk=cls.THE_ROW, defaults={"counted_at": began, "fault": "", **seen, **counted}
        )
