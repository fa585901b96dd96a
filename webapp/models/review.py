from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.models.batch import Batch
from webapp.models.batch.sides import is_held_out
from webapp.models.claimable import State
from webapp.models.image import Image
from webapp.models.images import OTHER, SEARCHABLE, sort_value
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction

WITH_TEXT = ("text", "other")
# With fewer pictures drawn by lot than this, their share of mistakes says too little.
FEWEST_RANDOM_CHECKS = 30
# With fewer known ones, how often somebody is wrong.
FEWEST_KNOWN_CHECKS = 30
# Of a page of numbers, in a sentence.
SHORT = 40
# Of what is no number: a word or a note, not a page.
LONGEST_OTHER = 100

# By a person's word. A model that found no number was right where some other text stands; one that read a number there
# was wrong, for whoever takes its answers away gets one that is not on the paper.
MODEL_RIGHT = Q(model_said=F("text")) & ~Q(verdict="unreadable") | Q(model_said="", verdict="other")


LATELY, MOST_LOOKED_AT = timedelta(hours=1), 5_000


class KnownChecks(NamedTuple):
    """How many known pictures somebody was shown, and on how many they said something other than what is known."""

    shown: int
    other: int


NOBODY = KnownChecks(0, 0)
AGREES = Q(verdict=F("image__review__verdict"), text=F("image__review__text"))


class ReviewQuerySet(models.QuerySet["Review"]):
    def random_checks(self) -> Self:
        """Words on pictures that were drawn by lot from the sure ones, and still stand."""
        return self.filter(sampled=Review.Sampled.RANDOM, pk=F("image__review"))

    def lately(self) -> Self:
        """Those of the last hour, or as many of them as are soon looked at."""
        newest = self.model.objects.order_by("-pk").values("pk")[:MOST_LOOKED_AT]
        return self.filter(pk__in=newest, created_at__gte=timezone.now() - LATELY)

    def by_lot(self) -> Self:
        """The same, and those that were drawn for a promise: hundreds of one batch, so they tell of that one alone."""
        return self.standing().filter(sampled__in=[Review.Sampled.RANDOM, Review.Sampled.CERTIFY])

    def model_was_right(self) -> Self:
        return self.filter(MODEL_RIGHT)

    def of_what_was_read(self, batch: Batch) -> list[tuple[float, bool]]:
        """Of each answer of a batch that was checked how sure it was, and whether it was right.

        What somebody has picked out is left out: one corrects what is wrong, and passes over what is not. So is what
        was read otherwise than the others are by now, and what was asked only since it breaks a rule.
        """
        asked = [Review.Sampled.DOUBTFUL, Review.Sampled.RANDOM, Review.Sampled.CERTIFY]
        checked = self.standing().filter(
            image__batch=batch,
            sampled__in=asked,
            prediction__outcome=Prediction.Outcome.READ,
            prediction__model_version=F("image__model_version"),
            prediction__patterns=batch.patterns,
        )
        right = Case(When(MODEL_RIGHT, then=True), default=False)
        return list(checked.order_by().values_list("prediction__confidence", right))

    def known_checks(self) -> Self:
        """Second looks at pictures whose number was known; they never change that answer.

        Two people write one and the same note in two ways: pictures of some other text measure nobody.
        """
        taken_back = self.model.objects.filter(
            image=OuterRef("image"), reviewer=OuterRef("reviewer"), pk__gt=OuterRef("pk"), verdict="withdrawn"
        )
        known = self.filter(sampled=Review.Sampled.KNOWN).exclude(verdict=Review.Verdict.WITHDRAWN)
        known = known.exclude(image__outcome=OTHER)
        return known.exclude(Exists(taken_back))

    def by_person(self, people: Iterable[int]) -> dict[int, KnownChecks]:
        """What these checks say of each of these people."""
        rows = self.filter(reviewer__in=people, image__review__isnull=False).order_by().values_list("reviewer")
        counted = rows.annotate(shown=Count("pk"), agreed=Count("pk", filter=AGREES))
        return {person: KnownChecks(shown, shown - agreed) for person, shown, agreed in counted}

    def standing(self) -> Self:
        """The words that are their pictures' answers now."""
        return self.filter(pk=F("image__review"))

    def lessons(self, held_out: bool) -> Self:
        """Digits that people gave to pictures a model has read: to judge models by, or to learn from."""
        told = self.standing().filter(verdict=Review.Verdict.TEXT, image__batch__deleting_since=None)
        told = told.filter(is_held_out()) if held_out else told.exclude(is_held_out())
        return told.exclude(prediction=None, image__prediction=None).order_by("pk")

    def share_of_mistakes(self, version: ModelVersion) -> float | None:
        """What share of all it read a model had wrong, by pictures drawn by lot; None where too few were.

        Only sure answers are drawn, so doubtful ones count by the reviews that people are asked for. The held-out
        numbers are weighed by this: what is no number is none of them, and counts on neither side.
        """
        its_own = self.filter(prediction__model_version=version).exclude(verdict=Review.Verdict.OTHER)
        checks, asked = its_own.random_checks(), its_own.standing().filter(sampled=Review.Sampled.DOUBTFUL)
        drawn, doubtful = checks.count(), asked.count()
        if drawn < FEWEST_RANDOM_CHECKS:
            return None
        read = Image.objects.filter(state=State.DONE, model_version=version)
        sure = read.filter(confidence__gte=F("batch__sure_from")).count() / max(read.count(), 1)
        wrong_sure = 1 - checks.model_was_right().count() / drawn
        wrong_doubtful = 1 - asked.model_was_right().count() / doubtful if doubtful else wrong_sure
        return sure * wrong_sure + (1 - sure) * wrong_doubtful

    def bring(self, images: Iterable[Image], labels: Mapping[int, str]) -> None:
        """Record answers that came with their pictures, by the pictures' indexes, as the word of who handed them in.

        "" says that a picture is blank. No model has read any of them yet.
        """
        answered = [image for image in images if image.index in labels]
        words = self.bulk_create(self.model.brought(image, labels[image.index]) for image in answered)
        for image, word in zip(answered, words, strict=True):
            image.review, image.outcome, image.search_text = word, word.outcome, word.text[:SEARCHABLE]
            image.sort_value = sort_value(word.text, image.batch.noted)
        Image.objects.bulk_update(answered, ["review", "outcome", "search_text", "sort_value"])

    def agreeing(self) -> Self:
        """Those that say the same as the answer that stands."""
        return self.filter(AGREES)


class Review(models.Model):
    """A person's word on a picture. Append-only: a second thought is a second row."""

    class Verdict(models.TextChoices):
        TEXT = "text", _("Number")
        BLANK = "blank", _("Blank")
        OTHER = "other", _("Other text")
        UNREADABLE = "unreadable", _("Unreadable")
        WITHDRAWN = "withdrawn", _("Taken back")

    class Sampled(models.TextChoices):
        """Why this picture was looked at. Only those drawn by lot measure the model, only the known ones the person."""

        CHOSEN = "chosen", _("Chosen by the person")
        DOUBTFUL = "doubtful", _("Doubtful")
        RANDOM = "random", _("Drawn from the sure ones")
        CERTIFY = "certify", _("Drawn for a promise")
        KNOWN = "known", _("Already known")
        BROUGHT = "brought", _("Came with the picture")
        RULE = "rule", _("Sure, but against a rule")

    image = models.ForeignKey(Image, models.CASCADE, verbose_name=_("image"), related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("reviewer"), null=True, related_name="reviews"
    )
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices)
    text = models.TextField(_("text"), blank=True)
    prediction = models.ForeignKey(
        Prediction, models.SET_NULL, verbose_name=_("prediction"), null=True, blank=True, related_name="+"
    )
    model_said = models.TextField(_("model said"), blank=True)
    sampled = models.CharField(_("sampled"), max_length=8, choices=Sampled.choices, default=Sampled.CHOSEN)
    beside = models.BooleanField(
        _("beside"),
        default=False,
        help_text=_("Somebody else's word came first and stands; this one is kept beside it."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    # The word that had come meanwhile; known only where this one has just been said.
    met: "Review | None" = None

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(
                name="review_text_only_with_digits",
                condition=Q(verdict__in=WITH_TEXT) & ~Q(text="") | ~Q(verdict__in=WITH_TEXT) & Q(text=""),
            ),
        ]

    def __str__(self) -> str:
        return self.text or self.get_verdict_display()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A review is never changed; record another.")
        super().save(*args, **kwargs)

    @classmethod
    def brought(cls, image: Image, text: str) -> Self:
        """An unsaved word that came with its picture."""
        verdict = cls.Verdict.TEXT if text else cls.Verdict.BLANK
        return cls(image=image, reviewer_id=image.owner_id, verdict=verdict, text=text, sampled=cls.Sampled.BROUGHT)

    @property
    def told(self) -> str:
        """For whoever has just said this: what has come meanwhile that says otherwise, and which of the two stands."""
        met = self.met
        if met is None or (met.verdict, met.text) == (self.verdict, self.text):
            return ""
        facts = {"name": self.image.name, "theirs": met.short, "yours": self.short}
        if met.reviewer_id == self.reviewer_id:
            return gettext("%(name)s: you had said “%(theirs)s” meanwhile; “%(yours)s” stands now.") % facts
        said = gettext(
            "%(name)s: %(who)s has said “%(theirs)s” meanwhile, and that stands; your “%(yours)s” is kept beside it."
        )
        return said % (facts | {"who": met.reviewer or gettext("a former user")})

    @property
    def short(self) -> str:
        return Truncator(" ".join(str(self).split())).chars(SHORT)

    @property
    def outcome(self) -> str:
        """What the picture is by this word: `read` where it gives a number, else its verdict."""
        return "read" if self.verdict == self.Verdict.TEXT else self.verdict
