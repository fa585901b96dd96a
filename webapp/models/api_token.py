import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.user import User

# Using a token is noted at most this often.
USE_NOTED_EVERY = timedelta(minutes=1)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def bearer(self, secret: str) -> User | None:
        """Whose token this is, where it is anybody's who may still sign in."""
        token = self.filter(digest=ApiToken.digest_of(secret), user__is_active=True).select_related("user").first()
        if token is None:
            return None
        token.note_use()
        return token.user


class ApiToken(models.Model):
    """A program's way in, instead of a password. Its secret is shown once and kept as a digest only.

    The secret is 256 random bits, so that a plain digest is enough: there is nothing to guess.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="api_tokens"
    )
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
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
    def make(cls, user: User, name: str) -> str:
        """A new token's secret; nobody can ask for it again."""
        secret = f"digits_{secrets.token_urlsafe(32)}"
        cls.objects.create(user=user, name=name, digest=cls.digest_of(secret))
        return secret

    def note_use(self) -> None:
        if self.used_at is None or timezone.now() - self.used_at > USE_NOTED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(used_at=timezone.now())
