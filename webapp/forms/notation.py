"""How the numbers of a batch are written, as people and programs say it; all of it may be left out."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import TextChoices
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from webapp.notation import DateOrder, DecimalSign, Kind, Notation, ThousandsSign

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# What else there is to say of each kind. What was filled in before another kind was chosen is dropped.
MATTERS: dict[str, tuple[str, ...]] = {
    Kind.WRITTEN: ("unit",),
    Kind.NUMBER: ("decimal", "thousands", "negative", "unit"),
    Kind.CODE: (),
    Kind.DATE: ("date_order", "year"),
    Kind.TIME: (),
    Kind.FRACTION: ("negative", "unit"),
}


def one_of(label: "_StrPromise", choices: type[TextChoices]) -> forms.ChoiceField:
    names = ", ".join(f"“{value}”" for value in choices.values if value)
    said = format_lazy(_("{label}: “%(value)s” is none of {names}."), label=label, names=names)
    return forms.ChoiceField(
        label=label, choices=choices.choices, required=False, error_messages={"invalid_choice": said}
    )


class NotationForm(forms.Form):
    kind = one_of(_("The answers are"), Kind)
    decimal = one_of(_("Decimal sign"), DecimalSign)
    thousands = one_of(_("Thousands sign"), ThousandsSign)
    date_order = one_of(_("Order of day, month, year"), DateOrder)
    year = forms.IntegerField(
        label=_("Year of dates without one"),
        min_value=1,
        max_value=9999,
        required=False,
        error_messages=dict.fromkeys(
            ["invalid", "min_value", "max_value"], _("The year of dates without one is a number from 1 to 9999.")
        ),
    )
    unit = forms.CharField(
        label=_("Unit"), max_length=20, required=False, widget=forms.TextInput({"placeholder": _("for example kWh")})
    )
    negative = forms.BooleanField(label=_("A minus sign may stand before them"), required=False, initial=True)

    @classmethod
    def showing(cls, notation: Notation) -> "NotationForm":
        return cls(initial={name: getattr(notation, name) for name in cls.base_fields})

    @property
    def details(self) -> list[tuple[forms.BoundField, str]]:
        """Each but the kind, and the kinds that it matters to, as classes of a style sheet."""
        kinds = {name: [kind or "written" for kind, names in MATTERS.items() if name in names] for name in self.fields}
        return [(self[name], " ".join(kinds[name])) for name in self.fields if name != "kind"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        matters = MATTERS[data.get("kind", Kind.WRITTEN)]
        if "decimal" in matters and data.get("decimal") and data.get("decimal") == data.get("thousands"):
            self.add_error("thousands", _("One sign cannot part thousands and decimals alike."))
        return data

    def notation(self) -> Notation:
        data = self.cleaned_data
        said = {name: data[name] for name in MATTERS[data["kind"]] if data[name] not in ("", None)}
        return Notation(**{"kind": data["kind"], **said})
