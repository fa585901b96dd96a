"""The table of what pictures had the last time, from its file to names and values."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from webapp.earlier import BadTable, read_table


class EarlierForm(forms.Form):
    """Cleaned, `table` has the values by the names of pictures."""

    table = forms.FileField(
        label=_("Table (CSV)"),
        allow_empty_file=True,
        error_messages={"required": _("Choose a table first.")},
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt"}),
    )

    def clean_table(self) -> dict[str, str]:
        file: UploadedFile = self.cleaned_data["table"]
        try:
            return read_table(file.read())
        except BadTable as error:
            raise forms.ValidationError(str(error)) from None
