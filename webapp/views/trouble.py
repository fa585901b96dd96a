"""What a visitor reads where no view could answer, and a program is told in JSON as everywhere. Where something broke:
in words if it is the database or the storage that is away."""

import sys

from botocore.exceptions import BotoCoreError, ClientError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from webapp import refusals, visitor
from webapp.refusals import Damaged, NotHere, is_script


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    if visitor.is_program(request):
        return refusals.answer(request, Damaged())
    return defaults.bad_request(request, exception)


def not_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    if visitor.is_program(request):
        return refusals.answer(request, NotHere())
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the error is being handled. Renders without the request, whose user could not be looked up."""
    error = sys.exc_info()[1]
    if isinstance(error, (OperationalError, InterfaceError)):
        sentence = _("The site cannot reach its database. Nothing of this was stored; try again in a minute.")
    elif isinstance(error, (OSError, BotoCoreError, ClientError)):
        sentence = _("The site cannot store files just now. Nothing of this was taken in; try again in a minute.")
    else:
        return HttpResponse(render_to_string("500.html"), status=500)
    if is_script(request):
        return JsonResponse({"error": sentence}, status=503)
    return HttpResponse(render_to_string("trouble.html", {"sentence": sentence}), status=503)
