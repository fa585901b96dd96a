from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Avg, Count, F, Min, Q, Sum
from django.db.models.functions import Cast, Coalesce
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp import jobs
from webapp.models import dial
from webapp.models.batches import BatchQuerySet
from webapp.models.claimable import State
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.rules import Rules
from webapp.models.site_policy import PRECISION_RANGE, site_precision
from webapp.refusals import Refusal, TooMuch

if TYPE_CHECKING:
    from webapp.models.image import Image
    from webapp.models.images import ImageQuerySet
    from webapp.models.upload import Upload

# A batch of at most this many pictures is somebody waiting in front of the screen: it goes before the big ones.
INTERACTIVE_SIZE = 32

# One batch in so many is never learned from: models are judged by what people say of it. The gate asks for so many
# answers before it says anything (recognizer.exams.gate).
HELD_OUT_ONE_IN = 4
ENOUGH_HELD_OUT = 20


class Wait(NamedTuple):
    ahead: int
    seconds: float | None


class BatchFull(Refusal):
    """More pictures than the batch has room for."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            gettext("This batch already has all its pictures, or was closed. Hand in the others as a new batch.")
        )


class Batch(models.Model):
    """One hand-in by one owner. Its counters change in the same transactions as its images' states."""

    class Source(models.TextChoices):
        SITE = "site", _("Web site")
        DRAWING = "drawing", _("Drawing")
        API = "api", "API"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"), related_name="batches")
    name = models.CharField(_("name"), max_length=200)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("reviewer"),
        null=True,
        blank=True,
        related_name="batches_to_review",
        help_text=_("May see and correct its pictures."),
    )
    key = models.CharField(
        _("key"),
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Its client's own: asked for once."),
    )
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, default=Source.SITE)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_index=True)
    expected = models.PositiveIntegerField(_("expected"), help_text=_("How many pictures are to come in all."))
    last_arrival = models.DateTimeField(_("last arrival"), default=timezone.now)
    sealed = models.BooleanField(_("sealed"), default=False, help_text=_("All pictures have come."))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    first_result_at = models.DateTimeField(_("first result at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    told_at = models.DateTimeField(_("told at"), null=True, blank=True, editable=False)
    image_count = models.PositiveIntegerField(_("image count"), default=0)
    upload_count = models.PositiveIntegerField(
        _("upload count"), default=0, help_text=_("Files that hold several pictures.")
    )
    unpacked_count = models.PositiveIntegerField(
        _("unpacked count"), default=0, help_text=_("Those of them that have ended.")
    )
    stored_bytes = models.PositiveBigIntegerField(
        _("stored bytes"), default=0, help_text=_("Of its pictures as they came.")
    )
    read_count = models.PositiveIntegerField(_("read count"), default=0)
    failed_count = models.PositiveIntegerField(_("failed count"), default=0)
    cancelled_count = models.PositiveIntegerField(_("cancelled count"), default=0)
    precision = models.FloatField(
        _("precision"),
        default=site_precision,
        validators=PRECISION_RANGE,
        help_text=_("Expected precision of what is accepted."),
    )
    sure_from = models.FloatField(
        _("sure from"),
        default=0.95,
        help_text=_("The least confidence that is accepted at that precision."),
    )
    held_out = models.BooleanField(
        _("held out"),
        null=True,
        editable=False,
        help_text=_("Models are judged by it and never learn from it. Not known before its first answer."),
    )
    rules = models.JSONField(_("rules"), default=dict, blank=True, help_text=_("What the numbers are expected to be."))

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="batch_key_once_an_owner", condition=~Q(key="")),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="batch_newest_of_owner"),
            models.Index(fields=["finished_at"], name="batch_to_be_told", condition=Q(told_at=None)),
            models.Index(fields=["id"], name="batch_unfinished", condition=Q(finished_at=None, cancelled_at=None)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("batch", args=[self.pk])

    @property
    def ended_count(self) -> int:
        return self.read_count + self.failed_count + self.cancelled_count

    @property
    def open_count(self) -> int:
        return self.image_count - self.ended_count

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

    def wait(self) -> Wait:
        """What this batch waits for before its first result; small batches go before big ones."""
        small = Q(expected__lte=INTERACTIVE_SIZE, image_count__lte=INTERACTIVE_SIZE)
        earlier = Q(pk__lt=self.pk)
        first = small & earlier if self.queue == jobs.INTERACTIVE else small | earlier
        ahead = Batch.objects.unfinished().exclude(pk=self.pk).filter(first).usage()["waiting"]
        speed = Batch.objects.recent_rate()
        return Wait(ahead, (ahead + self.open_count) / speed if speed else None)

    @property
    def expectations(self) -> Rules:
        return Rules.of(self.rules)

    def turn_dial(self, precision: float) -> None:
        """Accept answers at another expected precision."""
        self.decide(precision=precision)

    def expect(self, rules: Rules) -> None:
        """Check every answer against these rules from now on."""
        self.decide(rules=rules.stored())

    def decide(self, **changes: Any) -> None:
        row = Batch.objects.filter(pk=self.pk)
        with transaction.atomic():
            row.update(**changes)
            row.settle()
        self.refresh_from_db()

    def recheck(self, image: "Image", before: str) -> None:
        """One picture's answer has changed from `before`: note anew what that may make break a rule, or mend.

        That is the picture itself and those with either number; only a sum concerns all the others.
        """
        with transaction.atomic():
            batch = Batch.objects.select_for_update().get(pk=self.pk)
            rules, read = batch.expectations, batch.images.filter(state=State.DONE)
            if rules.total is not None:
                batch.mark_broken(read)
            elif rules.unique:
                batch.mark_broken(read.filter(pk=image.pk) | read.with_number([before, image.search_text]))
            elif rules:
                batch.mark_broken(read.filter(pk=image.pk))

    def mark_broken(self, rows: "ImageQuerySet | None" = None) -> None:
        """Note on each of these pictures, all where none are given, the rule that its answer breaks."""
        if rows is None:
            rows = self.images.filter(state=State.DONE) if self.rules else self.images.exclude(broken_rule="")
        noted = {pk: (text, rule) for pk, text, rule in rows.values_list("pk", "search_text", "broken_rule")}
        broken = self.expectations.broken({pk: text for pk, (text, rule) in noted.items()}, whole=self.is_done)
        changed: dict[str, list[int]] = {}
        for pk, rule in broken.items():
            if noted[pk][1] != rule:
                changed.setdefault(rule, []).append(pk)
        for rule, pks in changed.items():
            # Someone who holds one of these is correcting or deleting it, and settles the batch after that.
            self.images.filter(pk__in=self.images.filter(pk__in=pks).locked_ids()).update(broken_rule=rule)

    def bins(self) -> list[dial.Bin]:
        """The confidences of what was read, surest first, in the few numbers that the dial needs."""
        free = Q(review=None, broken_rule="", outcome=Prediction.Outcome.READ)
        rows = (
            self.images.filter(state=State.DONE, confidence__gte=dial.LEAST_ACCEPTED)
            .values(bin=Cast(F("confidence") * dial.BINS, models.IntegerField()))
            .annotate(
                least=Min("confidence"),
                count=Count("pk"),
                total=Sum("confidence"),
                free_count=Count("pk", filter=free),
                free_total=Coalesce(Sum("confidence", filter=free), 0.0),
            )
            .order_by("-least")
            .values_list("least", "count", "total", "free_count", "free_total")
        )
        return [dial.Bin(*row) for row in rows]

    def dial_stops(self, standings: Mapping[str, int]) -> list[dial.Stop]:
        return dial.stops(self.bins(), standings["sure"] + standings["doubtful"], self.precision)

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
    def missing_count(self) -> int:
        """Files that were announced and never came."""
        return self.expected - self.arrived_count if self.sealed else 0

    @property
    def arrived_count(self) -> int:
        """Files that have come. What is unpacked is announced and comes in one, so that both sides count it."""
        return self.image_count + self.upload_count

    @property
    def expected_right(self) -> float | None:
        """The share of answers that is expected to be right before anybody has looked: their mean confidence."""
        read = self.images.filter(state=State.DONE, prediction__outcome=Prediction.Outcome.READ)
        mean: float | None = read.aggregate(mean=Avg("confidence"))["mean"]
        return mean

    @property
    def outdated_count(self) -> int:
        """Pictures whose current answer is another model's than the champion's."""
        champion = ModelVersion.objects.champion()
        done = self.images.filter(state=State.DONE)
        return done.exclude(model_version=champion.pk).count() if champion else 0

    @property
    def queue(self) -> str:
        return jobs.INTERACTIVE if max(self.expected, self.image_count) <= INTERACTIVE_SIZE else jobs.BULK

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
        image, upload = apps.get_model("webapp", "Image"), apps.get_model("webapp", "Upload")
        drafts: list[Image | Upload] = []
        kept: set[str] = set()
        try:
            for index in fresh:
                model = upload if upload.holds(files[index]) else image
                drafts.append(model.stored(self, index, files[index]))
            with transaction.atomic():
                if self._state.adding:
                    self.save()
                kept = self.admit(drafts)
        finally:
            forget(draft for draft in drafts if draft.key not in kept)
        self.refresh_from_db()
        return sorted((one for one in drafts if isinstance(one, image) and one.key in kept), key=lambda one: one.index)

    def admit(self, drafts: "list[Image | Upload]") -> set[str]:
        """Add what is new of these, within a transaction; returns the keys of that."""
        batch = Batch.objects.select_for_update().filter(pk=self.pk).first()
        if batch is None:  # deleted meanwhile
            raise BatchFull
        come = self.come([draft.index for draft in drafts])  # again, now that no one else can add to this batch
        new = sorted((draft for draft in drafts if draft.index not in come), key=lambda draft: draft.index)
        if new and (batch.sealed or batch.arrived_count + len(new) > batch.expected):
            raise BatchFull
        images = self.images.bulk_create([draft for draft in new if isinstance(draft, self.images.model)])
        uploads = self.uploads.bulk_create([draft for draft in new if isinstance(draft, self.uploads.model)])
        batch.image_count += len(images)
        batch.upload_count += len(uploads)
        batch.stored_bytes += sum(draft.size for draft in new)
        batch.last_arrival = timezone.now()
        batch.sealed = batch.sealed or batch.arrived_count >= batch.expected
        batch.save(update_fields=["image_count", "upload_count", "stored_bytes", "last_arrival", "sealed"])
        jobs.read_images(images, queue=batch.queue)
        self.uploads.filter(pk__in=[upload.pk for upload in uploads]).send()
        return {draft.key for draft in new}

    def take_pieces(self, upload: "Upload", fence: int, files: Mapping[int, File], labels: Mapping[int, str]) -> bool:
        """Add pictures that a worker found in one of its files; see `Upload.take_out`."""
        self.owner.refuse_beyond_share(sum(file.size for file in files.values()), len(files))
        stored = self.images.model.stored
        drafts: list[Image] = []
        kept: set[str] = set()
        try:
            for index, file in files.items():
                drafts.append(stored(self, index, file))
            with transaction.atomic():
                batch = Batch.objects.select_for_update().filter(pk=self.pk, cancelled_at=None).first()
                if batch is None or not upload.is_held_by(fence):
                    return False
                come = self.come(files)
                new = self.images.bulk_create([draft for draft in drafts if draft.index not in come])
                batch.add_pieces(new)
                if labels:
                    batch.choose_side()
                    apps.get_model("webapp", "Review").objects.bring(new, labels)
                kept = {image.key for image in new}
        finally:
            forget(draft for draft in drafts if draft.key not in kept)
        return True

    def add_pieces(self, images: "list[Image]") -> None:
        if self.image_count + len(images) > settings.MAX_FILES_PER_BATCH:
            most = number_format(settings.MAX_FILES_PER_BATCH, force_grouping=True)
            raise TooMuch(
                gettext("A batch has at most %(most)s pictures. Hand in the rest as another.") % {"most": most}
            )
        self.image_count += len(images)
        self.expected += len(images)
        self.stored_bytes += sum(image.size for image in images)
        self.last_arrival = timezone.now()
        self.save(update_fields=["image_count", "expected", "stored_bytes", "last_arrival"])
        jobs.read_images(images, queue=self.queue)

    def free(self, size: int) -> None:
        """So many of its bytes are no longer stored."""
        Batch.objects.filter(pk=self.pk).update(stored_bytes=F("stored_bytes") - size)

    def choose_side(self, size: int = 0) -> None:
        """Whether models learn from it or are judged by it: decided when its first picture is answered, and for good.

        Nothing is known of that answer here, only the pictures' hashes and how many are on either side. By the hashes
        alone, a site with few batches may have nothing to judge by; so the first batch is learned from, and until
        enough is held out, so is none that would leave more than half of the pictures there. One hand's pictures stay
        on one side, or a model would be judged by what it has as good as seen.
        """
        if self.held_out is not None:
            return
        learned, held_out = Batch.objects.exclude(pk=self.pk).sides()
        if learned and held_out + max(size, self.image_count) <= learned and not Batch.enough_held_out():
            side = True
        else:
            side = bool(learned) and self.drawn_by_hash()
        Batch.objects.filter(pk=self.pk, held_out=None).update(held_out=side)
        self.refresh_from_db(fields=["held_out"])

    @staticmethod
    def enough_held_out() -> bool:
        answered = apps.get_model("webapp", "Image").objects.reviewed().filter(batch__held_out=True)
        return bool(answered.count() >= ENOUGH_HELD_OUT)

    def drawn_by_hash(self) -> bool:
        first = self.images.aggregate(first=Min("sha256"))["first"]
        return bool(first) and int(first[-8:], 16) % HELD_OUT_ONE_IN == 0

    def come(self, indexes: Iterable[int]) -> set[int]:
        """Those of `indexes` whose files are already here."""
        if self._state.adding:
            return set()
        wanted = list(indexes)
        images, uploads = self.images.filter(index__in=wanted), self.uploads.filter(index__in=wanted)
        return {*images.values_list("index", flat=True), *uploads.values_list("index", flat=True)}

    def all_come(self) -> set[int]:
        """The indexes of all files that have come."""
        images, uploads = self.images.filter(index__lt=self.uploads.model.SPAN), self.uploads.all()
        return {*images.values_list("index", flat=True), *uploads.values_list("index", flat=True)}

    def tell_owner(self) -> None:
        """Write that it is done: once, even where two workers come by at the same time."""
        if not Batch.objects.filter(pk=self.pk, told_at=None).update(told_at=timezone.now()):
            return
        context = {"batch": self, "standings": self.standings(), "site": settings.SITE_URL.rstrip("/")}
        with translation.override(self.owner.language or settings.LANGUAGE_CODE):
            text = render_to_string("mail/batch_done.txt", context)
            self.owner.email_user(gettext("“%(name)s” is read") % {"name": self.name}, text)

    def seal(self) -> None:
        """No more pictures will come."""
        with transaction.atomic():
            Batch.objects.filter(pk=self.pk).update(sealed=True)
            Batch.objects.filter(pk=self.pk).close_finished()
        self.refresh_from_db()

    def cancel(self) -> int:
        """Nothing more starts; what is being read finishes. Returns how many pictures were spared.

        Two transactions: once the first is committed no picture can arrive any more, so the second sees them all.
        """
        unfinished = Batch.objects.filter(pk=self.pk, finished_at=None)
        if not unfinished.update(cancelled_at=timezone.now(), sealed=True):
            return 0
        with transaction.atomic():
            cancelled = [*self.images.all().cancel(), *self.uploads.all().cancel()]
            Batch.objects.filter(pk=self.pk).close_finished()
        self.refresh_from_db()
        return len(cancelled)

    def retry_failed(self) -> int:
        retried = [*self.images.all().retry(), *self.uploads.all().retry()]
        self.refresh_from_db()
        return len(retried)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """A worker that finishes one of these pictures later finds no row and discards its result."""
        Batch.objects.filter(pk=self.pk).update(sealed=True)  # no more pictures from here on
        with transaction.atomic():
            # The pictures first, as a finishing worker does; it may just be storing a prediction.
            list(self.images.select_for_update().order_by("pk").values_list("pk"))
            return super().delete(*args, **kwargs)


def forget(drafts: "Iterable[Image | Upload]") -> None:
    """Bytes that no row came to name."""
    for draft in drafts:
        draft.file.storage.delete(draft.key)
