from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.faults import Coded, in_words
from webapp.models.review import Review
from webapp.models.user import User


class SecondLookQuerySet(models.QuerySet["SecondLook"]):
    def waiting(self) -> Self:
        return self.filter(decision="")

    def ask(self, doubted: dict[int, Coded]) -> None:
        """Have somebody look at these reviews, each for its reason; what has been asked stays as it is."""
        known = set(Review.objects.filter(pk__in=doubted).values_list("pk", flat=True))  # some may be gone meanwhile
        rows = [SecondLook(review_id=review, reasons=[why]) for review, why in doubted.items() if review in known]
        SecondLook.objects.bulk_create(rows, ignore_conflicts=True)

    def decide(self, decision: "SecondLook.Decision", by: User) -> int:
        return self.update(decision=decision, decided_by=by, decided_at=timezone.now())

    def settled(self) -> dict[int, bool]:
        """What was decided, by review: whether to learn from it."""
        decided = self.exclude(decision="").values_list("review_id", "decision")
        return {review: decision == SecondLook.Decision.LEARN for review, decision in decided}


class SecondLook(models.Model):
    """A correction that the champion surely contradicts and that no other one shares: a lesson, or a slip of the hand?

    Nothing is learned from it until somebody has decided.
    """

    class Decision(models.TextChoices):
        LEARN = "learn", _("Learn from it")
        REFUSE = "refuse", _("Never learn from it")

    review = models.OneToOneField(Review, models.CASCADE, related_name="second_look", verbose_name=_("correction"))
    reasons = models.JSONField(_("why"), default=list, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    decision = models.CharField(_("decision"), max_length=6, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    decided_at = models.DateTimeField(_("when"), null=True, blank=True)

    objects = SecondLookQuerySet.as_manager()

    class Meta:
        verbose_name = _("second look")
        verbose_name_plural = _("second looks")

    def __str__(self) -> str:
        return f"{self.review}: {self.get_decision_display() or _('waits')}"

    @property
    def reason(self) -> str:
        """In a sentence of the language that is active."""
        return in_words(self.reasons)
