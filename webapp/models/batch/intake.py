"""Taking pictures into a batch."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from webapp import jobs
from webapp.models.batch.earlier import Earlier
from webapp.models.batch.sides import Sides
from webapp.models.batch.twins import Twins
from webapp.refusals import NoRoom

if TYPE_CHECKING:
    from webapp.models.batch.batch import Batch
    from webapp.models.image import Image
    from webapp.models.upload import Upload


class BatchFull(NoRoom):
    """More pictures than the batch has room for."""


class BeyondMost(BatchFull):
    """More pictures than any batch may have."""

    status = 413

    def __init__(self) -> None:
        super().__init__("batch_too_large", most=settings.MAX_FILES_PER_BATCH)


class Intake(Earlier, Sides, Twins):
    class Meta:
        abstract = True

    def take_in(self, files: Mapping[int, UploadedFile]) -> list["Image"]:
        """Store these files under the client's indexes; an index that has already come changes nothing.

        Bytes go to storage first and rows follow in one transaction, so that no row ever names a missing file. A batch
        that is not saved yet is saved in that transaction: where storage fails there is none.

        Raises:
            BatchFull: when there would be more pictures than were announced, or the batch was closed.
            NoRoom: when they are more than the owner's share has room for.
        """
        fresh = files.keys() - self.come(files)
        self.owner.refuse_without_room([files[index] for index in fresh])
        image, upload = self.images.model, self.uploads.model
        drafts: list[Image | Upload] = []
        kept: set[str] = set()
        try:
            for index in fresh:
                model = upload if upload.holds(files[index]) else image
                drafts.append(model.stored(cast("Batch", self), index, files[index]))
            with transaction.atomic():
                if self._state.adding:
                    self.save()
                kept = self.admit(drafts)
        finally:
            for draft in drafts:
                if draft.key not in kept:
                    draft.delete_bytes()
        try:
            self.refresh_from_db()
        except type(self).DoesNotExist:  # deleted meanwhile, with what has just come
            raise BatchFull("batch_full") from None
        return sorted((one for one in drafts if isinstance(one, image) and one.key in kept), key=lambda one: one.index)

    def admit(self, drafts: "list[Image | Upload]") -> set[str]:
        """Add what is new of these, within a transaction; returns the keys of that."""
        batch = type(self).objects.select_for_update().filter(pk=self.pk).first()
        if batch is None or batch.deleting_since:  # deleted meanwhile
            raise BatchFull("batch_full")
        come = self.come([draft.index for draft in drafts])  # again, now that no one else can add to this batch
        new = sorted((draft for draft in drafts if draft.index not in come), key=lambda draft: draft.index)
        if new and (batch.sealed or batch.arrived_count + len(new) > batch.expected):
            raise BatchFull("batch_full")
        images = [draft for draft in new if isinstance(draft, self.images.model)]
        self.find_earlier(images)
        self.images.bulk_create(images)
        uploads = self.uploads.bulk_create([draft for draft in new if isinstance(draft, self.uploads.model)])
        batch.image_count += len(images)
        batch.upload_count += len(uploads)
        refused = [upload for upload in uploads if not upload.is_open]
        batch.unpacked_count += len(refused)
        batch.sealed = batch.sealed or batch.arrived_count >= batch.expected
        batch.count_arrivals(new, "upload_count", "unpacked_count", "sealed")
        if refused:  # nothing else may come that would end it
            batch.itself.close_finished()
            batch.itself.settle()
        jobs.read_images(images, queue=batch.queue)
        self.uploads.waiting().filter(pk__in=[upload.pk for upload in uploads]).send()
        return {draft.key for draft in new}

    def count_arrivals(self, new: "list[Image | Upload]", *changed: str) -> None:
        """Save what has been counted of these, and what every arrival changes."""
        self.stored_bytes += sum(draft.size for draft in new)
        self.last_arrival = timezone.now()
        self.note_twins(new)
        self.save(update_fields=["image_count", "stored_bytes", "last_arrival", "also_in", *changed])

    def add_pieces(self, images: "list[Image]") -> None:
        """Count in what was found in one of its files; within a transaction that holds its lock.

        Raises BeyondMost where there would be more than a batch may have.
        """
        if self.image_count + len(images) > settings.MAX_FILES_PER_BATCH:
            raise BeyondMost
        self.image_count += len(images)
        self.expected += len(images)
        self.count_arrivals(list(images), "expected")
        jobs.read_images(images, queue=self.queue)

    def free(self, size: int) -> None:
        """So many of its bytes are no longer stored."""
        self.itself.update(stored_bytes=F("stored_bytes") - size)

    def come(self, indexes: Iterable[int]) -> set[int]:
        """Those of `indexes` whose files are already here."""
        if self._state.adding:
            return set()
        wanted = list(indexes)
        images, uploads = self.images.filter(index__in=wanted), self.uploads.filter(index__in=wanted)
        return {*images.values_list("index", flat=True), *uploads.values_list("index", flat=True)}

    @property
    def left_out(self) -> list[dict[str, str]]:
        """Files that are no pictures, or archives that could not be opened, and why; those in archives, too."""
        uploads = self.uploads.worth_telling() if self.upload_count else ()
        return [{"file": name, "why": why} for upload in uploads for name, why in upload.told]

    def come_within(self, start: int, count: int) -> list[int]:
        """Of so many indexes from `start` on, those whose files are here."""
        within = {"index__gte": start, "index__lt": start + count}
        images, uploads = self.images.filter(**within), self.uploads.filter(**within)
        return sorted({*images.values_list("index", flat=True), *uploads.values_list("index", flat=True)})
