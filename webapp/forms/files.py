"""Files as browsers and programs send them."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from webapp.models import Upload
from webapp.natural import natural_key

# What operating systems leave in folders: nobody means to hand these in.
JUNK_NAMES = {"thumbs.db", "desktop.ini"}


def is_junk(name: str) -> bool:
    last = PurePosixPath(name.replace("\\", "/")).name.lower()
    return last in JUNK_NAMES or last.startswith(".")


def grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def limits() -> dict[str, int]:
    """What a page tells whoever hands in, and its script checks beforehand."""
    return {
        "files": settings.MAX_FILES_PER_BATCH,
        "bytes": settings.MAX_FILE_BYTES,
        "archive": settings.MAX_ARCHIVE_BYTES,
    }


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files, in the order in which people count.

    Empty ones pass: each becomes a failed picture that says so, beside the others' answers.
    """

    widget = ManyFilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [super(ManyFilesField, self).clean(file, initial) for file in data or [None]]
        pictures = [file for file in files if not is_junk(file.name)]
        if not pictures:
            raise forms.ValidationError(
                _("There is no picture among these files. Choose JPEG, PNG, HEIC or other pictures.")
            )
        if len(pictures) > settings.MAX_FILES_PER_BATCH:
            said = _("%(count)s files are too many for one batch; at most %(most)s fit.")
            counts = {"count": grouped(len(pictures)), "most": grouped(settings.MAX_FILES_PER_BATCH)}
            raise forms.ValidationError(said, params=counts)
        refuse_too_big(pictures)
        return sorted(pictures, key=lambda file: natural_key(file.name))


def refuse_too_big(files: Iterable[UploadedFile]) -> None:
    for file in files:
        most = settings.MAX_ARCHIVE_BYTES if Upload.holds(file) else settings.MAX_FILE_BYTES
        if file.size and file.size > most:
            said = _("“%(name)s” is %(size)s; a file may have at most %(most)s.")
            sizes = {"size": filesizeformat(file.size), "most": filesizeformat(most)}
            raise forms.ValidationError(said, params={"name": file.name, **sizes})
