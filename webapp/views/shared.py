"""A batch as somebody sees it who was sent a link: its pictures and answers, and nothing to change."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from webapp.access import open_links
from webapp.models import Batch, ShareLink, User
from webapp.paging import numbered_page
from webapp.views.batch import PER_PAGE
from webapp.views.image import bytes_only, shown_copy


def behind(request: HttpRequest, token: str) -> ShareLink:
    user = request.user if isinstance(request.user, User) else None
    return get_object_or_404(open_links(user).select_related("batch"), token=token)


def shared_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The address is the key: it must not travel on with a click, nor be kept or found by others."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return login_not_required(require_safe(cache_control(private=True, no_store=True)(answer)))


@shared_page
def page(request: HttpRequest, token: str) -> HttpResponse:
    link = behind(request, token)
    batch: Batch = link.batch
    images = numbered_page(batch.images.for_cards().order_by("index"), request.GET.get("page"), PER_PAGE)
    context = {"link": link, "batch": batch, "images": images, "standings": batch.standings()}
    return render(request, "webapp/shared.html", context)


@shared_page
def image(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """One picture with its answer, and the way to its neighbours."""
    link = behind(request, token)
    shown = get_object_or_404(link.batch.images.for_cards(), pk=pk)
    earlier = link.batch.images.filter(index__lt=shown.index).count()
    context = {"link": link, "image": shown, "page": earlier // PER_PAGE + 1}
    return render(request, "webapp/shared_image.html", context | shown.neighbours())


@login_not_required
@require_safe
@bytes_only
@cache_control(private=True, max_age=3600)
def picture(request: HttpRequest, token: str, pk: int) -> HttpResponse | FileResponse:
    images = behind(request, token).batch.images.select_related("prediction")
    return shown_copy(get_object_or_404(images, pk=pk))
