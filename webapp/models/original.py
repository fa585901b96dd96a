import contextlib
import re
import unicodedata
import uuid
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.digest import digest_of

LONGEST_NAME = 255

# What cannot be seen, breaks a line, or turns the letters behind it round, so that an .exe looks like a .png.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

ORIGINALS = "originals/"


def random_key() -> str:
    """A storage key that says nothing of its picture and cannot be guessed."""
    key = uuid.uuid4().hex
    return f"{ORIGINALS}{key[:2]}/{key}"


def stored_whole(upload: File) -> str:
    """The key of these bytes in storage. Where they do not all fit, none stay."""
    key = random_key()
    try:
        return default_storage.save(key, File(upload))
    except Exception:
        with contextlib.suppress(Exception):  # the first error is the one to hear of
            default_storage.delete(key)
        raise


def shown_name(upload: File) -> str:
    return spelled(upload.name or "picture")


def spelled(name: str) -> str:
    """One spelling for each name, so that a table finds it: some systems write letters with their accents apart, and
    folders with backslashes."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./")
    return UNSEEN.sub("_", plain)[-LONGEST_NAME:]


class Original(models.Model):
    """A file as it came. Its bytes lie in storage under a random key; the name it came with is only text."""

    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    file = models.FileField(_("file"), max_length=100)
    sha256 = models.CharField(_("sha256"), max_length=64)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("Bytes."))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        abstract = True

    @property
    def key(self) -> str:
        """Where its bytes lie in storage."""
        return str(self.file.name)

    def delete_bytes(self) -> None:
        """Once more, where they are gone, changes nothing."""
        if self.key:
            default_storage.delete(self.key)

    @staticmethod
    def kept(upload: File) -> dict[str, Any]:
        """Its columns, once its bytes are in storage."""
        facts = {"name": shown_name(upload), "sha256": digest_of(upload), "size": upload.size or 0}
        return facts | {"file": stored_whole(upload)}
