"""What the site says no to in one place: a sentence and a status, shown as a page or told to a script."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp import visitor
from webapp.faults import sentence

BROKEN_OFF = _("The connection broke off before everything had arrived. Send it again.")


class Refusal(Exception):
    """A request that is turned away; `str()` is what its sender reads, and never carries more than they may know."""

    status = 400

    @property
    def headers(self) -> dict[str, str]:
        """What a program is told besides."""
        return {}


class Damaged(Refusal):
    """Nothing of it could be read."""

    def __str__(self) -> str:
        return gettext("The request was damaged or larger than this site takes in one go. Nothing was stored.")


class NoToken(Refusal):
    """A program that does not say whose it is."""

    status = 401

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}

    def __str__(self) -> str:
        return gettext("Send a token: “Authorization: Bearer …”. Make one on your account page.")


class NotHere(Refusal):
    """Not there or somebody else's: nobody is told which."""

    status = 404

    def __str__(self) -> str:
        return gettext("There is nothing of yours at this address.")


class TooMuch(Refusal):
    """Larger, or more of it, than is taken in at once."""

    status = 413


class TooOften(Refusal):
    """In so many seconds it is let in again."""

    status = 429

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.seconds)}

    def __str__(self) -> str:
        return str(self.args[0])


class Recorded(Refusal):
    """It has a code and values, for a worker that must write it down."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return sentence(self.code, self.values)


class NoRoom(Recorded):
    """A person's share or a batch is full."""

    status = 409


class Overtaken(Refusal):
    """What it was about was deleted or changed by somebody between two steps of the same request."""

    status = 409

    def __str__(self) -> str:
        return gettext("What this is about was deleted or changed meanwhile. Load the page again.")


class OutOfOrder(Refusal):
    """Not the sender's fault: try again later."""

    status = 503


def is_script(request: HttpRequest) -> bool:
    """Whether a program asks, which can do more with JSON than with a page."""
    asked_by = request.headers.get("X-Requested-With") == "fetch" or "HX-Request" in request.headers
    return asked_by or visitor.is_program(request)


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    told: HttpResponse
    if is_script(request):
        told = JsonResponse({"error": str(refusal)}, status=refusal.status)
    else:
        told = render(request, "refused.html", {"sentence": str(refusal)}, status=refusal.status)
    for name, value in refusal.headers.items():
        told[name] = value
    return told
