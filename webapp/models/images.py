"""Many images at once: which ones, and what becomes of them together."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from math import copysign, isfinite
from sys import float_info
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Case, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Left, Replace
from django.utils import timezone

from webapp import jobs
from webapp.models.batch import Batch, BatchQuerySet, start_of
from webapp.models.batch.part import PartQuerySet
from webapp.models.claimable import SMALL_GROUP, State, is_one_of, parted
from webapp.models.earlier import EarlierValue
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.rules import identity, number_in
from webapp.notation import AS_WRITTEN, Notation, sort_key
from webapp.sought import NUMBERS, Sought, near
from webapp.symbols import typed

if TYPE_CHECKING:
    from webapp.models.image import Image  # noqa: F401 (named in the class's head, which ruff does not read)

# Of an answer of many lines this much can be searched for; an index entry has an end.
SEARCHABLE = 200

# Of a prediction, what is kept of each of its marks.
LONG = ("prediction__glyphs", "prediction__digits")

# What `Batch.queue` looks at.
QUEUED_BY = ("batch__expected", "batch__image_count", "batch__count_before")

# What a person has kept as some other text than a number: it counts as none, whatever stands in it (Review.Verdict).
OTHER = "other"

# What is rare has indexes of its own.
NOT_READ = ("failed", "cancelled")
NO_DIGITS = ("blank", "unclear", "unreadable", OTHER)


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
            held = dict(rows.select_for_update().values_list("pk", "batch"))
            kept = [prediction for prediction in predictions if prediction.image_id in held]
            Prediction.objects.upsert(kept)
            changes = answered_by(said, one.model_version, sort_values(kept, held))
            return self.finish(fence, held, ended_at=timezone.now(), **changes)

    def of_pictures(self, pictures: Collection[int]) -> Self:
        return self.filter(pk__in=pictures)

    def pictures(self, fence: int, ids: Collection[int]) -> Self:
        """What a worker that holds these is to open, with what their batches know of them."""
        return self.held_by(fence).filter(pk__in=ids).to_open()

    def to_open(self, patterns: Any = None) -> Self:
        """For a worker, with what is known of their numbers: the batch's `patterns`, or these."""
        known = F("batch__patterns") if patterns is None else Value(patterns, models.JSONField())
        return self.select_related("batch").only("pk", "file", "batch__hints").annotate(patterns=known)

    def fail_pictures(self, fence: int, ids: Collection[int], code: str, **values: Any) -> list[int]:
        return self.fail(fence, ids, code, **values)

    def send(self, most: int = jobs.CHUNK_SIZE) -> None:
        """Tell the queue of these, each batch's pictures on its own batch's queue, at most so many in a message, and
        none with another person's."""
        rows = self.select_related("batch").only("pk", "size", "owner", *QUEUED_BY)
        for (queue, _), images in parted(rows, lambda image: (image.batch.queue, image.owner_id)).items():
            jobs.read_images(images, queue, most)

    def send_tried(self) -> None:
        """To the process kept for what may be poisonous: in small groups, and what was tried twice alone."""
        rows = self.only("pk", "size", "owner", "attempts")
        for images in parted(rows, lambda image: image.owner_id).values():
            jobs.read_in_quarantine([one for one in images if one.attempts == 1], together=SMALL_GROUP)
            jobs.read_in_quarantine([one for one in images if one.attempts > 1], together=1)

    def first_turn(self) -> list[int]:
        return next(jobs.chunks(self.order_by("pk").only("pk", "size")[: jobs.CHUNK_SIZE]), [])

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

    def answering(self, text: str, noted: Notation = AS_WRITTEN, apart: BatchQuerySet | None = None) -> Self:
        """Whose answer has `text` in it, or is worth as much; of a range, `12..20`, those in it.

        `noted` is how their batch is written. What is worth something else than a number is kept `apart`.
        """
        meant = typed(text)
        sought = Sought.of(meant, noted)
        worth = sought.worth
        if worth and apart is not None:
            worth &= ~Q(batch__in=apart.values("pk"))
        has = Q(search_text__contains=text)
        if meant != text:  # which a note may have all the same
            has |= Q(search_text__contains=meant)
        return self.filter(worth if sought.is_range else has | worth) if text else self

    def with_number(self, texts: Iterable[str], noted: Notation) -> Self:
        """Whose answer is one of these numbers, however it is grouped and written; and some that only may be."""
        bare = Replace(Replace("search_text", Value(" ")), Value("\n"))
        texts = [text for text in texts if text]
        found = Q(number__in=[number_in(text) for text in texts])
        for text in texts:
            found |= near(sort_key(identity(text, noted)))
        if not noted.kind:  # what is grouped has a value only once it is put together
            found |= Q(sort_value=None) & (Q(search_text__contains=" ") | Q(search_text__contains="\n"))
        return self.filter(pk__in=self.alias(number=bare).filter(found) if texts else [])

    def value_anew(self, batch: BatchQuerySet) -> None:
        """Note what these pictures' answers are worth by the notation of their batch, and what they had before."""
        with transaction.atomic():
            rows = list(self.order_by("pk").select_for_update().values_list("pk", "search_text", "sort_value"))
            for noted in batch.notations().values():
                values = {pk: value for pk, text, old in rows if (value := sort_value(text, noted)) != old}
                self.filter(pk__in=values).update(sort_value=Under(values))
            same_name = EarlierValue.objects.filter(batch=OuterRef("batch"), name=OuterRef("name"))
            known = Coalesce(Subquery(same_name.values("text")), Value(""))
            self.exclude(earlier=known).update(earlier=known)

    def numbers(self) -> Self:
        """But for those that a person has kept as some other text."""
        return self.exclude(outcome=OTHER)

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


class Under(Func):
    """The number that stands under each row's key, in one parameter however many there are.

    In two steps: SQLite goes through an object from its beginning (4.0 ms for 1,024 rows at once, 1.8 ms so).
    """

    output_field = models.FloatField()
    LAST_BITS = 31

    def __init__(self, values: Mapping[int, float | None]) -> None:
        parts: dict[int, dict[int, float | None]] = {}
        for pk, value in values.items():
            parts.setdefault(pk & self.LAST_BITS, {})[pk] = value
        super().__init__(Value(json.dumps(parts)), F("pk"))

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        (values, params), (pk, _none) = map(compiler.compile, self.get_source_expressions())
        return f"JSON_EXTRACT({values}, '$.' || ({pk} & {self.LAST_BITS}) || '.' || {pk})", params

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        (values, params), (pk, _none) = map(compiler.compile, self.get_source_expressions())
        part = f"CAST({values} AS JSONB) -> CAST({pk} & {self.LAST_BITS} AS TEXT)"
        return f"CAST({part} ->> CAST({pk} AS TEXT) AS DOUBLE PRECISION)", params


def sort_value(text: str, noted: Notation) -> float | None:
    """Where an answer stands among others of its kind. JSON has no infinity."""
    if text.isdigit() and text[0] != "0" and noted.kind in NUMBERS:  # most are, and a worker reads thousands a second
        return float(text[:SEARCHABLE])
    key = sort_key(noted.value(text[:SEARCHABLE]))
    return key if key is None or isfinite(key) else copysign(float_info.max, key)


def sort_values(predictions: Iterable[Prediction], batches: Mapping[int, int]) -> dict[int, float | None]:
    """By their pictures, which are of these `batches`."""
    noted = Batch.objects.filter(pk__in=set(batches.values())).notations()
    return {one.image_id: sort_value(one.text, noted[batches[one.image_id]]) for one in predictions}


# How sure the model is of these digits: not at all where it found none.
SURENESS = Case(When(outcome=Prediction.Outcome.READ, then=F("confidence")), default=0.0)


def answered_by(
    said: models.QuerySet[Prediction], version: ModelVersion | Subquery, worth: Mapping[int, float | None]
) -> dict[str, Any]:
    """What changes on images when `said` (one prediction for each, by OuterRef) becomes their current prediction: what
    it is `worth`, by image.

    What a person has said of a picture stays its answer.
    """

    def value(column: str) -> Subquery:
        return Subquery(said.values(column)[:1])

    def unless_reviewed(column: str, new: Any) -> Case:
        return Case(When(review=None, then=new), default=F(column))

    return {
        "prediction": value("pk"),
        "model_version": version,
        "hints": value("hints"),
        "confidence": Subquery(said.values(sure=SURENESS)[:1]),
        "outcome": unless_reviewed("outcome", value("outcome")),
        "search_text": unless_reviewed("search_text", Left(value("text"), SEARCHABLE)),
        "sort_value": unless_reviewed("sort_value", Under(worth)),
    }
