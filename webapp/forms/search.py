"""What to look for among all that one has handed in."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from webapp.access import owned
from webapp.models import Batch, Image, ModelVersion, User
from webapp.models.batch import BatchQuerySet
from webapp.models.images import ImageQuerySet


def day_input() -> forms.DateInput:
    """The browser's own."""
    return forms.DateInput({"type": "date"}, "%Y-%m-%d")


class DayField(forms.DateField):
    """As browsers' own fields send it, and no day that is out of some time zone's range. May be left out."""

    default_validators = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=day_input(), **kwargs)


class SearchForm(forms.Form):
    """What to look for among one's own pictures; every part may be left out, and all of them stand in the address."""

    OUTCOMES = [
        ("", _("any")),
        ("read", _("a number")),
        ("blank", _("blank")),
        ("unclear", _("no number found")),
        ("other", _("other text")),
        ("unreadable", _("nobody can read it")),
        ("failed", _("failed")),
        ("cancelled", _("cancelled")),
    ]
    REVIEWED = [("", _("either")), ("yes", _("checked")), ("no", _("not checked"))]

    answer = forms.CharField(
        label=_("Answer"), max_length=200, required=False, widget=forms.TextInput({"placeholder": _("12.5 or 12..20")})
    )
    name = forms.CharField(label=_("File name"), max_length=255, required=False)
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=OUTCOMES, required=False)
    reviewed = forms.ChoiceField(label=_("Checked"), choices=REVIEWED, required=False)
    model = forms.ModelChoiceField(
        ModelVersion.objects.order_by("-number"), label=_("Model"), empty_label=_("any"), required=False
    )
    batch = forms.ModelChoiceField(Batch.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["batch"].queryset = owned(Batch.objects.all(), user)  # type: ignore[attr-defined]

    @property
    def asks(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())

    def images(self) -> ImageQuerySet:
        """What is found. One batch is small: its own index, not the owner's, leads to its pictures."""
        asked, batches = self.cleaned_data, owned(Batch.objects.all(), self.user)
        if batch := asked["batch"]:
            found = batch.images.answering(asked["answer"], batch.noted)
        else:
            images = owned(Image.objects.all(), self.user)
            found = images.answering(asked["answer"], apart=batches.of_days_or_times())
        return (
            found.named(asked["name"])
            .handed_in_between(asked["since"], asked["until"])
            .with_outcome(asked["outcome"])
            .read_by(asked["model"])
            .checked(asked["reviewed"])
        )


class BatchSearchForm(forms.Form):
    name = forms.CharField(label=_("Name of the batch"), max_length=200, required=False)
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    @property
    def asks(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())

    def batches(self, user: User) -> BatchQuerySet:
        asked = self.cleaned_data
        found = owned(Batch.objects.all(), user).handed_in().handed_in_between(asked["since"], asked["until"])
        return found.filter(name__icontains=asked["name"]) if asked["name"] else found
