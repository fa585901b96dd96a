import math
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from celery.schedules import ParseException
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import resolve_url
from django.template.defaultfilters import filesizeformat
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from webapp import counters, refusals, text, visitor
from webapp.models import ApiToken
from webapp.refusals import BROKEN_OFF, NoToken, Overtaken, Refusal, TooMuch, TooOften
from webapp.views import kept

log = structlog.get_logger(__name__)

# Staff's lists and forms are Django's and django-celery-beat's, which look at a value while they use it.
FOUND_OUT_LATE = (TypeError, ValueError, KeyError, FieldDoesNotExist, DataError, ParseException)


class CompressionMiddleware(GZipMiddleware):
    """Sends text compressed. Pictures and spreadsheets are so already."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if kind.startswith("text/") or kind in ("application/json", "application/x-ndjson", "image/svg+xml"):
            return super().process_response(request, response)
        return response


class HeadersMiddleware:
    """Passes over what no database can hold: to refuse a cookie would lock a browser out until it is cleared."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.META.items() if name.startswith("HTTP_") and "\0" in value]:
            del request.META[name]
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in name + value}
        return self.get_response(request)


class TokenMiddleware:
    """Lets a program in that names a token; with one that is wrong it is nobody, whatever else it carries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if visitor.is_program(request) and scheme.lower() == "bearer":
            token = ApiToken.objects.bearer(secret.strip())
            request.user = token.user if token else AnonymousUser()
            request.token = token  # type: ignore[attr-defined]
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
        if visitor.is_program(request):
            return refusals.answer(request, NoToken())
        if request.method == "POST":
            return kept.signed_out(request)
        return super().handle_no_permission(request, view_func)


def way_back(request: HttpRequest) -> dict[str, str]:
    """The admin's pages have no script that waits, and nothing typed on those that htmx keeps up to date."""
    if not in_admin(request):
        return {}
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path
    except ValueError:  # what a browser would never send
        page = ""
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
        try:
            text.refuse_nul(text.in_address(request))
            if request.method not in ("GET", "HEAD", "OPTIONS"):
                refuse_too_often(request)
                refuse_too_long(request)
                text.refuse_other_charset(request)
                receive(request)
                text.refuse_nul(text.in_form(request))
        except Refusal as refusal:
            return refusals.answer(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refusal):
            return refusals.answer(request, error)
        if isinstance(error, (ObjectDoesNotExist, IntegrityError)):
            log.warning("overtaken", view=view_name(request), exc_info=error)  # or a mistake of ours
            return refusals.answer(request, Overtaken())
        if in_admin(request) and isinstance(error, FOUND_OUT_LATE):
            log.error("not understood", view=view_name(request), exc_info=error)  # or a mistake of ours
            return refusals.answer(request, Refusal(_("That could not be understood")))
        return None


def in_admin(request: HttpRequest) -> bool:
    return request.resolver_match is not None and "admin" in request.resolver_match.app_names


def view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def refuse_too_often(request: HttpRequest) -> None:
    """Count this request in its window. Without the queue server nobody is turned away: reading would be worse off."""
    view = view_name(request)
    most, seconds = settings.RATE_LIMITS.get(view, settings.RATE_LIMITS["*"])
    window = int(time.time() // seconds)
    counter = f"rate {view} {visitor.key(request)} {window}".replace(" ", "/")
    count = counters.count(counter, 1, seconds)
    if count is not None and count > most:
        log.warning("too often", view=view, by=visitor.key(request))
        left = math.ceil((window + 1) * seconds - time.time())
        raise TooOften(_("That was too often. Wait a minute and try again."), left)


def receive(request: HttpRequest) -> None:
    """Have the form arrive now; it stops where the upload handler says so."""
    try:
        _ = request.POST
    except UnreadablePostError:
        raise Refusal(BROKEN_OFF) from None
    if refusal := getattr(request, "refusal", None):
        raise refusal


def refuse_too_long(request: HttpRequest) -> None:
    length = text.row_number(request.headers.get("Content-Length", ""))
    if length is not None and length > settings.MAX_REQUEST_BYTES:
        most = filesizeformat(settings.MAX_REQUEST_BYTES)
        raise TooMuch(_("That is more than %(most)s at once. Hand it in in parts.") % {"most": most})
