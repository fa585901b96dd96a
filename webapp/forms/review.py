"""What a person says of pictures."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.models import Image, Review
from webapp.symbols import SIGNS, WRITTEN

VERDICTS = [choice for choice in Review.Verdict.choices if choice[0] != Review.Verdict.WITHDRAWN]


class CorrectionForm(forms.Form):
    """A person's word on one picture: numbers as they are written, or that there are none."""

    text = forms.CharField(max_length=5000, required=False, strip=True)
    verdict = forms.ChoiceField(choices=VERDICTS, required=False)
    # The word that stood when the picture was shown.
    seen = forms.IntegerField(min_value=0, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["verdict"] = data.get("verdict") or Review.Verdict.TEXT
        data["text"] = (data.get("text") or "").replace("\r\n", "\n")  # browsers send a line break so
        if data["verdict"] != Review.Verdict.TEXT:
            data["text"] = ""
        elif not data.get("text"):
            self.add_error(
                "text",
                _(
                    "Type the number you see. For a picture without any, open it and say that it is blank "
                    "or unreadable."
                ),
            )
        elif not set(data["text"]) <= set(WRITTEN):
            said = gettext("Only digits, the signs %(signs)s, spaces and line breaks, please.")
            self.add_error("text", said % {"signs": " ".join(SIGNS)})
        return data


class ReviewForm(CorrectionForm):
    """A correction where Enter on a picture without digits agrees with the model that there are none."""

    def __init__(self, *args: Any, image: Image, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.image = image

    def clean(self) -> dict[str, Any]:
        said = self.image.prediction
        if said and said.outcome == said.Outcome.BLANK and not any(self.data.get(key) for key in ("text", "verdict")):
            return self.cleaned_data | {"verdict": Review.Verdict.BLANK, "text": ""}
        return super().clean()


class PicturesForm(forms.Form):
    """Ids with commas between, as addresses and scripts send them."""

    held = forms.RegexField(r"^[\d,]*$", required=False, max_length=2000)
    only = forms.RegexField(r"^[\d,]*$", required=False, max_length=2000)
    hand = forms.RegexField(r"^[\w-]*$", required=False, max_length=16)

    def ids(self, name: str) -> list[int]:
        self.is_valid()
        return numbers(self.cleaned_data.get(name, "").split(","))

    @property
    def token(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("hand", ""))


class GridForm(PicturesForm):
    """Many pictures that were read the same: all of them are that, but those that are picked out."""

    text = forms.CharField(max_length=200)
    shown = forms.RegexField(r"^[\d,]+$", max_length=2000)

    @property
    def different(self) -> list[int]:
        return numbers(cast(QueryDict, self.data).getlist("different"))


def numbers(texts: Iterable[str]) -> list[int]:
    """Those that can be the number of a row; at most a hundred."""
    return [int(text) for text in texts if text.isdecimal() and len(text) < 19][:100]
