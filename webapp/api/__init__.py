"""What programs ask: hand in, status, answers. JSON, with a token made on the account page (docs/api.md)."""

from django.core.exceptions import ValidationError as BadInput
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import ValidationError

from webapp import refusals
from webapp.api import batches
from webapp.api.description import DescribedAPI
from webapp.api.powers import may_ask
from webapp.refusals import NotHere, Refusal

api = DescribedAPI(title="Handwritten digits", version="1", auth=may_ask, docs_url=None, urls_namespace="api")
api.add_router("/batches", batches.router, tags=["batches"])


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return refusals.answer(request, refusal)


@api.exception_handler(Http404)
def not_here(request: HttpRequest, error: Http404) -> HttpResponse:
    return refusals.answer(request, NotHere())


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    said = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors)
    return refusals.answer(request, Refusal(said))


@api.exception_handler(BadInput)
def bad_input(request: HttpRequest, error: BadInput) -> HttpResponse:
    return refusals.answer(request, Refusal(" ".join(error.messages)))
