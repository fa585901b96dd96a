from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.models.batch import Batch
from webapp.models.original import LONGEST_NAME

LONGEST_VALUE = 100


class EarlierValue(models.Model):
    """What the pictures of one name had the last time, as it was written then. It may come before them.

    Each picture has it, too (`Image.earlier`), so that lists and rules read one table.
    """

    batch = models.ForeignKey(
        Batch, models.CASCADE, verbose_name=_("batch"), related_name="earlier_values", db_index=False
    )
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    text = models.CharField(_("text"), max_length=LONGEST_VALUE)

    class Meta:
        verbose_name = _("earlier value")
        verbose_name_plural = _("earlier values")
        constraints = [models.UniqueConstraint(fields=["batch", "name"], name="earlier_name_once_a_batch")]

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"
