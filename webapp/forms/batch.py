"""What its owner says about a batch."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from webapp.forms.search import day_input
from webapp.models import Batch, ShareLink, User
from webapp.models.rules import CheckDigit, Rules
from webapp.notation import AS_WRITTEN, Kind, Notation
from webapp.sought import NUMBERS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


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


class AdaptingForm(forms.ModelForm):
    class Meta:
        model = Batch
        fields = ["adapts"]


class DialForm(forms.ModelForm):
    class Meta:
        model = Batch
        fields = ["precision"]


class ExactField(forms.DecimalField):
    """A number that is no float."""

    def __init__(self, **kwargs: Any) -> None:
        any_number = forms.NumberInput({"step": "any"})
        super().__init__(max_digits=40, decimal_places=10, required=False, widget=any_number, **kwargs)


class RulesForm(forms.Form):
    """What the numbers of a batch are expected to be; each is optional."""

    OF_NUMBERS = ("least", "most", "rise", "fall", "places", "step", "total")
    OF_DAYS = ("earliest", "latest")

    digits = forms.IntegerField(label=_("Number of digits"), min_value=1, max_value=100, required=False)
    check = forms.ChoiceField(label=_("Check digit"), choices=[("", _("none")), *CheckDigit.choices], required=False)
    least = ExactField(label=_("At least"))
    most = ExactField(label=_("At most"))
    rise = ExactField(label=_("May rise by at most"), min_value=0)
    fall = ExactField(label=_("May fall by at most"), min_value=0)
    places = forms.IntegerField(label=_("Number of decimals"), min_value=0, max_value=10, required=False)
    step = ExactField(
        label=_("Multiples of"),
        min_value=Decimal("1e-10"),
        error_messages={"min_value": _("Steps are of more than nothing.")},
    )
    earliest = forms.DateField(label=_("No day before"), required=False, widget=day_input())
    latest = forms.DateField(label=_("No day after"), required=False, widget=day_input())
    total = ExactField(label=_("All add up to"))
    unique = forms.BooleanField(label=_("No number comes twice"), required=False)

    def __init__(self, *args: Any, noted: Notation = AS_WRITTEN, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.noted = noted

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for first, last in (("least", "most"), ("earliest", "latest")):
            begin, end = data.get(first), data.get(last)
            if begin is not None and end is not None and begin > end:
                self.add_error(last, _("The range ends before it begins."))
        if self.noted.kind not in NUMBERS:
            why = _("Range, rise and fall, decimals, multiples and sum are of numbers, and these are none.")
            self.refuse(self.OF_NUMBERS, why)
        if self.noted.kind != Kind.DATE:
            self.refuse(self.OF_DAYS, _("Say first that these are dates, below “How the numbers are written”."))
        return data

    def refuse(self, names: Iterable[str], why: "_StrPromise") -> None:
        """Once, whichever of these rules were asked for."""
        for name in [name for name in names if self.cleaned_data.get(name) is not None][:1]:
            self.add_error(name, why)

    def rules(self) -> Rules:
        return Rules(**self.cleaned_data)


class ShareForm(forms.Form):
    days = forms.ChoiceField(
        label=_("Valid for"),
        choices=lambda: [(n, ngettext("%(n)s day", "%(n)s days", n) % {"n": n}) for n in ShareLink.DAYS],
        initial=7,
    )
