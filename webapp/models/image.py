from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from webapp import jobs
from webapp.models.batch import Batch
from webapp.models.claimable import Claimable, State, parted
from webapp.models.earlier import LONGEST_VALUE
from webapp.models.images import NO_DIGITS, NOT_READ, OTHER, SEARCHABLE, ImageQuerySet, sort_value
from webapp.models.model_version import ModelVersion
from webapp.models.original import ORIGINALS, Original
from webapp.models.prediction import Mark, Number, Piece, Prediction, whole_percent
from webapp.models.rules import Broken
from webapp.models.user import User
from webapp.natural import natural_key
from webapp.notation import Value

if TYPE_CHECKING:
    from webapp.models.review import Review

COPIES = "copies/"


def picture_type(head: bytes | memoryview) -> str:
    """The content type of a copy that a worker has made, from its first bytes."""
    return "image/png" if bytes(head[:4]) == b"\x89PNG" else "image/webp"


class Image(Claimable, Original):
    """One picture of a batch."""

    QUEUES = (jobs.INTERACTIVE, jobs.BULK)
    TRIED_QUEUES = (jobs.QUARANTINE,)
    OWNER = "owner"

    GAVE_UP = "gave_up"

    # The index of the constraint below begins with the batch.
    batch = models.ForeignKey(Batch, models.CASCADE, verbose_name=_("batch"), related_name="images", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"), related_name="+", db_index=False
    )
    index = models.PositiveBigIntegerField(
        _("index"), help_text=_("Given by whoever sent it: sending an index again changes nothing.")
    )
    name_key = models.BinaryField(_("name key"), default=b"", editable=False)  # webapp.natural
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    prediction = models.ForeignKey(
        Prediction,
        models.SET_NULL,
        verbose_name=_("prediction"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The current answer."),
    )
    review = models.ForeignKey(
        "webapp.Review",
        models.SET_NULL,
        verbose_name=_("review"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text=_("A person's latest word."),
    )

    # The current answer again, so that lists and searches over a million pictures read one table's indexes.
    search_text = models.CharField(_("search text"), max_length=SEARCHABLE, blank=True, editable=False)
    sort_value = models.FloatField(
        _("sort value"),
        null=True,
        editable=False,
        help_text=_("Its value, to be sorted and found by."),
    )
    outcome = models.CharField(_("outcome"), max_length=10, blank=True, editable=False)
    confidence = models.FloatField(
        _("confidence"), null=True, blank=True, editable=False, help_text=_("0 where no digits were found.")
    )
    model_version = models.ForeignKey(
        ModelVersion,
        models.SET_NULL,
        verbose_name=_("model version"),
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    hints = models.JSONField(
        _("hints"), default=dict, blank=True, editable=False, help_text=_("What was known when it was read.")
    )
    earlier = models.CharField(
        _("earlier value"),
        max_length=LONGEST_VALUE,
        blank=True,
        editable=False,
        help_text=_("What it had the last time, as it was written then."),
    )
    broken_rule = models.CharField(
        _("broken rule"),
        max_length=6,
        blank=True,
        choices=Broken.choices,
        help_text=_("The rule of its batch that the answer breaks."),
    )

    patterns: dict[str, int]  # of one that a worker opens (ImageQuerySet.to_open)

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [models.UniqueConstraint(fields=["batch", "index"], name="image_index_once_a_batch")]
        indexes = [
            Claimable.open_work_index("image_open_work"),
            # What of one person's waits, however much of others' does.
            models.Index(fields=["owner", "id"], name="image_waiting_of_owner", condition=Q(state__in=[State.WAITING])),
            # Holds all that a search looks at, so that it need not visit the rows (benchmarks/pages.py).
            models.Index(
                fields=["owner", "-created_at", "-id", "name", "search_text", "sort_value", "batch"],
                name="image_search",
            ),
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
            # Whether its owner has the same bytes elsewhere; holds all that is asked for.
            models.Index(fields=["owner", "sha256", "batch"], name="image_same_bytes"),
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
        facts = cls.kept(upload)
        key = natural_key(facts["name"])
        return cls(batch=batch, owner_id=batch.owner_id, index=index, name_key=key, **facts)

    @classmethod
    def count_move(cls, ids: list[int], old: State, new: State) -> None:
        batches = parted(cls.objects.filter(pk__in=ids).values_list("batch_id", "pk"), lambda row: row[0])
        for batch_id, rows in sorted(batches.items()):  # one order everywhere: no deadlock
            moved = [pk for _, pk in rows]
            Batch.objects.filter(pk=batch_id).count_ended(moved, old, new)

    @property
    def copy_key(self) -> str:
        """Where the worker puts the small re-encoded copy that pages show."""
        return self.key.replace(ORIGINALS, COPIES, 1)

    def delete_bytes(self) -> None:
        for key in (self.key, self.copy_key, self.large_key):
            default_storage.delete(key)

    @property
    def large_key(self) -> str:
        """Where a worker puts the large one, once somebody has asked for it."""
        return f"{self.copy_key}.large"

    @property
    def answer(self) -> str:
        """What the site answers: a person's word where there is one, else the model's."""
        if self.review:
            return self.review.text
        return self.prediction.text if self.prediction else ""

    @property
    def value(self) -> Value | None:
        """What the answer is worth, exactly."""
        return self.worth(self.answer)

    @property
    def earlier_value(self) -> Value | None:
        """What it had the last time; as it was written where that has no value."""
        value = self.batch.noted.value(self.earlier)
        return (self.earlier or None) if value is None else value

    def worth(self, text: str) -> Value | None:
        """What this answer, or one of its numbers, is worth: some other text than a number nothing."""
        return None if self.outcome == OTHER else self.batch.noted.value(text)

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
    def is_sure_against_a_rule(self) -> bool:
        """Asked for since it breaks a rule alone: far likelier wrong than others that are as sure."""
        return bool(self.broken_rule and self.prediction and self.prediction.is_sure(self.batch.sure_from))

    @property
    def is_accepted_by_average(self) -> bool:
        """It is less sure than the accepted are to be, and surer ones make up for that."""
        said = self.prediction
        return said is not None and self.standing == "sure" and self.likely < self.batch.precision

    @property
    def likely(self) -> float:
        """How likely the model's answer is right: as sure as it says, or by what was checked in its batch."""
        return self.batch.curve.likely(self.prediction.confidence) if self.prediction else 0.0

    @property
    def percent(self) -> int:
        return whole_percent(self.likely)

    @property
    def marks(self) -> list[Mark]:
        """Where on the picture something was found, and what of it makes the answer doubtful."""
        return self.prediction.marks(self.batch.sure_from) if self.prediction else []

    @property
    def has_doubtful_marks(self) -> bool:
        return any(mark.doubtful for mark in self.marks)

    @property
    def strip(self) -> list[list[Piece]]:
        return self.prediction.strip(self.batch.sure_from) if self.prediction else []

    @property
    def numbers(self) -> list[list[Number]]:
        """What was read line by line and number by number, where there are several."""
        return self.prediction.numbers(self.batch.sure_from) if self.prediction else []

    @property
    def places(self) -> list[dict[str, Any]]:
        """Per mark its likeliest classes; what is doubtful says so."""
        if not self.prediction:
            return []
        doubtful = self.prediction.doubtful_places(self.batch.sure_from)
        return [row | {"doubtful": row["place"] - 1 in doubtful} for row in self.prediction.top_three]

    @property
    def broken_sentence(self) -> str:
        if not self.broken_rule:
            return ""
        return self.batch.broken_sentence(self.broken_rule, self.search_text, self.earlier)

    def say(
        self, reviewer: User, verdict: str, text: str = "", sampled: str = "chosen", seen: int | None = None
    ) -> "Review":
        """Record the word of somebody who saw this picture with the word `seen` on it, or with none.

        What somebody else has said since goes on standing, and this word is kept beside it: who is to decide between
        the two should know of both (`Review.met`).
        """
        with transaction.atomic():
            one_after_the_other = Image.objects.select_for_update()
            self.refresh_from_db(fields=["review"], from_queryset=one_after_the_other)
            came = self.review if self.review_id != seen and sampled != "known" else None
            word = self.correct(reviewer, verdict, text, sampled, beside=bool(came and came.reviewer_id != reviewer.pk))
        word.met = came
        return word

    def correct(
        self, reviewer: User, verdict: str, text: str = "", sampled: str = "chosen", beside: bool = False
    ) -> "Review":
        """Record a person's word on this picture beside what the model had said; it stands from now on.

        A second look at a picture that was already known measures the person, so it leaves the answer as it is.
        """
        with transaction.atomic(savepoint=False):
            self.batch.choose_side()
            if sampled == "doubtful" and self.is_sure_against_a_rule:
                sampled = "rule"
            review = self.reviews.create(
                reviewer=reviewer,
                verdict=verdict,
                text=text,
                sampled=sampled,
                beside=beside,
                prediction=self.prediction,
                model_said=self.prediction.text if self.prediction else "",
            )
            if sampled != review.Sampled.KNOWN and not beside:
                self.stand_by(review)
        return review

    def latest_word(self, reviewer: User) -> "Review | None":
        return self.reviews.filter(reviewer=reviewer).exclude(verdict="withdrawn").order_by("pk").last()

    def withdraw(self, reviewer: User) -> None:
        """Take back this person's latest word: what stood before it stands again. That too is recorded."""
        with transaction.atomic():
            words = self.standing_words(self.reviews.order_by("pk"))
            if any(word.reviewer_id == reviewer.pk for word in words):
                self.reviews.create(reviewer=reviewer, verdict="withdrawn", prediction=self.prediction)
                words = self.standing_words(self.reviews.order_by("pk"))
                answers = [word for word in words if word.sampled != word.Sampled.KNOWN]
                answers.sort(key=lambda word: not word.beside)  # those that have stood, last
                self.stand_by(answers[-1] if answers else None)

    @property
    def words_beside(self) -> "list[Review]":
        """What others have said who did not know of the word that stands."""
        words = self.standing_words(self.reviews.select_related("reviewer").order_by("pk"))
        return [word for word in words if word.beside and word.pk > (self.review_id or 0)]

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
        said, before = self.prediction, self.search_text
        self.review = review
        self.search_text = self.answer[:SEARCHABLE]
        self.sort_value = sort_value(self.answer, self.batch.noted)
        self.outcome = review.outcome if review else said.outcome if said else ""
        self.save(update_fields=["review", "search_text", "sort_value", "outcome"])
        if self.batch.checks_answers:
            self.batch.recheck(self, before)
            self.refresh_from_db(fields=["broken_rule"])


@receiver(post_delete, sender=Image)
def delete_files(instance: Image, **_: object) -> None:
    """Bytes go with their row, whatever deleted it; once that is committed."""
    transaction.on_commit(instance.delete_bytes)
