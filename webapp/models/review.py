from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from webapp.models.image import Image
from webapp.models.prediction import Prediction


class Review(models.Model):
    """A person's word on a picture. Append-only: a second thought is a second row."""

    class Verdict(models.TextChoices):
        TEXT = "text", "Digits"
        BLANK = "blank", "Blank"
        UNREADABLE = "unreadable", "Unreadable"

    image = models.ForeignKey(Image, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reviews")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    text = models.TextField(blank=True)
    prediction = models.ForeignKey(Prediction, models.SET_NULL, null=True, blank=True, related_name="+")
    model_said = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

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
