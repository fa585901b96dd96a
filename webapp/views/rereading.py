from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webapp.access import own_batch, owned
from webapp.models import Adapter, Image, RereadingOrder
from webapp.models.images import ImageQuerySet
from webapp.views.signed_in import SignedInRequest

PER_PAGE = 60


@require_POST
def of_batch(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = own_batch(request.user, pk)
    return placed(request, batch.images.all(), back=batch.get_absolute_url(), batch_pk=batch.pk)


@require_POST
def of_everything(request: SignedInRequest) -> HttpResponse:
    return placed(request, owned(Image.objects.all(), request.user), back="history")


def placed(request: SignedInRequest, images: ImageQuerySet, back: str, batch_pk: int | None = None) -> HttpResponse:
    order = RereadingOrder.place(request.user, images, batch_pk)
    if order is None:
        messages.info(request, _("There is nothing to read again: the current model has read all of it."))
    return redirect(order or back)


@require_safe
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    """What reading again has changed, and how far it is."""
    orders = owned(Adapter.objects.all(), request.user).with_outcome().select_related("batch")
    order = get_object_or_404(orders, pk=pk)
    rows = order.rereadings.differing().with_answers().order_by("pk")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "webapp/rereading.html", {"order": order, "counts": order.counts, "rows": shown})


@require_POST
def apply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take what was tried."""
    adapter = own_adapter(request, pk)
    adapter.apply()
    return redirect("batch", pk=adapter.batch_id)


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Leave what was tried, or take it back."""
    adapter = own_adapter(request, pk)
    adapter.undo() if adapter.is_applied else adapter.leave()
    return redirect("batch", pk=adapter.batch_id)


def own_adapter(request: SignedInRequest, pk: int) -> Adapter:
    adapters = owned(Adapter.objects.all(), request.user).trials().select_related("batch")
    return get_object_or_404(adapters, pk=pk)
