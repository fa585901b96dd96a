from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Self

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from webapp import jobs
from webapp.faults import Coded, coded, in_words
from webapp.models.batch import Batch
from webapp.models.batch.indexes import of_pieces
from webapp.models.batch.part import PartQuerySet
from webapp.models.claimable import Claimable, State
from webapp.models.digest import digest_of
from webapp.models.image import Image
from webapp.models.original import Original, shown_name
from webapp.models.package import package_in
from webapp.models.review import Review

# A file's first bytes say whether it may hold several pictures, here as in recognizer.files.formats; of an archive or a
# PDF the name says it too, so that what only calls itself one is refused as one.
HOLDERS = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"%PDF"),
    *(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
)
HOLDER_ENDINGS = {".zip", ".pdf"}
# The table of earlier values, here as in recognizer.files.earlier.
TABLE = "earlier.csv"


LeftOut = list[tuple[str, Coded]]
MORE = "labels_more"


def cut(left_out: LeftOut, most: int) -> LeftOut:
    """The first of these, and under no name how many more there are."""
    if len(left_out) <= most:
        return left_out
    return [*left_out[:most], ("", coded(MORE, count=counted(left_out[most:])))]


def counted(left_out: LeftOut) -> int:
    return sum(why["values"]["count"] if why["code"] == MORE else 1 for _name, why in left_out)


class UploadQuerySet(PartQuerySet["Upload"]):
    def worth_telling(self) -> "list[Upload]":
        """All but those that went into their batch whole. On one page no more is named of all together than of one:
        of a hundred archives that name a hundred files each it would be megabytes."""
        uploads = list(self.exclude(state=State.DONE, left_out=[]).order_by("index")[: self.model.MOST_NAMED])
        room = self.model.MOST_NAMED
        for upload in uploads:
            upload.named = cut(upload.left_out, room)
            room = max(0, room - len(upload.named))
        return uploads

    def send(self) -> None:
        """Tell the queue of these, each by itself."""
        for upload in self.select_related("batch"):
            jobs.unpack([upload.pk], upload.batch.queue if upload.size < jobs.CHUNK_BYTES else jobs.BULK)

    def retry(self) -> list[int]:
        return super(UploadQuerySet, self.exclude(error_code=self.model.PACKAGE)).retry()

    def send_tried(self) -> None:
        jobs.unpack(self.values_list("pk", flat=True), jobs.QUARANTINE)


class Upload(Claimable, Original):
    """One file as it came that holds several pictures: a zip, a PDF, a TIFF. A worker unpacks it into its batch.

    So is a table of what pictures had the last time, which holds none.
    """

    MOST_RESENT = 2_000  # each is a message of its own
    OWNER = "batch__owner"

    GAVE_UP = "unpacking_gave_up"
    MOST_NAMED = 100
    PACKAGE = "package"  # a document or a program: refused as it comes, and as often as it is tried

    batch = models.ForeignKey(Batch, models.CASCADE, verbose_name=_("batch"), related_name="uploads", db_index=False)
    index = models.PositiveBigIntegerField(_("index"))
    piece_count = models.PositiveIntegerField(
        _("piece count"), default=0, help_text=_("Pictures in it, as far as that is known.")
    )
    pieces_done = models.PositiveIntegerField(_("pieces done"), default=0)
    seconds = models.FloatField(
        _("seconds"), default=0, help_text=_("Of the processor's time that its pages took, above what each may take.")
    )
    left_out = models.JSONField(
        _("left out"), default=list, blank=True, help_text=_("What could not be unpacked: name and reason.")
    )

    objects = UploadQuerySet.as_manager()
    named: LeftOut  # what a page says of it, once it is known what else the page says

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        constraints = [models.UniqueConstraint(fields=["batch", "index"], name="upload_index_once_a_batch")]
        indexes = [Claimable.open_work_index("upload_open_work")]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def holds(file: UploadedFile) -> bool:
        """Whether a worker must look inside: the web opens nothing that people hand in."""
        head = file.read(4)
        file.seek(0)
        path = PurePosixPath((file.name or "").lower())
        return head.startswith(HOLDERS) or path.suffix in HOLDER_ENDINGS or path.name == TABLE

    @classmethod
    def stored(cls, batch: Batch, index: int, upload: UploadedFile) -> Self:
        """An unsaved row whose bytes are in storage. Of a document or a program only that it came is kept."""
        if kind := package_in(upload):
            facts = {"name": shown_name(upload), "sha256": digest_of(upload), "size": 0}
            refused = {"state": State.FAILED, "error_code": cls.PACKAGE, "error_values": {"kind": kind}}
            return cls(batch=batch, index=index, **facts, **refused)
        return cls(batch=batch, index=index, **cls.kept(upload))

    @property
    def told(self) -> list[tuple[str, str]]:
        """What of it is no picture, and why: itself where it could not be opened, or files in it."""
        if self.error:
            return [(self.name, self.error)]
        return [(name, in_words(why)) for name, why in self.named]

    @property
    def left_out_count(self) -> int:
        return counted(self.left_out)

    @property
    def can_be_tried_again(self) -> bool:
        return self.state == State.FAILED and self.error_code != self.PACKAGE

    @classmethod
    def name_for(cls, files: Collection[UploadedFile]) -> str:
        """What to call a batch of these where nobody says: a single archive's name, else nothing."""
        alone = next(iter(files)) if len(files) == 1 else None
        return PurePosixPath(shown_name(alone)).stem if alone and cls.holds(alone) else ""

    @classmethod
    def count_move(cls, ids: list[int], old: State, new: State) -> None:
        for batch_id in sorted(cls.objects.filter(pk__in=ids).values_list("batch_id", flat=True)):
            Batch.objects.filter(pk=batch_id).count_unpacked(old, new)

    @property
    def indexes(self) -> range:
        """Where its pictures go in the batch."""
        return of_pieces(self.index)

    def come(self) -> set[int]:
        """The numbers of its pieces that have been taken in."""
        mine = self.batch.images.filter(index__gte=self.indexes.start, index__lt=self.indexes.stop)
        return {index - self.indexes.start for index in mine.values_list("index", flat=True)}

    def is_held_by(self, fence: int) -> bool:
        return Upload.objects.held_by(fence).filter(pk=self.pk).exists()

    def take_out(self, fence: int, files: dict[int, File], labels: Mapping[int, str] | None = None) -> bool:
        """Take these pieces of it into its batch, in one transaction; what has come already changes nothing.

        `labels` are the answers that came with some of them, "" for a blank one: they stand as their owner's word.
        Returns whether to go on: not where the batch was cancelled or deleted, or another worker has taken over.

        Raises:
            NoRoom: when they are more than the batch or its owner's share has room for.
        """
        self.batch.owner.refuse_beyond_share(sum(file.size for file in files.values()), len(files))
        drafts: list[Image] = []
        kept: set[str] = set()
        try:
            for number, file in files.items():
                drafts.append(Image.stored(self.batch, self.indexes[number], file))
            with transaction.atomic():
                come = self.admit(fence, drafts, labels or {})
                kept = {image.key for image in come or []}
        finally:
            for draft in drafts:
                if draft.key not in kept:
                    draft.delete_bytes()
        return come is not None

    def admit(self, fence: int, drafts: list[Image], labels: Mapping[int, str]) -> list[Image] | None:
        """Add what is new of these to its batch, within a transaction; None where there is no point in going on."""
        batch = Batch.objects.select_for_update().filter(pk=self.batch_id, cancelled_at=None).first()
        if batch is None or not self.is_held_by(fence):
            return None
        come = batch.come([draft.index for draft in drafts])
        new = [draft for draft in drafts if draft.index not in come]
        batch.find_earlier(new)
        batch.images.bulk_create(new)
        batch.add_pieces(new)
        if labels:
            batch.choose_side(brought=len(labels))
            Review.objects.bring(new, {self.indexes[number]: text for number, text in labels.items()})
        return new

    def note_progress(self, fence: int, done: int, count: int, seconds: float, left_out: LeftOut) -> None:
        """The next turn goes on behind piece `done`."""
        told = cut(left_out, self.MOST_NAMED)
        Upload.objects.held_by(fence).update(pieces_done=done, piece_count=count, seconds=seconds, left_out=told)

    def finish(self, fence: int, left_out: LeftOut) -> None:
        """All of it is in the batch; its own bytes are of no more use."""
        changes = {"left_out": cut(left_out, self.MOST_NAMED), "pieces_done": models.F("piece_count")}
        with transaction.atomic():
            if Upload.objects.finish(fence, [self.pk], **changes):
                self.batch.free(self.size)
                transaction.on_commit(self.delete_bytes)


@receiver(post_delete, sender=Upload)
def delete_file(instance: Upload, **_: object) -> None:
    transaction.on_commit(instance.delete_bytes)
