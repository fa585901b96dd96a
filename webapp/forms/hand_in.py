"""Pictures on their way into a batch."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from webapp.forms.files import ManyFilesField, grouped, refuse_too_big
from webapp.models import Batch, Upload


class HandInForm(forms.Form):
    """The plain form: everything in one request."""

    name = forms.CharField(max_length=200, required=False)
    pictures = ManyFilesField(error_messages={"required": _("Choose at least one picture first.")})
    again = forms.BooleanField(required=False)  # all the same, though they have been handed in already


class OpenBatchForm(forms.ModelForm):
    """Announces a batch, or more for one, whose pictures follow in several requests."""

    # Django's own field for it would be left out of forms: nobody edits it.
    key = forms.RegexField(r"^[\w-]*$", max_length=64, required=False)

    class Meta:
        model = Batch
        fields = ["name", "expected"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def clean_expected(self) -> int:
        expected: int = self.cleaned_data["expected"]
        if not 1 <= expected <= settings.MAX_FILES_PER_BATCH:
            said = _("A batch has between 1 and %(most)s pictures.")
            raise forms.ValidationError(said, params={"most": grouped(settings.MAX_FILES_PER_BATCH)})
        return expected


class DrawingForm(forms.Form):
    drawing = forms.FileField(error_messages={"required": _("Draw something first.")})

    def clean_drawing(self) -> UploadedFile:
        drawing: UploadedFile = self.cleaned_data["drawing"]
        refuse_too_big([drawing])
        if Upload.holds(drawing):
            raise forms.ValidationError(
                _("This file may hold several pictures. Hand it in on the start page, as a batch.")
            )
        return drawing
