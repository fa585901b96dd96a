"""Pictures that come to a batch later, and those that are taken out of it again."""

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from webapp.access import own_batch
from webapp.forms import HandInForm, OpenBatchForm
from webapp.models.digest import digest_of_all
from webapp.refusals import Refusal, is_script
from webapp.views.hand_in import announcement, complaint, moment, refusal
from webapp.views.signed_in import SignedInRequest


@require_POST
def announce(request: SignedInRequest, pk: int) -> HttpResponse:
    """More files for a batch that is there: answers which indexes are theirs, and what of them has come."""
    batch, form = own_batch(request.user, pk), OpenBatchForm(request.POST)
    if not form.is_valid():
        return refusal(complaint(form))
    try:
        addition, is_new = batch.announce(form.cleaned_data["expected"], form.cleaned_data["key"])
    except Refusal as error:
        return refusal(str(error), error.status)
    return announcement(batch, addition.start, addition.count, None if is_new else addition.created_at)


@require_POST
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    """The plain form: everything in one request. The same files once more are told of, and change nothing."""
    batch, form = own_batch(request.user, pk), HandInForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(message) for message in form.errors["pictures"]))
        return redirect(batch)
    files = form.cleaned_data["pictures"]
    addition, is_new = batch.announce(len(files), digest_of_all(files))
    batch.take_in(dict(enumerate(files, start=addition.start)))
    if not is_new:
        said = _("These files were added to this batch on %(when)s. They are not added again.")
        messages.info(request, said % {"when": moment(addition.created_at)})
    return redirect(batch)


@require_POST
def remove(request: SignedInRequest, pk: int, index: int) -> HttpResponse:
    """Take one picture out. Asked again by a script whose answer was lost, it is as gone as it was."""
    batch = own_batch(request.user, pk)
    if not batch.remove(index) and not is_script(request):
        raise Http404
    if is_script(request):
        return JsonResponse({"arrived": batch.arrived_count})
    return redirect(batch)
