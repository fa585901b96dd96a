from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.models.batch.growth import Growth
from webapp.models.batch.promise import Promise
from webapp.models.batch.removal import Removal


class Batch(Growth, Promise, Removal):
    """One hand-in by one owner. Its counters change in the same transactions as its images' states."""

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="batch_key_once_an_owner", condition=~Q(key="")),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="batch_newest_of_owner"),
            models.Index(fields=["finished_at"], name="batch_to_be_told", condition=Q(told_at=None)),
            models.Index(fields=["owner"], name="batch_being_deleted", condition=Q(deleting_since__isnull=False)),
            models.Index(fields=["id"], name="batch_unfinished", condition=Q(finished_at=None, cancelled_at=None)),
            models.Index(fields=["id"], name="batch_to_be_valued", condition=Q(valued=False)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("batch", args=[self.pk])

    def seal(self) -> None:
        """No more pictures will come."""
        with transaction.atomic():
            self.itself.update(sealed=True)
            self.itself.close_finished()
            self.itself.settle()
        self.refresh_from_db()

    def cancel(self) -> int:
        """Nothing more starts; what is being read finishes. Returns how many pictures were spared.

        Two transactions: once the first is committed no picture can arrive any more, so the second sees them all.
        """
        unfinished = self.itself.filter(finished_at=None)
        if not unfinished.update(cancelled_at=timezone.now(), sealed=True):
            return 0
        with transaction.atomic():
            cancelled = [*self.images.all().cancel(), *self.uploads.all().cancel()]
            self.itself.close_finished()
        self.refresh_from_db()
        return len(cancelled)

    def retry_failed(self) -> int:
        retried = [*self.images.all().retry(), *self.uploads.all().retry()]
        self.refresh_from_db()
        return len(retried)

    def tell_owner(self) -> None:
        """Write that it is done: once, even where two workers come by at the same time."""
        if not self.itself.filter(told_at=None).update(told_at=timezone.now()):
            return
        context = {"batch": self, "standings": self.standings(), "site": settings.SITE_URL.rstrip("/")}
        with translation.override(self.owner.language or settings.LANGUAGE_CODE):
            text = render_to_string("mail/batch_done.txt", context).strip()
            self.owner.email_user(gettext("“%(name)s” is read") % {"name": self.name}, text)
