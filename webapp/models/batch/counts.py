"""How far a batch has come, from its counters and its pictures."""

from typing import NamedTuple

from django.db.models import Avg, Count, F, Q
from django.utils import timezone

from webapp import jobs
from webapp.models.batch.columns import Columns
from webapp.models.claimable import State
from webapp.models.model_version import ModelVersion

# A batch of at most this many pictures is somebody waiting in front of the screen: it goes before the big ones.
INTERACTIVE_SIZE = 32


class Wait(NamedTuple):
    ahead: int
    seconds: float | None


class Counts(Columns):
    class Meta:
        abstract = True

    @property
    def ended_count(self) -> int:
        return self.read_count + self.failed_count + self.cancelled_count

    @property
    def open_count(self) -> int:
        return self.image_count - self.ended_count

    @property
    def arrived_count(self) -> int:
        """Files that have come. What is unpacked is announced and comes in one, so that both sides count it."""
        return self.image_count + self.upload_count

    @property
    def missing_count(self) -> int:
        """Files that were announced and never came."""
        return self.expected - self.arrived_count if self.sealed else 0

    @property
    def is_done(self) -> bool:
        return self.sealed and self.open_count == 0 and self.upload_count == self.unpacked_count

    @property
    def state(self) -> str:
        """In one word, for programs."""
        if self.cancelled_at:
            return "cancelled"
        return "done" if self.is_done else "reading" if self.sealed else "arriving"

    @property
    def percent(self) -> int:
        whole = max(self.image_count, 1 if self.sealed else self.expected)
        return int(100 * self.ended_count / whole)

    @property
    def seconds_reading(self) -> float:
        if self.first_result_at is None:
            return 0.0
        return ((self.finished_at or timezone.now()) - self.first_result_at).total_seconds()

    @property
    def rate(self) -> float | None:
        """Pictures a second since the first result, once that says something."""
        worked = self.read_count + self.failed_count
        known = self.sealed and worked > 1 and self.seconds_reading > 0.5
        return worked / self.seconds_reading if known else None

    @property
    def seconds_left(self) -> float | None:
        return self.open_count / self.rate if self.rate and not self.is_done else None

    @property
    def queue(self) -> str:
        """By what was handed in last: a photo added to a batch of thousands is somebody waiting, too."""
        size = max(self.expected, self.image_count) - self.count_before
        return jobs.INTERACTIVE if size <= INTERACTIVE_SIZE else jobs.BULK

    def wait(self) -> Wait:
        """What this batch waits for before its first result; small batches go before big ones."""
        most = F("count_before") + INTERACTIVE_SIZE
        small = Q(expected__lte=most, image_count__lte=most)
        earlier = Q(pk__lt=self.pk)
        first = small & earlier if self.queue == jobs.INTERACTIVE else small | earlier
        ahead = type(self).objects.unfinished().exclude(pk=self.pk).filter(first).usage()["waiting"]
        speed = type(self).objects.recent_rate()
        return Wait(ahead, (ahead + self.open_count) / speed if speed else None)

    def standings(self) -> dict[str, int]:
        """How many pictures have each of `Image.standing`'s words, in one query."""
        images = self.images.all()
        return images.aggregate(
            sure=Count("pk", filter=Q(state=State.DONE, review=None) & ~images.is_doubtful()),
            doubtful=Count("pk", filter=Q(state=State.DONE) & images.is_doubtful()),
            reviewed=Count("pk", filter=Q(review__isnull=False)),
            failed=Count("pk", filter=Q(state=State.FAILED, review=None)),
        )

    @property
    def expected_right(self) -> float | None:
        """The share of answers that is expected to be right before anybody has looked: their mean confidence."""
        # Nothing else is above 0; to ask 100,000 predictions took 0.5 s, of a page of 0.8 s (SQLite, November 2026).
        read = self.images.filter(state=State.DONE, confidence__gt=0)
        mean: float | None = read.aggregate(mean=Avg("confidence"))["mean"]
        return mean

    @property
    def outdated_count(self) -> int:
        """Pictures that the champion has not read yet, or knowing something else of them."""
        champion = ModelVersion.objects.champion()
        return self.images.outdated(champion).count() if champion else 0
