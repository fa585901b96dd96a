from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from webapp.models import ApiToken, User


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")


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
