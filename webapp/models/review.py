from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.image import Image
from webapp.models.prediction import Prediction


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
