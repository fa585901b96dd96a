"""What the checked answers of a batch show of how its numbers are written, tried on those that are still doubtful."""

import itertools
from collections import Counter
from typing import ClassVar, Self

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Length

from webapp.models.batch import Batch
from webapp.models.images import SEARCHABLE, answered_by, sort_value
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.rereading import OrderQuerySet, RereadingOrder, RereadingQuerySet
from webapp.symbols import pattern

FEWEST = 16
AGAIN_AFTER = 2  # times as many: half of what is known is new
# Of so many different ways to write a number most have been seen once, and tell nothing.
MOST_PATTERNS, MOST_SHOWN = 50, 3


class AdapterQuerySet(OrderQuerySet["Adapter"]):
    def of(self, batch: Batch) -> Self:
        """The last first, each with its outcome."""
        return self.trials().filter(batch=batch).newest_first().with_outcome()

    def standing(self, batch: Batch) -> Self:
        """First what is to be decided on, or has been applied last."""
        return self.of(batch).exclude(trial=self.model.Trial.LEFT)

    def conclude(self) -> None:
        """What has been tried is applied where its owner has said so, and left where it changes nothing."""
        for one in self.filter(trial=self.model.Trial.OPEN).select_related("batch").with_outcome():
            if one.is_open:
                continue
            if not (one.changed or one.sure):
                one.leave()
            elif one.batch and one.batch.adapts:
                one.apply()


class Adapter(RereadingOrder):
    """It never counts for another batch, and never becomes part of a model."""

    objects: ClassVar[AdapterQuerySet] = AdapterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        proxy = True

    @classmethod
    def tried(cls, batch: Batch) -> "Adapter | None":
        """Have the doubtful rest of a batch read again as what is checked by now is written; None where that tells too
        little, or little more than when it was done last."""
        champion, last = ModelVersion.objects.champion(), cls.objects.of(batch).first()
        patterns = checked_patterns(batch)
        enough = AGAIN_AFTER * last.checked if last else FEWEST
        if champion is None or (last and last.is_open) or sum(patterns.values()) < enough:
            return None
        facts = {"asked_by_id": batch.owner_id, "batch": batch, "model_version": champion, "patterns": patterns}
        one = cls(**facts, trial=cls.Trial.OPEN)
        if not one.read_again(batch.images.doubtful().filter(outcome=Prediction.Outcome.READ)):
            return None
        cls.objects.filter(batch=batch, trial=cls.Trial.OPEN).exclude(pk=one.pk).update(trial=cls.Trial.LEFT)
        return one

    @property
    def checked(self) -> int:
        """How many numbers it knows of."""
        return sum(self.patterns.values())

    @property
    def is_applied(self) -> bool:
        return self.trial == self.Trial.APPLIED

    @property
    def examples(self) -> list[str]:
        """The most frequent ways to write a number, each as one."""
        return [example(one) for one, _ in Counter(self.patterns).most_common(MOST_SHOWN)]

    @property
    def unchecked(self) -> RereadingQuerySet:
        """What nobody has said anything of since."""
        return self.rereadings.filter(image__review=None)

    @property
    def changed(self) -> int:
        """How many answers it would change, or has changed."""
        return self.unchecked.differing().count()

    @property
    def sure(self) -> int:
        """How many pictures it has read surely enough for the dial as it stands."""
        surely = Q(after__outcome=Prediction.Outcome.READ, after__confidence__gte=F("order__batch__sure_from"))
        return self.unchecked.filter(surely, image__broken_rule="").count()

    def apply(self) -> None:
        """What was read so becomes the answers, and is known of what is read from now on."""
        with transaction.atomic():
            if self.becomes(self.Trial.APPLIED, self.Trial.OPEN):
                self.point("before", "after", self.patterns)

    def leave(self) -> None:
        self.becomes(self.Trial.LEFT, self.Trial.OPEN)

    def undo(self) -> None:
        """Each picture that still has the answer has the one from before; what was first read so is read again without,
        and nothing is known but what was then."""
        with transaction.atomic():
            if self.becomes(self.Trial.LEFT, self.Trial.APPLIED):
                applied = Adapter.objects.filter(batch=self.batch_id, trial=self.Trial.APPLIED).order_by("pk").last()
                self.point("after", "before", applied.patterns if applied else {})
                again = RereadingOrder(asked_by=self.asked_by, batch=self.batch, model_version=self.model_version)
                assert self.batch
                again.read_again(self.batch.images.filter(prediction__patterns=self.patterns, review=None))

    def becomes(self, trial: str, before: str) -> bool:
        """Whether this is done: once, however many ask for it, and not to one that another has come after."""
        after = Adapter.objects.filter(batch=self.batch_id, pk__gt=self.pk).trials().exclude(trial=self.Trial.LEFT)
        mine = Adapter.objects.filter(pk=self.pk, trial=before)
        return not after.exists() and bool(mine.update(trial=trial))

    def point(self, old: str, new: str, patterns: dict[str, int]) -> None:
        """From the `old` to the `new` of each picture's two answers; what has been said or read meanwhile stays."""
        assert self.batch
        read = self.rereadings.filter(image=OuterRef("pk"), after__isnull=False, before__isnull=False)
        images = self.batch.images.filter(Exists(read.filter(**{old: OuterRef("prediction")})), review=None)
        held = set(images.order_by("pk").select_for_update().values_list("pk", flat=True))
        texts = self.rereadings.values_list("image", f"{new}__text")
        worth = {pk: sort_value(text, self.batch.noted) for pk, text in texts if pk in held}
        its_own = self.rereadings.filter(image=OuterRef(OuterRef("pk")))
        said = Prediction.objects.filter(pk=Subquery(its_own.values(new)[:1]))
        images.update(**answered_by(said, Subquery(said.values("model_version")[:1]), worth))
        self.batch.itself.update(patterns=patterns)
        self.batch.itself.settle()


def example(one: str) -> str:
    """A number that is written so."""
    digits = itertools.cycle("3456789012")
    return "".join("12" if sign == "N" else next(digits) if sign == "d" else sign for sign in one)


def checked_patterns(batch: Batch) -> dict[str, int]:
    """How the numbers of a batch are written of which people have said what they are."""
    answers = batch.images.filter(review__isnull=False, outcome=Prediction.Outcome.READ)
    texts = (
        answers.annotate(length=Length("search_text"))
        .filter(length__lt=SEARCHABLE)
        .values_list("search_text", flat=True)
    )
    return dict(Counter(pattern(number) for text in texts for number in text.split()).most_common(MOST_PATTERNS))
