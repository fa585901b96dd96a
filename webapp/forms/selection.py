from typing import Any

from django import forms
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.models import Batch
from webapp.models.images import ImageQuerySet


class SelectionForm(forms.Form):
    """Which pictures of a batch to show, and in what order. What makes no sense in an address is left out."""

    SHOW = [
        ("", _("all")),
        ("doubtful", _("to check")),
        ("sure", _("accepted")),
        ("reviewed", _("checked")),
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
        "doubt": [F("confidence").asc(nulls_last=True), "index"],
        "sureness": [F("confidence").desc(nulls_last=True), "index"],
        "answer": [F("sort_value").asc(nulls_last=True), "search_text", "index"],
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

    @property
    def order(self) -> str:
        """What is to be checked begins with what needs it most."""
        return self.chosen("sort") or ("doubt" if self.chosen("show") == "doubtful" else "")

    @property
    def words(self) -> list[str]:
        """What is shown, and in what order, as far as that is not all of it as handed in."""
        chosen = [(self.SHOW, self.chosen("show")), (self.SURENESS, self.chosen("confidence")), (self.SORT, self.order)]
        said = [str(dict(choices)[value]) for choices, value in chosen if value]
        answer = self.chosen("answer")
        return [*said, gettext("answer has %(text)s") % {"text": answer}] if answer else said

    def rows(self, images: ImageQuerySet, batch: Batch) -> ImageQuerySet:
        """Of these, which are of one batch."""
        if show := self.chosen("show"):
            images = getattr(images, show)()
        if sure := self.chosen("confidence"):
            least, most = (int(percent) / 100 for percent in sure.split("-"))
            images = images.filter(confidence__gte=batch.curve.said(least), confidence__lt=batch.curve.said(most))
        if answer := self.chosen("answer"):
            images = images.answering(answer, batch.noted)
        return images.order_by(*self.ORDERS.get(self.order, ["index"]))
