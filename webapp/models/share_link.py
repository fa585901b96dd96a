import secrets
from datetime import timedelta
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.batch import Batch


def new_token() -> str:
    return secrets.token_urlsafe(18)


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def valid(self) -> Self:
        return self.filter(expires_at__gt=timezone.now(), batch__deleting_since=None)


class ShareLink(models.Model):
    """Whoever has its address sees one batch until it expires, and nothing else."""

    DAYS = (1, 7, 30, 90)

    batch = models.ForeignKey(Batch, models.CASCADE, verbose_name=_("batch"), related_name="share_links")
    token = models.CharField(_("token"), max_length=40, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("share link")
        verbose_name_plural = _("share links")

    def __str__(self) -> str:
        return f"{self.batch} until {self.expires_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("shared", args=[self.token])

    @classmethod
    def for_days(cls, batch: Batch, days: int) -> "ShareLink":
        return cls._default_manager.create(batch=batch, expires_at=timezone.now() + timedelta(days=days))
