from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.access import own_batch, owned, owns, reviewable_batch
from webapp.forms import DialForm, NotationForm, SelectionForm, limits
from webapp.models import Adapter, Batch, RereadingOrder
from webapp.paging import numbered_page
from webapp.views.signed_in import SignedInRequest

PER_PAGE = 60


@require_safe
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = reviewable_batch(request.user, pk)
    return render(request, "webapp/batch.html", batch_context(request, batch) | adding_context(request, batch))


@require_safe
def live(request: SignedInRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while the batch is read; the page polls it until it is done."""
    return refreshed(request, reviewable_batch(request.user, pk))


def refreshed(request: SignedInRequest, batch: Batch) -> HttpResponse:
    return render(request, "webapp/_batch_live.html", batch_context(request, batch) | {"refreshed": True})


def adding_context(request: SignedInRequest, batch: Batch) -> dict[str, object]:
    """What the form needs that adds pictures; with `photos` in the address, one after the other from a camera."""
    if not owns(request.user, batch):
        return {}
    batch.owner = request.user  # who is known already
    if not batch.may_change:
        return {}
    context: dict[str, object] = {"may_add": True, "limits": limits()}
    if "photos" in request.GET:
        context |= {"photographing": True, "last_index": batch.last_index()}
    return context


def batch_context(request: SignedInRequest, batch: Batch) -> dict[str, object]:
    form = SelectionForm(request.GET)
    images = numbered_page(form.rows(batch.images.for_cards(), batch), request.GET.get("page"), PER_PAGE)
    standings = batch.standings()
    uploads = batch.uploads.worth_telling() if batch.upload_count else []
    rereadings = owned(RereadingOrder.objects.all(), request.user).that_count().filter(batch=batch)
    is_owner = owns(request.user, batch)
    proposal = batch.proposal() if is_owner else None
    return {
        "batch": batch,
        "is_owner": is_owner,
        "proposal": proposal,
        "adapter": owned(Adapter.objects.all(), request.user).standing(batch).first(),
        "proposed": NotationForm.showing(proposal.notation) if proposal else None,
        "grid": form,
        "images": images,
        "standings": standings,
        "stops": batch.dial_stops(standings),
        "uploads": uploads,
        "uploads_failed": any(upload.can_be_tried_again for upload in uploads),
        "rereadings": rereadings.with_outcome().newest_first(),
        "here": here(request, batch),
    }


def here(request: SignedInRequest, batch: Batch) -> str:
    """The batch's page as it is filtered: where a card's picture and a form lead back to."""
    query = request.GET.urlencode()
    return batch.get_absolute_url() + (f"?{query}" if query else "")


@require_POST
def turn_dial(request: SignedInRequest, pk: int) -> HttpResponse:
    """Accept at another precision; answers with the live part, which is filtered as the page was."""
    batch = own_batch(request.user, pk)
    form = DialForm(request.POST, instance=batch)
    if form.is_valid():
        batch.turn_dial(form.cleaned_data["precision"])
    if request.headers.get("HX-Request"):
        return refreshed(request, batch)
    return redirect(here(request, batch))


@require_POST
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read what has come and expect no more."""
    batch = own_batch(request.user, pk)
    batch.seal()
    return redirect(batch)


@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = own_batch(request.user, pk)
    batch.cancel()
    return redirect(batch)


@require_POST
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = own_batch(request.user, pk)
    batch.retry_failed()
    return redirect(batch)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks first, on a page of its own that names what would be lost."""
    batch = own_batch(request.user, pk)
    if request.method != "POST":
        return render(request, "webapp/delete_batch.html", {"batch": batch})
    batch.delete_soon()
    messages.success(request, _("“%(name)s” and its pictures are being deleted.") % {"name": batch.name})
    return redirect("history")
