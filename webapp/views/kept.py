"""A form that came too late: whoever sent it was signed out meanwhile, or has signed in anew since its page was opened.

What was entered is kept on a page that sends it again. The page's script does so by itself once the same person is
signed in; without it a press does, and says under which name.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from webapp import refusals
from webapp.refusals import Refusal
from webapp.text import row_number

# Of somebody who has not signed in no more is read than this.
MOST_BYTES = 100_000
# What no page carries in clear.
SECRET = re.compile("password|secret")
# What this page itself adds to a form, and what forms carry that nobody has entered.
ADDED = {"csrfmiddlewaretoken", "person", "kept"}
UNSEEN = {"next", "why", "seen", "only", "held", "hand", "shown"}


class Late(Refusal):
    status = 403


@never_cache
def signed_out(request: HttpRequest) -> HttpResponse:
    return answer(request, status=401)


@never_cache
def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Its token is not of this sign-in, or another site has sent it."""
    if refusals.is_script(request):
        return refusals.answer(request, Late(_("This page was opened before you signed in. Reload it.")))
    return answer(request, status=403)


def answer(request: HttpRequest, status: int) -> HttpResponse:
    fields = entered(request) if is_ours(request) else []
    here = request.user.get_username()
    person, again = (request.POST.get(name, "") for name in ("person", "kept")) if fields else ("", "")
    context = {
        "fields": fields,
        "shown": [value for name, value in fields if value.strip() and name not in UNSEEN],
        "person": person,
        "strange": bool(person and here and person != here),
        # Where something else is wrong, once more by itself would go round and round.
        "by_itself": bool(person) and not (again and person == here),
        "address": request.get_full_path(),
    }
    return render(request, "kept.html", context, status=status)


def is_ours(request: HttpRequest) -> bool:
    """Whether a page of this site has sent it. Browsers say where a form comes from, and no page can forge that: what
    another site made up must not be one press, or one sign-in, away from being done in somebody's name."""
    here = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") in (here, *settings.CSRF_TRUSTED_ORIGINS)


def entered(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form held; nothing where that is much, or files, or not to be seen."""
    length = row_number(request.headers.get("Content-Length", ""))
    small = length is not None and length <= MOST_BYTES
    if request.content_type != "application/x-www-form-urlencoded" or not small:
        return []
    try:
        fields = [(name, value) for name, values in request.POST.lists() for value in values if name not in ADDED]
    except UnreadablePostError:
        return []
    return [] if any(SECRET.search(name) for name, _value in fields) else fields
