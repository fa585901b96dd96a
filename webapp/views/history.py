"""Everything of one person, newest first: batches, drawings, or picture by picture, as the address asks."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from webapp.access import owned
from webapp.forms import BatchSearchForm, SearchForm
from webapp.models import Batch, Image, RereadingOrder
from webapp.paging import KeysetPage, keyset_page
from webapp.views.signed_in import SignedInRequest

PER_PAGE = 40
TABS = {"batches": _("Batches"), "drawings": _("Drawings"), "pictures": _("Pictures")}


@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    show = {"batches": batches, "drawings": drawings, "pictures": pictures}
    tab = request.GET.get("tab", "batches")
    tab = tab if tab in show else "batches"
    return render(request, "webapp/history.html", {"tab": tab, "tabs": TABS, **show[tab](request)})


def batches(request: SignedInRequest) -> dict[str, object]:
    form = BatchSearchForm(request.GET)
    rows = form.batches(request.user) if form.is_valid() else Batch.objects.none()
    return {"form": form, "rows": keyset_page(rows, request.GET, PER_PAGE)}


def drawings(request: SignedInRequest) -> dict[str, object]:
    """By their batches, of one picture each: among a million pictures they would be long to find."""
    drawn = owned(Batch.objects.all(), request.user).filter(source=Batch.Source.DRAWING)
    found = keyset_page(drawn, request.GET, PER_PAGE)
    images = Image.objects.filter(batch__in=found.rows).for_cards().newest_first()
    return {"rows": KeysetPage(list(images), found.newer, found.older)}


def pictures(request: SignedInRequest) -> dict[str, object]:
    form = SearchForm(request.GET, user=request.user)
    rows = form.images() if form.is_valid() else Image.objects.none()
    orders = owned(RereadingOrder.objects.all(), request.user).of_everything().with_outcome().newest_first()
    return {"form": form, "rows": keyset_page(rows.for_cards(), request.GET, PER_PAGE), "rereadings": orders}
