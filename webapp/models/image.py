import contextlib
import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Case, F, Func, OuterRef, Q, Subquery, When
from django.db.models.functions import Left
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from webapp import jobs
from webapp.models.batch import Batch, start_of
from webapp.models.claimable import Claimable, ClaimableQuerySet, State
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.rules import Broken
from webapp.models.user import User

if TYPE_CHECKING:
    from webapp.models.review import Review

LONGEST_NAME = 255
# Of an answer of many lines this much can be searched for; an index entry has an end.
SEARCHABLE = 200

ORIGINALS, COPIES = "originals/", "copies/"


def random_key() -> str:
    """A storage key that says nothing of its picture and cannot be guessed."""
    key = uuid.uuid4().hex
    return f"{ORIGINALS}{key[:2]}/{key}"


def stored_whole(upload: File) -> str:
    """The key of these bytes in storage. Where they do not all fit, none stay."""
    key = random_key()
    try:
        return default_storage.save(key, File(upload))
    except Exception:
        with contextlib.suppress(Exception):  # the first error is the one to hear of
            default_storage.delete(key)
        raise


def picture_type(head: bytes | memoryview) -> str:
    """The content type of a copy that a worker has made, from its first bytes."""
    return "image/png" if bytes(head[:4]) == b"\x89PNG" else "image/webp"


# What is rare has indexes of its own.
NOT_READ = ("failed", "cancelled")
NO_DIGITS = ("blank", "unclear", "unreadable")


def is_one_of(column: str, values: Collection[str]) -> Func:
    """The condition of a partial index word by word: SQLite does not recognise it where values are parameters."""
    listed = ", ".join(f"'{value}'" for value in values)
    return Func(F(column), template=f"%(expressions)s IN ({listed})", output_field=models.BooleanField())


class ImageQuerySet(ClaimableQuerySet["Image"]):
    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def reviewable_by(self, user: User) -> Self:
        return self.filter(batch__in=Batch.objects.reviewable_by(user))

    def drawings(self) -> Self:
        return self.filter(batch__source=Batch.Source.DRAWING)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def with_answers(self) -> Self:
        return self.select_related("prediction__model_version", "review__reviewer", "batch")

    def record(self, fence: int, predictions: Collection[Prediction]) -> list[int]:
        """Store what one model version read and end these images, in one transaction.

        Only images still held by `fence` get their prediction: a result that comes too late is discarded. Returns the
        ids of the images that ended.
        """
        if not predictions:
            return []
        one = next(iter(predictions))
        said = Prediction.objects.filter(
            image=OuterRef("pk"), model_version=one.model_version_id, pipeline=one.pipeline
        )
        with transaction.atomic():
            rows = self.held_by(fence).filter(pk__in=[p.image_id for p in predictions]).order_by("pk")
            held = set(rows.select_for_update().values_list("pk", flat=True))
            Prediction.objects.upsert(prediction for prediction in predictions if prediction.image_id in held)
            return self.finish(fence, held, ended_at=timezone.now(), **answered_by(said))

    def pictures(self, fence: int, ids: Collection[int]) -> Self:
        """What a worker that holds these is to open."""
        return self.held_by(fence).filter(pk__in=ids).only("pk", "file")

    def fail_pictures(self, fence: int, ids: Collection[int], code: str, reason: str) -> list[int]:
        return self.fail(fence, ids, code, reason)

    def send(self) -> None:
        """Tell the queue of these, each batch's pictures on its own batch's queue."""
        by_queue: dict[str, list[Image]] = {}
        for image in self.select_related("batch").only("pk", "size", "batch__expected", "batch__image_count"):
            by_queue.setdefault(image.batch.queue, []).append(image)
        for queue, images in by_queue.items():
            jobs.read_images(images, queue)

    def retry(self) -> list[int]:
        with transaction.atomic():
            retried = super().retry()
            Batch.objects.filter(images__in=retried).update(cancelled_at=None)
            Image.objects.filter(pk__in=retried).order_by("pk").send()
        return retried

    def of_cancelled_batches(self) -> Self:
        return self.filter(batch__in=Batch.objects.filter(cancelled_at__isnull=False, finished_at=None))

    def without_pixels(self) -> Self:
        """For lists and exports: leave out what only a picture's own page needs."""
        return self.defer("prediction__glyphs", "prediction__digits", "prediction__copy")

    def for_cards(self) -> Self:
        """With what a card shows, and without what only a picture's own page does."""
        return self.with_answers().defer("prediction__glyphs", "prediction__digits")

    def sure(self) -> Self:
        return self.filter(~self.is_doubtful(), state=State.DONE, review=None)

    def doubtful(self) -> Self:
        return self.filter(self.is_doubtful(), state=State.DONE)

    def reviewed(self) -> Self:
        return self.exclude(review=None)

    def failed(self) -> Self:
        return self.filter(state=State.FAILED, review=None)

    def cancelled(self) -> Self:
        return self.filter(state=State.CANCELLED)

    def answering(self, text: str) -> Self:
        """Whose answer has `text` in it: a person's word where there is one, else the model's."""
        return self.filter(search_text__contains=text) if text else self

    def named(self, text: str) -> Self:
        return self.filter(name__icontains=text) if text else self

    def handed_in_between(self, first: date | None, last: date | None) -> Self:
        """On these days, both included, as the site's clock has them."""
        found = self.filter(created_at__gte=start_of(first)) if first else self
        return found.filter(created_at__lt=start_of(last + timedelta(days=1))) if last else found

    def with_outcome(self, outcome: str) -> Self:
        """By what the picture is by its current answer, or by its state where there is none."""
        if outcome in (State.FAILED, State.CANCELLED):
            return self.filter(is_one_of("state", NOT_READ), state=outcome)
        if outcome in NO_DIGITS:
            return self.filter(is_one_of("outcome", NO_DIGITS), outcome=outcome)
        return self.filter(outcome=outcome) if outcome else self

    def read_by(self, version: ModelVersion | None) -> Self:
        return self.filter(model_version=version) if version else self

    def checked(self, answer: str) -> Self:
        return self.filter(review__isnull=answer == "no") if answer else self

    @staticmethod
    def is_doubtful() -> Q:
        """For a person to check: the same rule as `Image.standing`, on what has ended as read.

        That is what its batch's dial does not accept (never where no digits were found: the confidence is 0 there), or
        what breaks one of its rules, as long as no person has said what it is.
        """
        return (Q(confidence__lt=F("batch__sure_from")) | ~Q(broken_rule="")) & Q(review=None)


# How sure the model is of these digits: not at all where it found none.
SURENESS = Case(When(outcome=Prediction.Outcome.READ, then=F("confidence")), default=0.0)


def answered_by(said: models.QuerySet[Prediction]) -> dict[str, Any]:
    """What changes on images when `said` (one prediction for each, by OuterRef) becomes their current prediction.

    What a person has said of a picture stays its answer.
    """

    def value(column: str) -> Subquery:
        return Subquery(said.values(column)[:1])

    def unless_reviewed(column: str, new: Any) -> Case:
        return Case(When(review=None, then=new), default=F(column))

    return {
        "prediction": value("pk"),
        "model_version": value("model_version"),
        "confidence": Subquery(said.values(sure=SURENESS)[:1]),
        "outcome": unless_reviewed("outcome", value("outcome")),
        "search_text": unless_reviewed("search_text", Left(value("text"), SEARCHABLE)),
    }


class Original(models.Model):
    """A file as it came. Its bytes lie in storage under a random key; the name it came with is only text."""

    name = models.CharField(max_length=LONGEST_NAME)
    file = models.FileField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @property
    def key(self) -> str:
        """Where its bytes lie in storage."""
        return str(self.file.name)

    @staticmethod
    def kept(upload: File) -> dict[str, Any]:
        """Its columns, once its bytes are in storage."""
        digest = hashlib.sha256()
        for piece in upload.chunks():
            digest.update(piece)
        upload.seek(0)
        return {
            "name": (upload.name or "picture").replace("\x00", "")[-LONGEST_NAME:],
            "file": stored_whole(upload),
            "sha256": digest.hexdigest(),
            "size": upload.size or 0,
        }


class Image(Claimable, Original):
    """One picture of a batch."""

    GAVE_UP = "Reading this picture stopped the reader again and again, so it was set aside."

    # The index of the constraint below begins with the batch.
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="images", db_index=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    index = models.PositiveBigIntegerField(
        help_text="Given by whoever sent it: sending an index again changes nothing."
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    prediction = models.ForeignKey(
        Prediction, models.SET_NULL, null=True, blank=True, related_name="+", help_text="The current answer."
    )
    review = models.ForeignKey(
        "webapp.Review",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="A person's latest word.",
    )

    # The current answer again, so that lists and searches over a million pictures read one table's indexes.
    search_text = models.CharField(max_length=SEARCHABLE, blank=True, editable=False)
    outcome = models.CharField(max_length=10, blank=True, editable=False)
    confidence = models.FloatField(null=True, blank=True, editable=False, help_text="0 where no digits were found.")
    model_version = models.ForeignKey(
        ModelVersion, models.SET_NULL, null=True, blank=True, related_name="+", editable=False, db_index=False
    )
    broken_rule = models.CharField(
        max_length=6, blank=True, choices=Broken.choices, help_text="The rule of its batch that the answer breaks."
    )

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "index"], name="image_index_once_a_batch")]
        indexes = [
            Claimable.open_work_index("image_open_work"),
            # Holds all that a text search looks at, so that it need not visit the rows (benchmarks/pages.py).
            models.Index(fields=["owner", "-created_at", "-id", "name", "search_text"], name="image_search"),
            models.Index(
                fields=["owner", "model_version", "-created_at", "-id"],
                name="image_by_model",
                condition=Q(model_version__isnull=False),
            ),
            # What is rare would be long to look for among a million others.
            models.Index(
                fields=["owner", "outcome", "-created_at", "-id"],
                name="image_without_digits",
                condition=Q(outcome__in=NO_DIGITS),
            ),
            models.Index(
                fields=["owner", "state", "-created_at", "-id"],
                name="image_not_read",
                condition=Q(state__in=NOT_READ),
            ),
            models.Index(
                fields=["owner", "-created_at", "-id"], name="image_reviewed", condition=Q(review__isnull=False)
            ),
            models.Index(
                fields=["batch", "state", "confidence"], name="image_to_review", condition=Q(review__isnull=True)
            ),
            # Instead of the foreign key's own, which most pictures would be in under nothing.
            models.Index(fields=["review"], name="image_of_review", condition=Q(review__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.batch_url}#image-{self.pk}"

    def neighbours(self) -> dict[str, int | None]:
        """The pictures that were handed in right before and after this one."""
        others = Image.objects.filter(batch=self.batch_id).values_list("pk", flat=True)
        return {
            "before": others.filter(index__lt=self.index).order_by("-index").first(),
            "after": others.filter(index__gt=self.index).order_by("index").first(),
        }

    @property
    def batch_url(self) -> str:
        return reverse("batch", args=[self.batch_id])

    @classmethod
    def stored(cls, batch: Batch, index: int, upload: File) -> Self:
        """An unsaved image whose bytes are in storage."""
        return cls(batch=batch, owner_id=batch.owner_id, index=index, **cls.kept(upload))

    @classmethod
    def count_move(cls, ids: list[int], old: State, new: State) -> None:
        batches = Counter(cls.objects.filter(pk__in=ids).values_list("batch_id", flat=True))
        for batch_id, moved in sorted(batches.items()):  # one order everywhere: no deadlock
            Batch.objects.filter(pk=batch_id).count_ended(moved, old, new)

    @property
    def copy_key(self) -> str:
        """Where the worker puts the small re-encoded copy that pages show."""
        return self.key.replace(ORIGINALS, COPIES, 1)

    @property
    def answer(self) -> str:
        """What the site answers: a person's word where there is one, else the model's."""
        if self.review:
            return self.review.text
        return self.prediction.text if self.prediction else ""

    @property
    def standing(self) -> str:
        """How far the answer can be relied on, in one word for pages: the shape and colour of its mark."""
        if self.review:
            return "reviewed"
        if self.state != State.DONE:
            return self.state
        sure = self.prediction and self.prediction.is_sure(self.batch.sure_from) and not self.broken_rule
        return "sure" if sure else "doubtful"

    @property
    def broken_sentence(self) -> str:
        return self.batch.expectations.sentence(self.broken_rule) if self.broken_rule else ""

    def correct(self, reviewer: User, verdict: str, text: str = "", sampled: str = "chosen") -> "Review":
        """Record a person's word on this picture beside what the model had said.

        A second look at a picture that was already known measures the person, so it leaves the answer as it is.
        """
        with transaction.atomic():
            review = self.reviews.create(
                reviewer=reviewer,
                verdict=verdict,
                text=text,
                sampled=sampled,
                prediction=self.prediction,
                model_said=self.prediction.text if self.prediction else "",
            )
            if sampled != review.Sampled.KNOWN:
                self.stand_by(review)
        return review

    def withdraw(self, reviewer: User) -> None:
        """Take back this person's latest word: what stood before it stands again. That too is recorded."""
        with transaction.atomic():
            words = self.standing_words(self.reviews.order_by("pk"))
            if any(word.reviewer_id == reviewer.pk for word in words):
                self.reviews.create(reviewer=reviewer, verdict="withdrawn", prediction=self.prediction)
                words = self.standing_words(self.reviews.order_by("pk"))
                answers = [word for word in words if word.sampled != word.Sampled.KNOWN]
                self.stand_by(answers[-1] if answers else None)

    @staticmethod
    def standing_words(reviews: Iterable["Review"]) -> list["Review"]:
        """Those of these reviews, oldest first, that nobody has taken back."""
        words: list[Review] = []
        for review in reviews:
            if review.verdict != review.Verdict.WITHDRAWN:
                words.append(review)
            elif own := [word for word in words if word.reviewer_id == review.reviewer_id]:
                words.remove(own[-1])
        return words

    def stand_by(self, review: "Review | None") -> None:
        """Make this the word that stands over the model's; with None the model's own stands again."""
        said = self.prediction
        self.review = review
        self.search_text = self.answer[:SEARCHABLE]
        self.outcome = review.outcome if review else said.outcome if said else ""
        self.save(update_fields=["review", "search_text", "outcome"])
        if self.batch.rules:
            Batch.objects.filter(pk=self.batch_id).settle()
            self.refresh_from_db(fields=["broken_rule"])


@receiver(post_delete, sender=Image)
def delete_files(instance: Image, **_: object) -> None:
    """Bytes go with their row, whatever deleted it; once that is committed."""
    transaction.on_commit(partial(default_storage.delete, instance.key))
    transaction.on_commit(partial(default_storage.delete, instance.copy_key))
