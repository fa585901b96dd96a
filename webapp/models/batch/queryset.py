"""Many batches at once: which ones, and their counters."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from webapp import jobs
from webapp.models.claimable import State
from webapp.models.digest import digest_of_all
from webapp.models.hints import NO_HINTS, Hints
from webapp.notation import Kind, Notation

if TYPE_CHECKING:
    from webapp.models.batch import Batch
    from webapp.models.user import User

# A hand-in that stopped half-way (a closed tab) is closed by the sweeper after this long without a new picture.
ABANDONED_AFTER = timedelta(hours=1)

RECENT_BATCHES = 5

# Nobody waits in front of the screen for a batch of this long; and who is told a day later is told too late.
LONG = timedelta(minutes=1)
NEWS_FOR = timedelta(hours=6)

COUNTER_OF = {State.DONE: "read_count", State.FAILED: "failed_count", State.CANCELLED: "cancelled_count"}


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class BatchQuerySet(models.QuerySet["Batch"]):
    def handed_in(self) -> Self:
        return self.exclude(source=self.model.Source.DRAWING)

    def handed_in_between(self, first: date | None, last: date | None) -> Self:
        """On these days, both included, as the site's clock has them."""
        found = self.filter(created_at__gte=start_of(first)) if first else self
        return found.filter(created_at__lt=start_of(last + timedelta(days=1))) if last else found

    def kept(self) -> Self:
        """Those that are there for people: what is being deleted is there for the worker that does it alone."""
        return self.filter(deleting_since=None)

    def being_deleted(self) -> Self:
        return self.filter(deleting_since__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def abandoned_uploads(self) -> Self:
        return self.filter(sealed=False, last_arrival__lt=timezone.now() - ABANDONED_AFTER)

    def notations(self) -> dict[int, Notation]:
        return {pk: Notation.of(said) for pk, said in self.values_list("pk", "notation")}

    def of_days_or_times(self) -> Self:
        """Those whose answers are worth a day or a time, which is kept as a number, too."""
        return self.filter(notation__kind__in=[Kind.DATE, Kind.TIME])

    def to_be_valued(self) -> Self:
        """Whose answers have been given no value yet, or not each of them by the notation that holds now."""
        return self.kept().filter(valued=False)

    def usage(self) -> dict[str, int]:
        """Bytes stored, and pictures that wait to be read, in all of these together."""
        waiting = F("image_count") - F("read_count") - F("failed_count") - F("cancelled_count")
        return self.aggregate(
            bytes=Coalesce(models.Sum("stored_bytes"), 0, output_field=models.BigIntegerField()),
            waiting=Coalesce(models.Sum(waiting), 0, output_field=models.BigIntegerField()),
        )

    def sides(self) -> tuple[int, int]:
        """How many pictures they hold to learn from, and to judge by."""
        said = self.aggregate(
            answered=Coalesce(Sum("image_count", filter=~Q(held_out=None)), 0),
            held_out=Coalesce(Sum(F("image_count") / F("held_out_one_in"), filter=Q(held_out=True)), 0),
        )
        return said["answered"] - said["held_out"], said["held_out"]

    def close_for_good(self) -> None:
        """Nothing more comes into these and nothing more of them is begun; who asks by their keys gets new ones."""
        now = timezone.now()
        changes = {"deleting_since": Coalesce("deleting_since", now), "cancelled_at": Coalesce("cancelled_at", now)}
        self.update(sealed=True, key="", **changes)

    def delete_soon(self) -> None:
        """These may hold a million pictures: they are gone from all pages at once, and a worker deletes them."""
        self.close_for_good()
        jobs.erase()

    def to_be_told(self) -> Self:
        """Done just now, after long, for somebody who wants to be told by mail."""
        recent = self.filter(finished_at__gte=timezone.now() - NEWS_FOR, told_at=None, cancelled_at=None)
        long = recent.filter(finished_at__gte=Coalesce("reopened_at", "created_at") + LONG)
        return long.filter(owner__mail_when_done=True, owner__is_active=True).exclude(owner__email="")

    def hand_in(
        self, owner: "User", files: Sequence[UploadedFile], name: str, again: bool, hints: Hints = NO_HINTS
    ) -> "tuple[Batch, bool]":
        """A new batch of these files, or the one among these that is of the very same; and whether it is new.

        `again` makes a new one all the same. Raises what `Batch.take_in` does.
        """
        key = digest_of_all(files)
        before = self.filter(key=key).first()
        if before and not again and not before.cancelled_at:
            return before, False
        facts = {"name": name, "expected": len(files), "hints": hints.stored()}
        batch = self.model(owner=owner, key="" if before else key, **facts)
        try:
            batch.take_in(dict(enumerate(files)))
        except IntegrityError:  # sent twice at once
            return self.get(key=key), False
        return batch, True

    def unfinished(self) -> Self:
        return self.filter(finished_at=None, cancelled_at=None)

    def owners_waiting(self) -> set[int]:
        """Whose pictures wait to be read, or files to be unpacked, or are being so."""
        ended = F("read_count") + F("failed_count") + F("cancelled_count")
        open_ = self.unfinished().filter(Q(image_count__gt=ended) | Q(upload_count__gt=F("unpacked_count")))
        return set(open_.order_by().values_list("owner", flat=True).distinct())

    def recent_rate(self) -> float | None:
        """Pictures a second over the last few batches that took long enough to tell."""
        took = self.filter(finished_at__isnull=False, read_count__gt=1, first_result_at__isnull=False).order_by("-pk")
        seconds, pictures = 0.0, 0
        for batch in took[:RECENT_BATCHES]:
            seconds, pictures = seconds + batch.seconds_reading, pictures + batch.read_count + batch.failed_count
        return pictures / seconds if seconds > 1 else None

    def close_finished(self) -> None:
        """Stamp the time on those whose last picture has just ended."""
        ended = F("read_count") + F("failed_count") + F("cancelled_count")
        whole = self.filter(sealed=True, finished_at=None, image_count=ended, upload_count=F("unpacked_count"))
        whole.update(finished_at=timezone.now())

    def count_ended(self, moved: Collection[int], old: State, new: State) -> None:
        """Carry these images of one batch from one state's counter to another's, inside the move's transaction."""
        changes: dict[str, Any] = {COUNTER_OF[new]: F(COUNTER_OF[new]) + len(moved)} if new in COUNTER_OF else {}
        if old in COUNTER_OF:
            changes |= {COUNTER_OF[old]: F(COUNTER_OF[old]) - len(moved)}
        if new in (State.DONE, State.FAILED):
            changes["first_result_at"] = Coalesce("first_result_at", timezone.now())
        if new is State.WAITING and old in COUNTER_OF:
            changes["finished_at"] = None
        if changes:
            self.update(**changes)
            self.close_finished()
            self.settle(moved)

    def count_unpacked(self, old: State, new: State) -> None:
        """One file of one batch has moved from one state to another, inside the move's transaction."""
        ended = int(new in COUNTER_OF) - int(old in COUNTER_OF)
        changes: dict[str, Any] = {"unpacked_count": F("unpacked_count") + ended} if ended else {}
        if ended < 0:
            changes["finished_at"] = None
        if changes:
            self.update(**changes)
            self.close_finished()
            self.settle()

    def settle(self, changed: Collection[int] | None = None) -> None:
        """Decide anew what is accepted and what a person should check; whatever changes answers calls this, in the
        same transaction. The batch's lock makes the last one of several at once see the others' answers.

        Where only these pictures' answers have `changed`, the others are looked at as far as rules compare them.
        """
        for batch in self.select_for_update().order_by("pk"):
            batch.settle(changed)
