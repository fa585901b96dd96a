"""One's own account: address, password, usage, programs' tokens, one's data."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordChangeView, PasswordResetConfirmView, PasswordResetView
from django.contrib.messages.views import SuccessMessageMixin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.access import owned
from webapp.exports import personal
from webapp.forms import (
    AccountForm,
    ForgottenForm,
    LeaveForm,
    NewPasswordForm,
    OtherPasswordForm,
    SignUpForm,
    TokenForm,
)
from webapp.models import ApiToken, Batch, SitePolicy
from webapp.views.signed_in import SignedInRequest

SENDS_NO_MAIL = settings.EMAIL_BACKEND.endswith((".console.EmailBackend", ".dummy.EmailBackend"))


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedInRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("account")
    return render(request, "webapp/account.html", {"form": form, "token_form": TokenForm(), **shown(request)})


def shown(request: SignedInRequest) -> dict[str, object]:
    usage = owned(Batch.objects.all(), request.user).usage()
    return {
        "sends_no_mail": SENDS_NO_MAIL,
        "usage": usage,
        "most": {"bytes": settings.QUOTA_BYTES, "waiting": settings.QUOTA_WAITING},
        "percent": min(100, 100 * usage["bytes"] / max(settings.QUOTA_BYTES, 1)),
        "tokens": owned(ApiToken.objects.all(), request.user).order_by("-pk"),
    }


@require_POST
@never_cache
def make_token(request: SignedInRequest) -> HttpResponse:
    """Answers with the page itself, the one time that it can show the secret."""
    token_form = TokenForm(request.POST)
    secret = ApiToken.make(request.user, **token_form.cleaned_data) if token_form.is_valid() else ""
    context = {"form": AccountForm(instance=request.user), "token_form": token_form, "secret": secret}
    return render(request, "webapp/account.html", context | shown(request), status=200 if secret else 400)


@require_POST
def revoke_token(request: SignedInRequest, pk: int) -> HttpResponse:
    get_object_or_404(owned(ApiToken.objects.all(), request.user), pk=pk).delete()
    messages.success(request, _("The token works no more."))
    return redirect("account")


@require_safe
def download_data(request: SignedInRequest) -> StreamingHttpResponse:
    pieces = personal.archive(request.user) if request.method == "GET" else iter(())
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def delete_data(request: SignedInRequest) -> HttpResponse:
    """Asks for the password, says what will be gone, and leaves the work to a worker."""
    form = LeaveForm(request.POST or None, user=request.user)
    if request.method != "POST" or not form.is_valid():
        status = 400 if request.method == "POST" else 200
        return render(request, "webapp/delete_data.html", {"form": form, **shown(request)}, status=status)
    request.user.erase(leaving=form.cleaned_data["what"] == LeaveForm.ACCOUNT)
    if request.user.is_active:
        messages.success(request, _("Everything that you have handed in is being deleted."))
        return redirect("history")
    logout(request)
    messages.success(request, _("Your account and everything in it is being deleted."))
    return redirect("login")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if not SitePolicy.current().sign_up:
        raise Http404("This site's accounts are made by its administrator.")
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save(), backend="django.contrib.auth.backends.ModelBackend")
        return redirect("home")
    return render(request, "registration/sign_up.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
def signed_in(request: SignedInRequest) -> HttpResponse:
    """Where a sign-in leads that another tab waits for."""
    return render(request, "registration/signed_in.html")


@login_not_required
@require_safe
@never_cache
def who(request: HttpRequest) -> JsonResponse:
    """Who is signed in, and the token that their forms need from now on: for pages that were open before."""
    return JsonResponse({"person": request.user.get_username(), "token": get_token(request)})


class SignIn(LoginView):
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return super().get_context_data(**kwargs) | {"sign_up": SitePolicy.current().sign_up}


class ChangePassword(SuccessMessageMixin, PasswordChangeView):
    form_class = OtherPasswordForm
    success_url = reverse_lazy("account")
    success_message = gettext_lazy("Your password is changed.")


class SetForgottenPassword(PasswordResetConfirmView):
    form_class = NewPasswordForm


class ForgottenPassword(PasswordResetView):
    form_class = ForgottenForm
    extra_context = {"sends_no_mail": SENDS_NO_MAIL}
