"""What somebody wants to be promised, and what they say of a picture without knowing what was read on it."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.forms.review import ReviewForm
from webapp.models.certifying import GOALS


class GoalForm(forms.Form):
    """How many of the accepted may be wrong at most, in percent."""

    goal = forms.TypedChoiceField(
        choices=[(f"{100 * goal:.0f}", goal) for goal in GOALS],
        coerce=lambda percent: int(percent) / 100,
        error_messages={
            "required": _("Say how many may be wrong: 1, 2 or 5 in a hundred."),
            "invalid_choice": _("Say how many may be wrong: 1, 2 or 5 in a hundred."),
        },
    )

    @property
    def share(self) -> float | None:
        return self.cleaned_data["goal"] if self.is_valid() else None


class BlindForm(ReviewForm):
    """A word that is asked for twice where something else was read: a slip of the hand would count as a wrong answer,
    and stand over a right one."""

    def clean(self) -> dict[str, Any]:
        data, read = super().clean(), self.image.prediction
        said = f"{data['verdict']} {' '.join(data['text'].split())}"
        differs = read is not None and read.outcome == read.Outcome.READ and data["text"] != read.text
        if differs and not self.errors and self.data.get("again") != said:
            self.said = said  # as the page brings it back
            self.add_error("text", gettext("Please look once more, and enter again what you see."))
        return data
