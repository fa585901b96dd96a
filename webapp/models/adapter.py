"""What the checked answers of a batch show of how its numbers are written, tried on those that are still doubtful."""

import itertools
from collections import Counter
from typing import ClassVar, Self

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from webapp.models.batch import Batch
from webapp.models.images import answered_by, sort_values
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.rereading import OrderQuerySet, RereadingOrder
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

    def apply_unasked(self) -> None:
        """What has been tried, in batches whose owners have said so."""
        for one in self.filter(trial=self.model.Trial.OPEN, batch__adapts=True).with_outcome():
            if not one.is_open:
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
    def is_worth_telling(self) -> bool:
        """Not what would change nothing, nor what somebody did not want."""
        undecided = self.trial == self.Trial.OPEN and (self.is_open or self.differ or self.sure)
        return bool(undecided) or self.is_applied

    @property
    def is_applied(self) -> bool:
        return self.trial == self.Trial.APPLIED

    @property
    def examples(self) -> list[str]:
        """The most frequent ways to write a number, each as one."""
        return [example(one) for one in list(self.patterns)[:MOST_SHOWN]]

    @property
    def sure(self) -> int:
        """How many pictures it has read surely enough for the dial as it stands."""
        surely = Q(after__outcome=Prediction.Outcome.READ, after__confidence__gte=F("order__batch__sure_from"))
        return self.rereadings.filter(surely).count()

    def apply(self) -> None:
        """What was read so becomes the answers, and is known of what is read from now on."""
        self.turn(self.Trial.APPLIED, "before", "after", self.patterns)

    def undo(self) -> None:
        """Each picture that still has the answer has the one from before, and nothing is known but what was then."""
        earlier = Adapter.objects.filter(batch=self.batch_id, pk__lt=self.pk, trial=self.Trial.APPLIED).last()
        self.turn(self.Trial.LEFT, "after", "before", earlier.patterns if earlier else {})

    def turn(self, trial: str, old: str, new: str, patterns: dict[str, int]) -> None:
        """What has been answered or read again meanwhile stays as it is."""
        assert self.batch
        batch = self.batch
        said = Prediction.objects.filter(pk__in=self.rereadings.values(new))
        texts = list(said.only("image_id", "text"))
        worth = sort_values(texts, dict.fromkeys((one.image_id for one in texts), batch.pk))
        its_own = said.filter(image=OuterRef("pk"))
        answers = answered_by(its_own, Subquery(its_own.values("model_version")[:1]), worth)
        with transaction.atomic():
            images = batch.images.filter(review=None, prediction__in=self.rereadings.values(old), pk__in=worth)
            batch.images.filter(pk__in=images.locked_ids()).update(**answers)
            batch.itself.update(patterns=patterns)
            batch.itself.settle()
            Adapter.objects.filter(pk=self.pk).update(trial=trial)


def example(one: str) -> str:
    """A number that is written so."""
    digits = itertools.cycle("3456789012")
    return "".join("12" if sign == "N" else next(digits) if sign == "d" else sign for sign in one)


def checked_patterns(batch: Batch) -> dict[str, int]:
    """How the numbers of a batch are written of which people have said what they are."""
    answers = batch.images.filter(review__isnull=False, outcome=Prediction.Outcome.READ)
    texts = answers.values_list("search_text", flat=True)
    return dict(Counter(pattern(number) for text in texts for number in text.split()).most_common(MOST_PATTERNS))
