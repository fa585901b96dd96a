from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.batch import Batch


class Addition(models.Model):
    """More files announced for a batch that was there already, and which indexes are theirs.

    With a key of its client's own, asking again finds the same: a lost answer gives no indexes away twice.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, verbose_name=_("batch"), related_name="additions")
    key = models.CharField(_("key"), max_length=64, blank=True)
    start = models.PositiveBigIntegerField(_("start"), help_text=_("The first of their indexes."))
    count = models.PositiveIntegerField(_("count"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("addition")
        verbose_name_plural = _("additions")
        constraints = [
            models.UniqueConstraint(fields=["batch", "key"], name="addition_key_once_a_batch", condition=~Q(key=""))
        ]

    def __str__(self) -> str:
        return f"{self.batch} + {self.count}"
