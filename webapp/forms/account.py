from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from django import forms
from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm, UserCreationForm
from django.db import connections
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext_lazy as _

from webapp.models import ApiToken, User

log = structlog.get_logger(__name__)


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")


class ForgottenForm(PasswordResetForm):
    """Looks the address up and writes to it after the answer: how long that takes must not tell whose it is.

    One letter after another, in the process that was asked: whoever got none asks again.
    """

    afterwards = ThreadPoolExecutor(1, "mail")

    def save(self, **told: Any) -> None:  # type: ignore[override]
        self.afterwards.submit(self.send, get_language(), told)

    def send(self, language: str | None, told: dict[str, Any]) -> None:
        try:
            with override(language):
                super().save(**told)
        except Exception:
            log.exception("no letter about a forgotten password")
        finally:
            connections.close_all()


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
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=ApiToken.Scope.choices,
        initial=[ApiToken.Scope.READ, ApiToken.Scope.HAND_IN],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what the token is to be good for.")},
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=lambda: [
            *((n, ngettext("%(n)s day", "%(n)s days", n) % {"n": n}) for n in ApiToken.DAYS),
            ("", _("until I take it back")),
        ],
        coerce=int,
        empty_value=None,
        initial=ApiToken.DAYS[-1],
        required=False,
    )

    class Meta:
        model = ApiToken
        fields = ["name"]


class TakesTokensBack(forms.Form):
    """Whoever changes a password because somebody knows it wants to be rid of the tokens which that person made."""

    take_back = forms.BooleanField(
        label=_("Take back the tokens of my programs, too"),
        help_text=_("They are let in by token, whatever the password is. Each needs a new one then."),
        initial=True,
        required=False,
    )

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)  # type: ignore[misc]
        if self.cleaned_data["take_back"]:
            user.take_tokens_back()
        return user


class OtherPasswordForm(TakesTokensBack, PasswordChangeForm):
    pass


class NewPasswordForm(TakesTokensBack, SetPasswordForm):
    """By a link that was sent."""


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
