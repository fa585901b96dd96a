import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import resolve_url
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from webapp import refusals, visitor
from webapp.models import ApiToken
from webapp.refusals import BROKEN_OFF, Refusal, TooMuch, TooOften
from webapp.views import kept

log = structlog.get_logger(__name__)


class CompressionMiddleware(GZipMiddleware):
    """Sends text compressed. Pictures and spreadsheets are so already."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if kind.startswith("text/") or kind in ("application/json", "application/x-ndjson", "image/svg+xml"):
            return super().process_response(request, response)
        return response


class TokenMiddleware:
    """Lets a program in that names a token; with one that is wrong it is nobody, whatever else it carries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if request.path.startswith("/api/") and scheme.lower() == "bearer":
            person = ApiToken.objects.bearer(secret.strip())
            request.user = person or AnonymousUser()
            request.by_token = person is not None  # type: ignore[attr-defined]
        return self.get_response(request)


class SignInMiddleware(LoginRequiredMiddleware):
    """Everything but what is marked otherwise is for people who have signed in.

    A page's script is told so (401) and waits with what it had to send; a form's page keeps what was entered.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """No proxy keeps what one person may see, and no browser shows it to the next without asking."""
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if "HX-Request" in request.headers or request.headers.get("X-Requested-With") == "fetch":
            return HttpResponse(_("You have been signed out."), status=401, headers=way_back(request))
        if request.path.startswith("/api/"):
            said = _("Send a token: “Authorization: Bearer …”. Make one on your account page.")
            return JsonResponse({"error": said}, status=401, headers={"WWW-Authenticate": "Bearer"})
        if request.method == "POST":
            return kept.signed_out(request)
        return super().handle_no_permission(request, view_func)


def way_back(request: HttpRequest) -> dict[str, str]:
    """The admin's pages have no script that waits, and nothing typed on those that htmx keeps up to date."""
    if not request.path.startswith(reverse("admin:index")):
        return {}
    page = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return {"HX-Redirect": f"{resolve_url('login')}?{urlencode({'next': page})}"}


class LimitsMiddleware:
    """Turns away what is too much or too often, before and while its body is read, and words every refusal.

    Stands behind the sign-in, so that nobody's body is read who may not send one, and before the check of forms'
    tokens, which reads the body.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        try:
            refuse_too_often(request)
            refuse_too_long(request)
            receive(request)
        except Refusal as refusal:
            return refusals.answer(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refusals.answer(request, error) if isinstance(error, Refusal) else None


def refuse_too_often(request: HttpRequest) -> None:
    """Count this request in its window. Without the queue server nobody is turned away: reading would be worse off."""
    match = request.resolver_match
    view = match.view_name if match else ""
    most, seconds = settings.RATE_LIMITS.get(view, settings.RATE_LIMITS["*"])
    window = int(time.time() // seconds)
    counter = f"rate {view} {visitor.key(request)} {window}".replace(" ", "/")
    try:
        cache.add(counter, 0, timeout=seconds)
        count = cache.incr(counter)
    except (RedisError, ValueError):  # ValueError: the counter ran out between the two
        return
    if count > most:
        log.warning("too often", view=view, by=visitor.key(request))
        raise TooOften(_("That was too often. Wait a minute and try again."))


def receive(request: HttpRequest) -> None:
    """Have the form arrive now; it stops where the upload handler says so."""
    try:
        _ = request.POST
    except UnreadablePostError:
        raise Refusal(BROKEN_OFF) from None
    if refusal := getattr(request, "refusal", None):
        raise refusal


def refuse_too_long(request: HttpRequest) -> None:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > settings.MAX_REQUEST_BYTES:
        most = filesizeformat(settings.MAX_REQUEST_BYTES)
        raise TooMuch(_("That is more than %(most)s at once. Hand it in in parts.") % {"most": most})
