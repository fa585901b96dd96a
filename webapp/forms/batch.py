"""What its owner says about a batch."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from webapp.models import Batch, ShareLink, User
from webapp.models.rules import CheckDigit, Rules


class BatchForm(forms.ModelForm):
    """What its owner says about a batch."""

    class Meta:
        model = Batch
        fields = ["name", "note", "reviewer"]
        labels = {"name": _("Name"), "note": _("Note for yourself"), "reviewer": _("Reviewer")}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reviewers = User.objects.filter(groups__name=User.REVIEWERS, is_active=True).exclude(pk=self.instance.owner_id)
        field = cast(forms.ModelChoiceField, self.fields["reviewer"])
        field.queryset, field.empty_label = reviewers, _("nobody")


class DialForm(forms.ModelForm):
    class Meta:
        model = Batch
        fields = ["precision"]


class RulesForm(forms.Form):
    """What the numbers of a batch are expected to be; each is optional."""

    digits = forms.IntegerField(label=_("Number of digits"), min_value=1, max_value=100, required=False)
    least = forms.IntegerField(label=_("At least"), required=False)
    most = forms.IntegerField(label=_("At most"), required=False)
    check = forms.ChoiceField(label=_("Check digit"), choices=[("", _("none")), *CheckDigit.choices], required=False)
    total = forms.IntegerField(label=_("All add up to"), required=False)
    unique = forms.BooleanField(label=_("No number comes twice"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        least, most = data.get("least"), data.get("most")
        if least is not None and most is not None and least > most:
            self.add_error("most", _("The range ends before it begins."))
        return data

    def rules(self) -> Rules:
        return Rules(**self.cleaned_data)


class ShareForm(forms.Form):
    days = forms.ChoiceField(
        label=_("Works for"),
        choices=lambda: [(n, ngettext("%(n)s day", "%(n)s days", n) % {"n": n}) for n in ShareLink.DAYS],
        initial=7,
    )
