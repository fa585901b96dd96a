"""What programs ask: hand in, status, answers. JSON, with a token made on the account page (docs/api.md)."""

from django.core.exceptions import ValidationError as BadInput
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError

from webapp.api import batches
from webapp.models import User
from webapp.refusals import Refusal


def may_ask(request: HttpRequest) -> User | None:
    """Whoever has a token; a browser's session may only look, since other sites can make browsers send forms."""
    may = request.method in ("GET", "HEAD") or getattr(request, "by_token", False)
    return request.user if may and request.user.is_authenticated else None


api = NinjaAPI(title="Handwritten digits", version="1", auth=may_ask, docs_url=None, urls_namespace="api")
api.add_router("/batches", batches.router, tags=["batches"])


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return api.create_response(request, {"error": str(refusal)}, status=refusal.status)


@api.exception_handler(Http404)
def not_here(request: HttpRequest, error: Http404) -> HttpResponse:
    return api.create_response(request, {"error": _("There is nothing of yours at this address.")}, status=404)


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    said = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors)
    return api.create_response(request, {"error": said}, status=400)


@api.exception_handler(BadInput)
def bad_input(request: HttpRequest, error: BadInput) -> HttpResponse:
    return api.create_response(request, {"error": " ".join(error.messages)}, status=400)
