from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE
from csp.decorators import csp
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from webapp import jobs
from webapp.access import reviewable_image
from webapp.forms import CorrectionForm
from webapp.models import Image
from webapp.models.image import picture_type
from webapp.refusals import is_script
from webapp.views.signed_in import SignedInRequest

# Whatever a browser takes these bytes for, it runs nothing in them and lends them to no other site.
SANDBOXED = {"default-src": [NONE], "sandbox": True}


def bytes_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For views that answer with what is no page."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    return csp(SANDBOXED)(answer)


@require_safe
@vary_on_headers("HX-Request")
def card(request: SignedInRequest, pk: int) -> HttpResponse:
    """One picture with everything that is known of it; only that part when the page asks again while it is read."""
    image = reviewable_image(request.user, pk)
    context = {"image": image, "next": inside_link(request.GET.get("next"))}
    if request.headers.get("HX-Request"):
        return render(request, "webapp/_image_detail.html", context)
    return render(request, "webapp/image.html", context | image.neighbours())


@require_safe
@bytes_only
@cache_control(private=True, max_age=3600)
def picture(request: SignedInRequest, pk: int) -> HttpResponse | FileResponse:
    """The small copy that the worker made: re-encoded, without metadata, never the file as it came."""
    return shown_copy(reviewable_image(request.user, pk))


def shown_copy(image: Image) -> HttpResponse | FileResponse:
    if image.prediction and image.prediction.copy:
        return HttpResponse(bytes(image.prediction.copy), content_type=picture_type(image.prediction.copy))
    return stored_copy(image.copy_key)


def stored_copy(key: str) -> FileResponse:
    try:
        file = default_storage.open(key)
    except FileNotFoundError:
        raise Http404("No copy of this picture has been made.") from None
    kind = picture_type(file.read(8))
    file.seek(0)
    return FileResponse(file, content_type=kind)


@require_safe
def large(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The large copy; until a worker has made it, a script is told to ask again (202), and a page does."""
    image = reviewable_image(request.user, pk)
    if not image.prediction or not image.prediction.is_reduced:
        return picture(request, pk)
    try:
        return large_copy(request, image)
    except Http404:
        jobs.enlarge(pk)
    if is_script(request):
        return HttpResponse(status=202)
    return render(request, "webapp/enlarging.html", {"image": image}, status=202)


@bytes_only
@cache_control(private=True, max_age=3600)
def large_copy(request: SignedInRequest, image: Image) -> FileResponse:
    return stored_copy(image.large_key)


@require_safe
@bytes_only
@cache_control(private=True, max_age=3600)
def glyphs(request: SignedInRequest, pk: int) -> HttpResponse:
    """The strip of 28×28 glyphs that the model saw."""
    prediction = reviewable_image(request.user, pk).prediction
    if prediction is None:
        raise Http404("Nothing has been read on this picture.")
    return HttpResponse(bytes(prediction.glyphs), content_type="image/png")


@require_POST
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    image = reviewable_image(request.user, pk)
    form = CorrectionForm(request.POST)
    told = image.say(request.user, **form.cleaned_data).told if form.is_valid() else ""
    context = {"image": image, "form": form, "told": told}
    if request.headers.get("HX-Request"):
        card = render(request, "webapp/_image_card.html", context)
        card["HX-Trigger"] = "corrected"  # so that the counts above the cards follow
        return card
    if form.errors:
        return render(request, "webapp/image.html", context, status=400)
    if told:
        messages.warning(request, told)
    back = inside_link(request.POST.get("next"))
    return redirect(f"{back}#image-{image.pk}" if back else image)


def inside_link(address: str | None) -> str:
    """The address where it leads to a page of this site, else nothing."""
    inside = address and address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if address and inside else ""
