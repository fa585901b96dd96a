"""What is known of the numbers before they are read, as programs and as people say it; all of it may be left out."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.models.hints import Hints
from webapp.symbols import SIGNS

NO_SIGNS = "none"
MOST_DIGITS = 30
NAMES = {
    ".": _("point"),
    ",": _("comma"),
    "-": _("minus"),
    "/": _("stroke"),
    ":": _("colon"),
    "+": _("plus"),
    "%": _("per cent"),
}
SO_MANY_DIGITS = format_lazy(
    _("How many digits each number has is a whole number from 1 to {most}, or left out."), most=MOST_DIGITS
)


class ProgramHintsForm(forms.Form):
    """`signs` in a row, or the word for none."""

    signs = forms.CharField(required=False)
    digits = forms.IntegerField(
        label=_("Digits in each number"),
        min_value=1,
        max_value=MOST_DIGITS,
        required=False,
        error_messages=dict.fromkeys(["invalid", "min_value", "max_value"], SO_MANY_DIGITS),
        widget=forms.NumberInput({"placeholder": _("any number")}),
    )

    def clean_signs(self) -> str | None:
        signs: str = self.cleaned_data["signs"]
        if signs == NO_SIGNS:
            return ""
        if not set(signs) <= set(SIGNS):
            said = gettext("The signs are some of %(signs)s in a row, or the word %(none)s.")
            raise forms.ValidationError(said, params={"signs": " ".join(SIGNS), "none": NO_SIGNS})
        return in_order(signs) or None

    def hints(self) -> Hints:
        return Hints(self.cleaned_data["signs"], self.cleaned_data["digits"])


class HintsForm(ProgramHintsForm):
    """The signs that are ticked count where these alone are said to occur."""

    prefix = "hints"

    ANY, NONE, SOME = "any", NO_SIGNS, "some"
    WHICH = [(ANY, _("any sign")), (NONE, _("only digits")), (SOME, _("only these:"))]

    which = forms.ChoiceField(
        label=_("Signs that occur"), choices=WHICH, initial=ANY, required=False, widget=forms.RadioSelect
    )
    signs = forms.MultipleChoiceField(  # type: ignore[assignment]
        choices=[(sign, format_lazy("{} {}", sign, NAMES[sign])) for sign in SIGNS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def showing(cls, hints: Hints) -> "HintsForm":
        which = cls.ANY if hints.signs is None else cls.SOME if hints.signs else cls.NONE
        said = {"which": which, "signs": list(hints.signs or ""), "digits": hints.digits}
        return cls(initial=said)

    def clean_signs(self) -> str | None:
        return in_order("".join(self.cleaned_data["signs"]))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        which = data.get("which")
        if which == self.SOME and data.get("signs") == "":
            self.add_error("signs", _("Tick the signs that occur, or say that only digits do."))
        elif which != self.SOME:
            data["signs"] = "" if which == self.NONE else None
        return data


def in_order(signs: str) -> str:
    """Each once, in one order, so that the same signs are the same text."""
    return "".join(sign for sign in SIGNS if sign in signs)
