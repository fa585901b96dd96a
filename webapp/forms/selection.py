from typing import Any

from django import forms
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from webapp.models.images import ImageQuerySet


class SelectionForm(forms.Form):
    """Which pictures of a batch to show, and in what order. What makes no sense in an address is left out."""

    SHOW = [
        ("", _("all")),
        ("doubtful", _("to check")),
        ("sure", _("accepted")),
        ("reviewed", _("checked by a person")),
        ("failed", _("failed")),
        ("cancelled", _("cancelled")),
    ]
    SURENESS = [
        ("", _("any")),
        ("0-50", _("under 50 %")),
        ("50-90", _("50 to 90 %")),
        ("90-99", _("90 to 99 %")),
        ("99-101", _("99 % and more")),
    ]
    SORT = [
        ("", _("as handed in")),
        ("doubt", _("least sure first")),
        ("sureness", _("surest first")),
        ("answer", _("by answer")),
        ("name", _("by file name")),
    ]
    ORDERS: dict[str, list[Any]] = {
        "": ["index"],
        "doubt": [F("confidence").asc(nulls_last=True), "index"],
        "sureness": [F("confidence").desc(nulls_last=True), "index"],
        "answer": ["search_text", "index"],
        "name": ["name_key", "index"],
    }

    show = forms.ChoiceField(label=_("Show"), choices=SHOW, required=False)
    confidence = forms.ChoiceField(label=_("How sure"), choices=SURENESS, required=False)
    answer = forms.CharField(label=_("Answer has"), max_length=50, required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=SORT, required=False)

    def chosen(self, field: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(field, ""))

    @property
    def narrows(self) -> bool:
        return any(self.chosen(field) for field in ("show", "confidence", "answer"))

    def rows(self, images: ImageQuerySet) -> ImageQuerySet:
        if show := self.chosen("show"):
            images = getattr(images, show)()
        if sure := self.chosen("confidence"):
            least, most = (int(percent) / 100 for percent in sure.split("-"))
            images = images.filter(confidence__gte=least, confidence__lt=most)
        if answer := self.chosen("answer"):
            images = images.answering(answer)
        # What is to be checked begins with what needs it most.
        return self.ordered(images, usual="doubt" if show == "doubtful" else "")

    def ordered(self, images: ImageQuerySet, usual: str = "") -> ImageQuerySet:
        return images.order_by(*self.ORDERS[self.chosen("sort") or usual])
