import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.user import User

# Using a token is noted at most this often.
USE_NOTED_EVERY = timedelta(minutes=1)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), user__is_active=True)

    def bearer(self, secret: str) -> "ApiToken | None":
        """The token with this secret, where it has not expired and its person may still sign in."""
        token = self.valid().filter(digest=ApiToken.digest_of(secret)).select_related("user").first()
        if token is not None:
            token.note_use()
        return token


def every_scope() -> list[str]:
    return list(ApiToken.Scope.values)


class ApiToken(models.Model):
    """A program's way in, instead of a password. Its secret is shown once and kept as a digest only.

    The secret is 256 random bits, so that a plain digest is enough: there is nothing to guess.
    """

    class Scope(models.TextChoices):
        READ = "read", _("look at batches and fetch answers")
        HAND_IN = "hand_in", _("hand in pictures")
        MANAGE = "manage", _("cancel, retry and delete")

    DAYS = (30, 90, 365)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="api_tokens"
    )
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    scopes = models.JSONField(_("scopes"), default=every_scope)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def make(cls, user: User, name: str, scopes: Collection[str] | None = None, days: int | None = None) -> str:
        """A new token's secret; nobody can ask for it again. Where nothing else is said it may everything."""
        secret = f"digits_{secrets.token_urlsafe(32)}"
        cls.objects.create(
            user=user,
            name=name,
            digest=cls.digest_of(secret),
            scopes=every_scope() if scopes is None else list(scopes),
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )
        return secret

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def powers(self) -> list[str]:
        """What it is for, in words."""
        return [str(scope.label) for scope in self.Scope if scope in self.scopes]

    def note_use(self) -> None:
        if self.used_at is None or timezone.now() - self.used_at > USE_NOTED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(used_at=timezone.now())
