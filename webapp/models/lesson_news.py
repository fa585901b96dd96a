"""Whether something has happened that the trainer may count otherwise than it last did."""

from django.db.models import Count, Max, Q

from webapp.models.batch import Batch
from webapp.models.lesson_count import LessonCount
from webapp.models.model_version import ModelVersion
from webapp.models.review import Review
from webapp.models.second_look import SecondLook


def seen_now() -> dict[str, int]:
    """Which reviews there are, in the few numbers that tell whether some have come or gone."""
    return Review.objects.aggregate(newest_review=Max("pk", default=0), review_count=Count("pk"))


def is_stale(count: LessonCount) -> bool:
    if count.counted_at is None or count.fault or count.champion != ModelVersion.objects.champion():
        return True
    read_since = Batch.objects.filter(Q(finished_at__gt=count.counted_at) & ~Q(held_out=None))
    settled_since = SecondLook.objects.filter(decided_at__gt=count.counted_at)
    if read_since.exists() or settled_since.exists():
        return True
    return seen_now() != {"newest_review": count.newest_review, "review_count": count.review_count}
