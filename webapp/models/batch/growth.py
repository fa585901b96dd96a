"""Pictures that come to a batch later, and those that are taken out of it again."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from webapp.models.batch.indexes import GENERATION, generation_of, is_for_a_file
from webapp.models.batch.intake import BeyondMost, Intake
from webapp.models.batch.queryset import COUNTER_OF
from webapp.models.claimable import State
from webapp.refusals import Refusal

if TYPE_CHECKING:
    from webapp.models.addition import Addition
    from webapp.models.image import Image


class Settled(Refusal):
    """A batch whose pictures stay as they are."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "Pictures are only added to a batch, or taken out of it, as long as it is neither cancelled nor "
                "assigned to a reviewer."
            )
        )


class Growth(Intake):
    additions: "models.QuerySet[Addition]"

    class Meta:
        abstract = True

    @property
    def may_change(self) -> bool:
        """Whether its owner may add pictures and take them out: nobody else counts on what is in it."""
        is_left_alone = self.cancelled_at is None and self.reviewer_id is None and self.owner.erasing_since is None
        return is_left_alone and self.source != self.Source.DRAWING  # which is one picture by what it is

    def announce(self, count: int, key: str = "") -> "tuple[Addition, bool]":
        """So many more files will come: which indexes are theirs. Asked with the same key again, it is the same one.

        Whether it is new is said, too. One that was closed half-sent, or lost pictures since, is not asked for again:
        the rest of it may come as another.

        Raises:
            Settled: where the batch stays as it is.
            BeyondMost: where it would have more pictures than a batch may.
        """
        with transaction.atomic():
            batch = type(self).objects.select_for_update().filter(pk=self.pk).first()
            if batch is None:  # deleted meanwhile
                raise Settled
            if key and (known := batch.additions.filter(key=key).first()):
                if not batch.sealed or len(batch.come_within(known.start, known.count)) == known.count:
                    return known, False
                batch.additions.filter(pk=known.pk).update(key="")
            addition = batch.additions.model(batch_id=self.pk, key=key, start=batch.free_index(), count=count)
            batch.make_room(addition)
            addition.save()
        self.refresh_from_db()
        return addition, True

    def free_index(self) -> int:
        """From here on no index has been given to a file, or was promised to one."""
        start = generation_of(self.indexes_taken)
        if self.uploads.filter(index__gte=start).exists():
            return start + GENERATION
        last = self.images.filter(index__gte=start).aggregate(last=Max("index"))["last"]
        return max(self.indexes_taken, 0 if start else self.expected, 0 if last is None else last + 1)

    def last_index(self) -> int | None:
        """That of the picture which was handed in last, but not in an archive."""
        latest = self.images.filter(index__gte=generation_of(self.indexes_taken)).order_by("-index")
        index: int | None = latest.values_list("index", flat=True).first()
        return index if index is not None and is_for_a_file(index) else None

    def make_room(self, addition: "Addition") -> None:
        if not self.may_change:
            raise Settled
        if self.sealed:
            self.expected = self.arrived_count  # what had not come until then never will
        self.expected += addition.count
        self.indexes_taken = addition.start + addition.count
        if self.expected > settings.MAX_FILES_PER_BATCH or not is_for_a_file(self.indexes_taken):
            raise BeyondMost
        self.reopen()

    def reopen(self) -> None:
        """More is to come: it is not done until that is read."""
        now = timezone.now()
        if self.finished_at and self.first_result_at:
            self.first_result_at += now - self.finished_at  # nothing was read meanwhile: its speed stays what it was
        self.count_before = self.image_count
        self.sealed, self.finished_at, self.told_at = False, None, None
        self.reopened_at = self.last_arrival = now
        self.save()
        self.itself.settle()

    def remove(self, index: int) -> bool:
        """Take one picture out with its answers; its index is not given to another. False where it is not there.

        Raises:
            Settled: where the batch stays as it is.
        """
        with transaction.atomic():
            image = self.images.select_for_update().filter(index=index).first()  # before the batch, as workers do
            batch = type(self).objects.select_for_update().filter(pk=self.pk).first()
            if batch is None or image is None:
                return False
            if not batch.may_change:
                raise Settled
            batch.count_out(image)
            image.delete()
            batch.itself.close_finished()
            batch.itself.settle()
        self.refresh_from_db()
        return True

    def count_out(self, image: "Image") -> None:
        """One picture less, in every count that it is in."""
        self.image_count -= 1
        self.expected -= 1
        self.stored_bytes -= image.size
        if counter := COUNTER_OF.get(State(image.state)):
            setattr(self, counter, getattr(self, counter) - 1)
        if is_for_a_file(image.index):
            self.indexes_taken = max(self.indexes_taken, image.index + 1)
        self.note_twins([image], -1)
        self.save()
