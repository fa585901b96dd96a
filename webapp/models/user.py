from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.refusals import NoRoom


class User(AbstractUser):
    """A person who hands in pictures, or staff. Our own from the start, since a user table cannot be swapped later."""

    REVIEWERS = "Reviewer"  # the group

    mail_when_done = models.BooleanField(
        _("Write to me when a long batch is done"),
        default=False,
        help_text=_("One that took more than a minute."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        help_text=_("The one in which mail was asked for."),
    )
    erasing_since = models.DateTimeField(_("erasing since"), null=True, blank=True, editable=False)

    def rights_without_effect(self) -> list[str]:
        """The groups whose rights hold in the admin alone, which this person cannot enter."""
        if self.is_staff or not self.is_active:
            return []
        return list(self.groups.exclude(permissions=None).distinct().order_by("name").values_list("name", flat=True))

    def take_tokens_back(self) -> None:
        self.api_tokens.all().delete()

    @classmethod
    def to_erase(cls) -> "models.QuerySet[User]":
        return cls.objects.filter(erasing_since__isnull=False, is_active=False)

    def erase(self, leaving: bool) -> None:
        """Delete all that this person has handed in, and with `leaving` the account too.

        It may be a million pictures, so a worker does it; nobody can sign in meanwhile to an account that goes.
        """
        with transaction.atomic():
            if leaving:
                self.erasing_since, self.is_active = timezone.now(), False
                self.save(update_fields=["erasing_since", "is_active"])
            self.batches.delete_soon()

    def delete_soon(self) -> None:
        self.erase(leaving=True)

    def finish_erasing(self) -> None:
        """Once nothing is left of what they handed in. What came in just then goes first."""
        if self.batches.exists():
            self.batches.delete_soon()
        else:
            self.delete()

    def refuse_without_room(self, files: Collection[UploadedFile]) -> None:
        """Each person has a share of the storage and of the queue; two requests at once may pass it by one request.

        Raises:
            NoRoom: when these files would not fit into it.
        """
        self.refuse_beyond_share(sum(file.size or 0 for file in files), len(files))

    def refuse_beyond_share(self, more_bytes: int, more_pictures: int) -> None:
        usage = self.batches.kept().usage()
        if usage["bytes"] + more_bytes > settings.QUOTA_BYTES:
            raise NoRoom("share_full", used=usage["bytes"], most=settings.QUOTA_BYTES)
        if usage["waiting"] + more_pictures > settings.QUOTA_WAITING:
            raise NoRoom("queue_full", waiting=usage["waiting"], most=settings.QUOTA_WAITING)
