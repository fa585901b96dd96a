from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

PRECISION_RANGE = [MinValueValidator(0.5), MaxValueValidator(1.0)]
USUAL_PRECISION = 0.99


class SitePolicy(models.Model):
    """What staff decide for the whole site: one row, made the first time it is asked for."""

    THE_ROW = 1

    class Promotion(models.TextChoices):
        AUTOMATIC = "automatic", _("Automatic: what passes the gate reads from then on")
        ASK = "ask", _("Ask: what passes waits for a person")
        NEVER = "never", _("Never: keep what passes, promote nothing")

    acceptance_precision = models.FloatField(
        _("acceptance precision"),
        default=USUAL_PRECISION,
        validators=PRECISION_RANGE,
        help_text=_("New batches accept answers so that this share of the accepted is expected to be right."),
    )
    sign_up = models.BooleanField(
        _("anybody may sign up"), default=False, help_text=_("Otherwise accounts are made here, by an administrator.")
    )

    promotion = models.CharField(
        _("promotion"),
        max_length=9,
        choices=Promotion.choices,
        default=Promotion.AUTOMATIC,
        help_text=_("What becomes of a new model that the gate found better."),
    )
    fewest_corrections = models.PositiveIntegerField(
        _("fewest corrections"), default=20, help_text=_("With fewer, a scheduled training is skipped.")
    )

    class Meta:
        verbose_name = _("site policy")
        verbose_name_plural = _("site policy")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = self.THE_ROW
        super().save(*args, **kwargs)

    @classmethod
    def current(cls) -> "SitePolicy":
        return cls._default_manager.get_or_create(pk=cls.THE_ROW)[0]


def site_precision() -> float:
    """What a new batch starts with. Names its one column, so that a migration may ask before the others are there."""
    rows = SitePolicy.objects.values_list("acceptance_precision", flat=True)
    return rows.first() or USUAL_PRECISION
