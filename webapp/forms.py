from collections.abc import Iterable
from datetime import date
from pathlib import PurePosixPath
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import UserCreationForm
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import F
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from webapp.models import ApiToken, Batch, Image, ModelVersion, Review, ShareLink, Upload, User
from webapp.models.batches import BatchQuerySet
from webapp.models.images import ImageQuerySet
from webapp.models.rules import CheckDigit, Rules

# What operating systems leave in folders: nobody means to hand these in.
JUNK_NAMES = {"thumbs.db", "desktop.ini"}


def is_junk(name: str) -> bool:
    last = PurePosixPath(name.replace("\\", "/")).name.lower()
    return last in JUNK_NAMES or last.startswith(".")


def numbers(texts: Iterable[str]) -> list[int]:
    """Those that can be the number of a row; at most a hundred."""
    return [int(text) for text in texts if text.isdecimal() and len(text) < 19][:100]


def grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files. Empty ones pass: each becomes a failed picture that says so, beside the others' answers."""

    widget = ManyFilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [super(ManyFilesField, self).clean(file, initial) for file in data or [None]]
        pictures = [file for file in files if not is_junk(file.name)]
        if not pictures:
            raise forms.ValidationError(
                _("There is no picture among these files. Choose JPEG, PNG, HEIC or other pictures.")
            )
        if len(pictures) > settings.MAX_FILES_PER_BATCH:
            said = _("%(count)s files are too many for one batch; at most %(most)s fit.")
            counts = {"count": grouped(len(pictures)), "most": grouped(settings.MAX_FILES_PER_BATCH)}
            raise forms.ValidationError(said, params=counts)
        refuse_too_big(pictures)
        return pictures


def refuse_too_big(files: Iterable[UploadedFile]) -> None:
    for file in files:
        most = settings.MAX_ARCHIVE_BYTES if Upload.holds(file) else settings.MAX_FILE_BYTES
        if file.size and file.size > most:
            said = _("“%(name)s” is %(size)s; a file may have at most %(most)s.")
            sizes = {"size": filesizeformat(file.size), "most": filesizeformat(most)}
            raise forms.ValidationError(said, params={"name": file.name, **sizes})


class DayField(forms.DateField):
    """As browsers' own fields send it, and no day that is out of some time zone's range. May be left out."""

    default_validators = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **kwargs)


class HandInForm(forms.Form):
    """The plain form: everything in one request."""

    name = forms.CharField(max_length=200, required=False)
    pictures = ManyFilesField(error_messages={"required": _("Choose at least one picture first.")})


class OpenBatchForm(forms.ModelForm):
    """Announces a batch whose pictures follow in several requests."""

    # Django's own field for it would be left out of forms: nobody edits it.
    key = forms.RegexField(r"^[\w-]*$", max_length=64, required=False)

    class Meta:
        model = Batch
        fields = ["name", "expected"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def clean_expected(self) -> int:
        expected: int = self.cleaned_data["expected"]
        if not 1 <= expected <= settings.MAX_FILES_PER_BATCH:
            said = _("A batch has between 1 and %(most)s pictures.")
            raise forms.ValidationError(said, params={"most": grouped(settings.MAX_FILES_PER_BATCH)})
        return expected


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


class RulesForm(forms.Form):
    """What the numbers of a batch are expected to be; each is optional."""

    digits = forms.IntegerField(label=_("Exactly so many digits"), min_value=1, max_value=100, required=False)
    least = forms.IntegerField(label=_("At least"), min_value=0, required=False)
    most = forms.IntegerField(label=_("At most"), min_value=0, required=False)
    check = forms.ChoiceField(label=_("Check digit"), choices=[("", _("none")), *CheckDigit.choices], required=False)
    total = forms.IntegerField(label=_("All add up to"), min_value=0, required=False)
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


VERDICTS = [choice for choice in Review.Verdict.choices if choice[0] != Review.Verdict.WITHDRAWN]


class DialForm(forms.ModelForm):
    class Meta:
        model = Batch
        fields = ["precision"]


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
        "doubt": [F("confidence").asc(nulls_last=True), "index"],
        "sureness": [F("confidence").desc(nulls_last=True), "index"],
        "answer": ["search_text", "index"],
        "name": ["name", "index"],
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
        usual = self.ORDERS["doubt"] if show == "doubtful" else ["index"]
        return images.order_by(*self.ORDERS.get(self.chosen("sort"), usual))


class CorrectionForm(forms.Form):
    """A person's word on one picture: digits with spaces between groups, or that there are none."""

    text = forms.CharField(max_length=5000, required=False, strip=True)
    verdict = forms.ChoiceField(choices=VERDICTS, required=False)

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
                    "Type the digits you see. For a picture without any, open it and say that it is blank "
                    "or unreadable."
                ),
            )
        elif not set(data["text"]) <= set("0123456789 \n"):
            self.add_error("text", _("Only the digits 0 to 9, spaces and line breaks, please."))
        return data


class ReviewForm(CorrectionForm):
    """A correction where Enter on a picture without digits agrees with the model that there are none."""

    def __init__(self, *args: Any, image: Image, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.image = image

    def clean(self) -> dict[str, Any]:
        said = self.image.prediction
        if said and said.outcome == said.Outcome.BLANK and not any(self.data.get(key) for key in ("text", "verdict")):
            return {"verdict": Review.Verdict.BLANK, "text": ""}
        return super().clean()


class PicturesForm(forms.Form):
    """Ids with commas between, as addresses and scripts send them."""

    held = forms.RegexField(r"^[\d,]*$", required=False, max_length=2000)
    only = forms.RegexField(r"^[\d,]*$", required=False, max_length=2000)

    def ids(self, name: str) -> list[int]:
        self.is_valid()
        return numbers(self.cleaned_data.get(name, "").split(","))


class GridForm(PicturesForm):
    """Many pictures that were read the same: all of them are that, but those that are picked out."""

    text = forms.CharField(max_length=200)
    shown = forms.RegexField(r"^[\d,]+$", max_length=2000)

    @property
    def different(self) -> list[int]:
        return numbers(cast(QueryDict, self.data).getlist("different"))


class SearchForm(forms.Form):
    """What to look for among one's own pictures; every part may be left out, and all of them stand in the address."""

    OUTCOMES = [
        ("", _("any")),
        ("read", _("digits")),
        ("blank", _("blank")),
        ("unclear", _("no digits found")),
        ("unreadable", _("nobody can read it")),
        ("failed", _("failed")),
        ("cancelled", _("cancelled")),
    ]
    REVIEWED = [("", _("either")), ("yes", _("checked by a person")), ("no", _("not checked"))]

    answer = forms.CharField(label=_("Answer"), max_length=200, required=False)
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
        self.fields["batch"].queryset = Batch.objects.owned_by(user)  # type: ignore[attr-defined]

    @property
    def asks(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())

    def images(self) -> ImageQuerySet:
        """What is found. One batch is small: its own index, not the owner's, leads to its pictures."""
        asked = self.cleaned_data
        found = Image.objects.filter(batch=asked["batch"]) if asked["batch"] else Image.objects.owned_by(self.user)
        return (
            found.answering(asked["answer"])
            .named(asked["name"])
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
        found = Batch.objects.owned_by(user).handed_in().handed_in_between(asked["since"], asked["until"])
        return found.filter(name__icontains=asked["name"]) if asked["name"] else found


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["email", "mail_when_done"]

    def save(self, commit: bool = True) -> User:
        """Mail comes in the language in which it was asked for."""
        self.instance.language = get_language() or ""
        user: User = super().save(commit)
        return user


class TokenForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ["name"]


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")


class LeaveForm(forms.Form):
    """What to delete, confirmed by the password."""

    DATA, ACCOUNT = "data", "account"
    WHAT = [
        (DATA, _("everything that I have handed in")),
        (ACCOUNT, _("everything that I have handed in, and my account")),
    ]

    what = forms.ChoiceField(label=_("Delete"), choices=WHAT, initial=DATA, widget=forms.RadioSelect)
    password = forms.CharField(
        label=_("Your password"), strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("That is not your password."))
        return ""


class DrawingForm(forms.Form):
    drawing = forms.FileField(error_messages={"required": _("Draw something first.")})

    def clean_drawing(self) -> UploadedFile:
        drawing: UploadedFile = self.cleaned_data["drawing"]
        refuse_too_big([drawing])
        return drawing
