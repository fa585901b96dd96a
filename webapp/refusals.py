"""What the site says no to in one place: a sentence and a status, shown as a page or told to a script."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from webapp.faults import sentence

BROKEN_OFF = _("The connection broke off before everything had arrived. Send it again.")


class Refusal(Exception):
    """A request that is turned away; `str()` is what its sender reads, and never carries more than they may know."""

    status = 400


class TooMuch(Refusal):
    """Larger, or more of it, than is taken in at once."""

    status = 413


class TooOften(Refusal):
    status = 429


class NoRoom(Refusal):
    """A person's share or a batch is full. It has a code and values, for a worker that must write it down."""

    status = 409

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return sentence(self.code, self.values)


class OutOfOrder(Refusal):
    """Not the sender's fault: try again later."""

    status = 503


def is_script(request: HttpRequest) -> bool:
    """Whether a program asks, which can do more with JSON than with a page."""
    asked_by = request.headers.get("X-Requested-With") == "fetch" or "HX-Request" in request.headers
    return asked_by or request.path.startswith("/api/")


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if is_script(request):
        return JsonResponse({"error": str(refusal)}, status=refusal.status)
    return render(request, "refused.html", {"sentence": str(refusal)}, status=refusal.status)
