from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.claimable import State
from webapp.models.image import Image
from webapp.models.prediction import Prediction

# With fewer pictures drawn by lot than this, their share of mistakes says too little.
FEWEST_RANDOM_CHECKS = 30


class ReviewQuerySet(models.QuerySet["Review"]):
    def random_checks(self) -> Self:
        """Words on pictures that were drawn by lot from the sure ones, and still stand."""
        return self.filter(sampled=Review.Sampled.RANDOM, pk=F("image__review"))

    def model_was_right(self) -> Self:
        return self.filter(model_said=F("text")).exclude(verdict=Review.Verdict.UNREADABLE)

    def known_checks(self) -> Self:
        """Second looks at pictures whose answer was known; they never change that answer."""
        taken_back = self.model.objects.filter(
            image=OuterRef("image"), reviewer=OuterRef("reviewer"), pk__gt=OuterRef("pk"), verdict="withdrawn"
        )
        known = self.filter(sampled=Review.Sampled.KNOWN).exclude(verdict=Review.Verdict.WITHDRAWN)
        return known.exclude(Exists(taken_back))

    def standing(self) -> Self:
        """The words that are their pictures' answers now."""
        return self.filter(pk=F("image__review"))

    def lessons(self, held_out: bool) -> Self:
        """Digits that people gave to pictures a model has read: to judge models by, or to learn from."""
        told = self.standing().filter(verdict=Review.Verdict.TEXT, image__batch__held_out=True)
        if not held_out:
            told = self.standing().filter(verdict=Review.Verdict.TEXT).exclude(image__batch__held_out=True)
        return told.exclude(prediction=None, image__prediction=None).order_by("pk")

    def share_of_mistakes(self) -> float | None:
        """What share of all pictures a model had wrong, by those drawn by lot; None where too few were.

        Only sure answers are drawn, so doubtful ones count by the reviews that people are asked for.
        """
        checks, asked = self.random_checks(), self.standing().filter(sampled=Review.Sampled.DOUBTFUL)
        drawn, doubtful = checks.count(), asked.count()
        if drawn < FEWEST_RANDOM_CHECKS:
            return None
        read = Image.objects.filter(state=State.DONE)
        sure = read.filter(confidence__gte=F("batch__sure_from")).count() / max(read.count(), 1)
        wrong_sure = 1 - checks.model_was_right().count() / drawn
        wrong_doubtful = 1 - asked.model_was_right().count() / doubtful if doubtful else wrong_sure
        return sure * wrong_sure + (1 - sure) * wrong_doubtful

    def agreeing(self) -> Self:
        """Those that say the same as the answer that stands."""
        return self.filter(verdict=F("image__review__verdict"), text=F("image__review__text"))


class Review(models.Model):
    """A person's word on a picture. Append-only: a second thought is a second row."""

    class Verdict(models.TextChoices):
        TEXT = "text", _("Digits")
        BLANK = "blank", _("Blank")
        UNREADABLE = "unreadable", _("Unreadable")
        WITHDRAWN = "withdrawn", _("Taken back")

    class Sampled(models.TextChoices):
        """Why this picture was looked at. Only the random ones measure the model, only the known ones the person."""

        CHOSEN = "chosen", _("Chosen by the person")
        DOUBTFUL = "doubtful", _("Doubtful")
        RANDOM = "random", _("Drawn from the sure ones")
        KNOWN = "known", _("Already known")

    image = models.ForeignKey(Image, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reviews")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    text = models.TextField(blank=True)
    prediction = models.ForeignKey(Prediction, models.SET_NULL, null=True, blank=True, related_name="+")
    model_said = models.TextField(blank=True)
    sampled = models.CharField(max_length=8, choices=Sampled.choices, default=Sampled.CHOSEN)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_text_only_with_digits",
                condition=models.Q(verdict="text") & ~models.Q(text="") | ~models.Q(verdict="text") & models.Q(text=""),
            ),
        ]

    def __str__(self) -> str:
        return self.text or self.get_verdict_display()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A review is never changed; record another.")
        super().save(*args, **kwargs)

    @property
    def outcome(self) -> str:
        """What the picture is by this word: `read` where it gives digits."""
        return "read" if self.verdict == self.Verdict.TEXT else self.verdict
