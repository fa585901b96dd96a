"""Checking what is doubtful: one picture at a time, or many with the same answer at once."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.access import reviewable, reviewable_batch, reviewable_image
from webapp.forms import GridForm, PicturesForm, ReviewForm
from webapp.models import Batch, ReviewQueue
from webapp.models.review_queue import Dealt, batches_to_review, reason
from webapp.views.signed_in import SignedInRequest

# How many pictures a page holds, the shown one included: the next is there before it is asked for.
AT_HAND = 8
IN_GRID = 20
LISTED = 20


def queue(request: SignedInRequest, batch: Batch, given: PicturesForm) -> ReviewQueue:
    return ReviewQueue(batch, request.user, given.ids("only"))


def by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


@require_safe
def batches(request: SignedInRequest) -> HttpResponse:
    """The batches that have something to check, newest first."""
    found = batches_to_review(reviewable(Batch.objects.all(), request.user))
    queues = [ReviewQueue(batch, request.user) for batch in found[:LISTED]]
    return render(request, "webapp/reviews.html", {"queues": queues})


@require_safe
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    batch, given = reviewable_batch(request.user, pk), PicturesForm(request.GET)
    to_review = queue(request, batch, given)
    hand = to_review.deal(AT_HAND)
    last = request.GET.get("last", "")
    return render(
        request,
        "webapp/review.html",
        {
            "batch": batch,
            "hand": hand,
            "only": request.GET.get("only", ""),
            "last": last if last.isdigit() else "",
            "left": to_review.left(),
            "measured": None if hand else to_review.measured(),
        },
    )


@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """A person's word on one picture; the page's script gets further pictures for it, a plain form the page anew."""
    image = reviewable_image(request.user, pk)
    form, given = ReviewForm(request.POST, image=image), PicturesForm(request.POST)
    sampled = reason(image, request.POST.get("why", ""))
    to_review = queue(request, image.batch, given)
    if not form.is_valid():
        context = {"batch": image.batch, "hand": [Dealt(image, sampled)], "form": form, "left": to_review.left()}
        return render(request, "webapp/review.html", context, status=400)
    image.correct(request.user, form.cleaned_data["verdict"], form.cleaned_data["text"], sampled)
    if not by_script(request):
        kept = {"last": pk} | ({"only": request.POST["only"]} if to_review.only else {})
        return redirect(f"{reverse('review', args=[image.batch_id])}?{urlencode(kept)}")
    held = [*given.ids("held"), pk]
    context = {"hand": to_review.deal(AT_HAND + 1 - len(held), held), "left": to_review.left(), "batch": image.batch}
    return render(request, "webapp/_review_more.html", context)


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back one's latest word on this picture and look at it again."""
    image = reviewable_image(request.user, pk)
    latest = image.latest_word(request.user)
    image.withdraw(request.user)
    if not by_script(request):
        return redirect(f"{reverse('review', args=[image.batch_id])}?only={pk}")
    to_review = queue(request, image.batch, PicturesForm(request.POST))
    hand = [Dealt(image, latest.Sampled(latest.sampled))] if latest else []
    return render(request, "webapp/_review_more.html", {"hand": hand, "left": to_review.left(), "batch": image.batch})


@require_http_methods(["GET", "HEAD", "POST"])
def grid(request: SignedInRequest, pk: int) -> HttpResponse:
    """Twenty pictures that were read the same: pick out those that are not that, the others are right."""
    batch = reviewable_batch(request.user, pk)
    to_review = ReviewQueue(batch, request.user)
    form = GridForm(request.POST)
    if request.method == "POST" and form.is_valid():
        to_review.agree(form.cleaned_data["text"], set(form.ids("shown")) - set(form.different))
        only = ",".join(map(str, form.different))
        return redirect(f"{reverse('review', args=[pk])}?only={only}" if only else request.path)
    text, pictures = to_review.alike(IN_GRID)
    context = {"batch": batch, "text": text, "pictures": pictures, "left": to_review.left()}
    return render(request, "webapp/review_grid.html", context)
