"""Many images at once: which ones, and what becomes of them together."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Left, Replace
from django.utils import timezone

from webapp import jobs
from webapp.models.batch import Batch, start_of
from webapp.models.batch.part import PartQuerySet
from webapp.models.claimable import SMALL_GROUP, State, is_one_of
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.rules import number_in

if TYPE_CHECKING:
    from webapp.models.image import Image

# Of an answer of many lines this much can be searched for; an index entry has an end.
SEARCHABLE = 200

# Of a prediction, what is kept of each of its marks.
LONG = ("prediction__glyphs", "prediction__digits")

# What `Batch.queue` looks at.
QUEUED_BY = ("batch__expected", "batch__image_count", "batch__count_before")

# What is rare has indexes of its own.
NOT_READ = ("failed", "cancelled")
NO_DIGITS = ("blank", "unclear", "unreadable")


class ImageQuerySet(PartQuerySet["Image"]):
    def drawings(self) -> Self:
        return self.filter(batch__source=Batch.Source.DRAWING)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def with_answers(self) -> Self:
        related = self.select_related("prediction__model_version", "review__reviewer", "batch")
        return related.defer("prediction__model_version__card")  # a model's report card is long

    def record(self, fence: int, predictions: Collection[Prediction]) -> list[int]:
        """Store what one model version read and end these images, in one transaction.

        Only images still held by `fence` get their prediction: a result that comes too late is discarded. Returns the
        ids of the images that ended.
        """
        if not predictions:
            return []
        one = next(iter(predictions))
        said = Prediction.objects.filter(image=OuterRef("pk"), model_version=one.model_version_id).newest_first()
        with transaction.atomic():
            rows = self.held_by(fence).filter(pk__in=[p.image_id for p in predictions]).order_by("pk")
            held = set(rows.select_for_update().values_list("pk", flat=True))
            Prediction.objects.upsert(prediction for prediction in predictions if prediction.image_id in held)
            return self.finish(fence, held, ended_at=timezone.now(), **answered_by(said))

    def pictures(self, fence: int, ids: Collection[int]) -> Self:
        """What a worker that holds these is to open, with what their batches know of them."""
        return self.held_by(fence).filter(pk__in=ids).to_open()

    def to_open(self) -> Self:
        return self.select_related("batch").only("pk", "file", "batch__hints")

    def fail_pictures(self, fence: int, ids: Collection[int], code: str, **values: Any) -> list[int]:
        return self.fail(fence, ids, code, **values)

    def send(self) -> None:
        """Tell the queue of these, each batch's pictures on its own batch's queue."""
        by_queue: dict[str, list[Image]] = {}
        for image in self.select_related("batch").only("pk", "size", *QUEUED_BY):
            by_queue.setdefault(image.batch.queue, []).append(image)
        for queue, images in by_queue.items():
            jobs.read_images(images, queue)

    def send_tried(self) -> None:
        """To the process kept for what may be poisonous: in small groups, and what was tried twice alone."""
        tried = self.only("pk", "size")
        jobs.read_in_quarantine(tried.filter(attempts=1), together=SMALL_GROUP)
        jobs.read_in_quarantine(tried.filter(attempts__gt=1), together=1)

    def without_pixels(self) -> Self:
        """For lists and exports: leave out what only a picture's own page needs."""
        return self.defer(*LONG, "prediction__lines", "prediction__copy")

    def for_programs(self) -> Self:
        """With what is told of each to programs: its numbers one by one, too."""
        return self.with_answers().defer(*LONG, "prediction__copy")

    def for_cards(self) -> Self:
        """With what a card shows, and without what only a picture's own page does."""
        return self.with_answers().defer(*LONG, "prediction__lines")

    def sure(self) -> Self:
        return self.filter(~self.is_doubtful(), state=State.DONE, review=None)

    def doubtful(self) -> Self:
        return self.filter(self.is_doubtful(), state=State.DONE)

    def reviewed(self) -> Self:
        return self.exclude(review=None)

    def answered(self) -> Self:
        """By the model, or by a person where the model could not."""
        return self.filter(Q(state=State.DONE) | Q(review__isnull=False))

    def failed(self) -> Self:
        return self.filter(state=State.FAILED, review=None)

    def outdated(self, champion: ModelVersion) -> Self:
        """Read by another model, or with other hints than their batch has now."""
        return self.filter(state=State.DONE).exclude(model_version=champion.pk, hints=F("batch__hints"))

    def by_error(self) -> list[dict[str, Any]]:
        """For each code under which these failed, the most frequent first: how many did, and the error of one."""
        rows = self.order_by().values("error_code").annotate(count=models.Count("pk"), one=models.Max("pk"))
        errors = {image.pk: image.error for image in self.model.objects.filter(pk__in=[row["one"] for row in rows])}
        known = [row | {"error": errors[row["one"]]} for row in rows if row["one"] in errors]
        return sorted(known, key=lambda row: -row["count"])

    def with_bytes(self, digests: Collection[str]) -> Self:
        return self.filter(sha256__in=digests)

    def cancelled(self) -> Self:
        return self.filter(state=State.CANCELLED)

    def answering(self, text: str) -> Self:
        """Whose answer has `text` in it: a person's word where there is one, else the model's."""
        return self.filter(search_text__contains=text) if text else self

    def with_number(self, texts: Iterable[str]) -> Self:
        """Whose answer is one of these numbers, however its digits are grouped."""
        digits = Replace(Replace("search_text", Value(" ")), Value("\n"))
        return self.filter(
            pk__in=self.alias(number=digits).filter(number__in={number_in(text) for text in texts} - {""})
        )

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
        "hints": value("hints"),
        "confidence": Subquery(said.values(sure=SURENESS)[:1]),
        "outcome": unless_reviewed("outcome", value("outcome")),
        "search_text": unless_reviewed("search_text", Left(value("text"), SEARCHABLE)),
    }
