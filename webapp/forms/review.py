"""What a person says of pictures."""

import unicodedata
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from webapp.models import Image, Review
from webapp.models.original import UNSEEN
from webapp.models.review import LONGEST_OTHER, WITH_TEXT
from webapp.symbols import SIGNS, WRITTEN, typed
from webapp.text import row_number

VERDICTS = [choice for choice in Review.Verdict.choices if choice[0] != Review.Verdict.WITHDRAWN]
# Between thousands in Switzerland, and as some keyboards type it.
APOSTROPHES = {"'", "\u2019"}
# What XML cannot hold, and so no workbook, besides what cannot be seen.
NOT_IN_XML = {"\ufffe", "\uffff"}


def why_no_number(text: str) -> str:
    """What keeps this from being an answer, or nothing."""
    if not text:
        return gettext(
            "Type the number you see. For a picture without any, open it and say that it is blank or unreadable."
        )
    if set(text) <= set(WRITTEN):
        return ""
    said = gettext("Only digits, the signs %(signs)s, spaces and line breaks, please.") % {"signs": " ".join(SIGNS)}
    if APOSTROPHES & set(text):
        said += " " + gettext("An apostrophe is none of them: leave it out, or type a space between thousands.")
    return said


def why_no_other_text(text: str) -> str:
    """What keeps this from being kept as it is where a person says that it is no number, or nothing."""
    if not text:
        return gettext("Type what stands there instead of a number.")
    if set(typed(text)) <= set(WRITTEN):
        return gettext("That is a number. Accept it as one, or type what else stands there.")
    if len(text) > LONGEST_OTHER:
        return gettext("At most %(most)s characters, please; these are %(count)s.") % {
            "most": LONGEST_OTHER,
            "count": len(text),
        }
    if UNSEEN.search(text.replace("\n", "")) or NOT_IN_XML & set(text) or not any(map(is_seen, text)):
        return gettext("There is a character in it that cannot be seen. Type it anew without that.")
    return ""


def is_seen(sign: str) -> bool:
    """Whether it is a letter, a mark on one, a number, a punctuation mark or a symbol."""
    return unicodedata.category(sign)[0] in "LMNPS"


class CorrectionForm(forms.Form):
    """A person's word on one picture: numbers as they are written, some other text, or that there are none."""

    text = forms.CharField(max_length=5000, required=False, strip=True)
    verdict = forms.ChoiceField(choices=VERDICTS, required=False)
    # The word that stood when the picture was shown.
    seen = forms.IntegerField(min_value=0, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        verdict = data["verdict"] = data.get("verdict") or Review.Verdict.TEXT
        text = (data.get("text") or "").replace("\r\n", "\n")  # browsers send a line break so
        data["text"] = typed(text).strip() if verdict == Review.Verdict.TEXT else text
        if verdict not in WITH_TEXT:
            data["text"] = ""
        elif "text" not in self.errors:
            why = why_no_number(data["text"]) if verdict == Review.Verdict.TEXT else why_no_other_text(text)
            if why:
                self.add_error("text", why)
        return data

    @property
    def offers_other(self) -> bool:
        """Whether what is refused as a number may be kept as some other text."""
        refused = "text" in self.errors and self.cleaned_data.get("verdict") == Review.Verdict.TEXT
        return refused and not why_no_other_text(self.data.get("text", "").replace("\r\n", "\n").strip())


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
    found = (row_number(text) for text in texts)
    return [number for number in found if number is not None][:100]
