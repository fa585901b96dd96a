"""Taking answers away: of a batch, or of whatever a search has found; streamed, in one of the formats of exports."""

from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from webapp.access import own_batch
from webapp.exports import FORMATS
from webapp.exports.names import disposition
from webapp.exports.wanted import Wanted
from webapp.forms import SearchForm, SelectionForm
from webapp.models.images import ImageQuerySet
from webapp.views.signed_in import SignedInRequest


@require_safe
def of_batch(request: SignedInRequest, pk: int, kind: str) -> StreamingHttpResponse:
    """What the batch's page shows when it is asked for with the same words, in the same order."""
    batch = own_batch(request.user, pk)
    chosen = SelectionForm(request.GET)
    with translation.override(None):  # what is taken away is the same in every language
        picked = tuple(chosen.words)
    return download(request, chosen.rows(batch.images.all(), batch), kind, Wanted.asked(request.GET, batch, picked))


@require_safe
def found(request: SignedInRequest, kind: str) -> HttpResponse | StreamingHttpResponse:
    """All that the same address without its end shows page by page."""
    form = SearchForm(request.GET, user=request.user)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    return download(request, form.images().newest_first(), kind, Wanted.asked(request.GET))


def download(request: SignedInRequest, images: ImageQuerySet, kind: str, wanted: Wanted) -> StreamingHttpResponse:
    form = FORMATS[kind]
    # Nothing to say for HEAD, and no workbook made for nobody.
    pieces: Iterator[bytes] = form.export(images, wanted) if request.method == "GET" else iter(())
    response = StreamingHttpResponse(pieces, content_type=form.content_type)
    response["Content-Disposition"] = disposition(wanted, kind)
    return response
