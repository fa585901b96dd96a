from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from webapp.refusals import NoRoom

if TYPE_CHECKING:
    from webapp.models.batch import BatchQuerySet


class User(AbstractUser):
    """A person who hands in pictures, or staff. Our own from the start, since a user table cannot be swapped later."""

    batches: "BatchQuerySet"

    def refuse_without_room(self, files: Collection[UploadedFile]) -> None:
        """Each person has a share of the storage and of the queue; two requests at once may pass it by one request.

        Raises:
            NoRoom: when these files would not fit into it.
        """
        self.refuse_beyond_share(sum(file.size or 0 for file in files), len(files))

    def refuse_beyond_share(self, more_bytes: int, more_pictures: int) -> None:
        usage = self.batches.usage()
        if usage["bytes"] + more_bytes > settings.QUOTA_BYTES:
            said = _("Your pictures take up %(used)s of your %(most)s. Delete batches that you no longer need first.")
            used, most = filesizeformat(usage["bytes"]), filesizeformat(settings.QUOTA_BYTES)
            raise NoRoom(said % {"used": used, "most": most})
        if usage["waiting"] + more_pictures > settings.QUOTA_WAITING:
            said = _("%(waiting)s of your pictures still wait to be read, and %(most)s may. Hand these in later.")
            waiting, most = f"{usage['waiting']:,}", f"{settings.QUOTA_WAITING:,}"
            raise NoRoom(said % {"waiting": waiting, "most": most})
