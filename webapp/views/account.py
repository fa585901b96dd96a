from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView, PasswordResetView
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods

from webapp.forms import AccountForm
from webapp.views.signed_in import SignedInRequest

SENDS_NO_MAIL = settings.EMAIL_BACKEND.endswith((".console.EmailBackend", ".dummy.EmailBackend"))


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedInRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("account")
    return render(request, "webapp/account.html", {"form": form, "sends_no_mail": SENDS_NO_MAIL})


class ChangePassword(SuccessMessageMixin, PasswordChangeView):
    success_url = reverse_lazy("account")
    success_message = "Your password is changed."


class ForgottenPassword(PasswordResetView):
    extra_context = {"sends_no_mail": SENDS_NO_MAIL}
