"""What its owner decides about a batch: its name, who helps, what its numbers are and should be, who may look."""

from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webapp.access import own_batch
from webapp.forms import AdaptingForm, BatchForm, EarlierForm, HintsForm, NotationForm, RulesForm, ShareForm
from webapp.models import Batch, ShareLink
from webapp.views.signed_in import SignedInRequest


@require_safe
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    return answer(request, own_batch(request.user, pk))


@require_POST
def describe(request: SignedInRequest, pk: int) -> HttpResponse:
    """Name, note and reviewer."""
    batch = own_batch(request.user, pk)
    form: ModelForm = BatchForm(request.POST, instance=batch)
    if not form.is_valid():
        batch.refresh_from_db()
        return answer(request, batch, form=form)
    batch.itself.update(**form.cleaned_data)
    return saved(request, pk)


@require_POST
def expect(request: SignedInRequest, pk: int) -> HttpResponse:
    """The rules that every answer is checked against."""
    batch = own_batch(request.user, pk)
    form = RulesForm(request.POST, noted=batch.noted)
    if not form.is_valid():
        return answer(request, batch, rules=form)
    batch.expect(form.rules())
    return saved(request, pk)


@require_POST
def notate(request: SignedInRequest, pk: int) -> HttpResponse:
    """How the numbers are written: chosen here, or proposed on the batch's page and taken or not."""
    batch = own_batch(request.user, pk)
    form = NotationForm(request.POST)
    if not form.is_valid():
        return answer(request, batch, notation=form)
    batch.notate(form.notation())
    return saved(request, pk)


@require_POST
def compare(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the pictures had the last time: this table instead of all that was known."""
    batch = own_batch(request.user, pk)
    form = EarlierForm(request.POST, request.FILES)
    if not form.is_valid():
        return answer(request, batch, earlier=form)
    batch.learn_earlier(form.cleaned_data["table"], instead=True)
    batch.value_answers()
    return saved(request, pk)


@require_POST
def forget_earlier(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = own_batch(request.user, pk)
    batch.learn_earlier({}, instead=True)
    batch.value_answers()
    return saved(request, pk)


@require_POST
def know(request: SignedInRequest, pk: int) -> HttpResponse:
    """The hints that pictures are read with."""
    batch = own_batch(request.user, pk)
    form = HintsForm(request.POST)
    if not form.is_valid():
        return answer(request, batch, hints=form)
    batch.know(form.hints())
    said = _("Saved. It holds for pictures that are read from now on; to apply it to the others, have them read again.")
    messages.success(request, said)
    return redirect("batch", pk=pk)


@require_POST
def adapt(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whether what checked answers show is applied without asking."""
    batch = own_batch(request.user, pk)
    form = AdaptingForm(request.POST)
    form.is_valid()  # a box is ticked or not
    batch.itself.update(**form.cleaned_data)
    return saved(request, pk)


@require_POST
def share(request: SignedInRequest, pk: int) -> HttpResponse:
    form = ShareForm(request.POST)
    batch = own_batch(request.user, pk)
    if not form.is_valid():
        return answer(request, batch, share=form)
    ShareLink.for_days(batch, int(form.cleaned_data["days"]))
    return redirect("batch-settings", pk=pk)


@require_POST
def end_share(request: SignedInRequest, pk: int, link: int) -> HttpResponse:
    get_object_or_404(own_batch(request.user, pk).share_links, pk=link).delete()
    return redirect("batch-settings", pk=pk)


def answer(request: SignedInRequest, batch: Batch, **filled: object) -> HttpResponse:
    """The page; with the form that was not accepted, if one was not."""
    context = {
        "batch": batch,
        "form": BatchForm(instance=batch),
        "notation": NotationForm.showing(batch.noted),
        "rules": RulesForm(initial=batch.rules),
        "earlier": EarlierForm(),
        "earlier_count": batch.earlier_values.count(),
        "hints": HintsForm.showing(batch.known),
        "adapting": AdaptingForm(instance=batch),
        "share": ShareForm(),
        "links": [(link, request.build_absolute_uri(link.get_absolute_url())) for link in batch.share_links.valid()],
    }
    return render(request, "webapp/batch_settings.html", context | filled, status=400 if filled else 200)


def saved(request: SignedInRequest, pk: int) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect("batch", pk=pk)
