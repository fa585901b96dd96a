"""Checking what is doubtful: one picture at a time, or many with the same answer at once."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.access import reviewable, reviewable_batch, reviewable_image
from webapp.forms import BlindForm, GoalForm, GridForm, PicturesForm, ReviewForm
from webapp.models import Batch, CertifyingQueue, ReviewQueue
from webapp.models.hand import Hand
from webapp.models.review_queue import Dealt, batches_to_review, reason
from webapp.text import row_number
from webapp.views.signed_in import SignedInRequest

# How many pictures a page holds, the shown one included: the next is there before it is asked for.
AT_HAND = 8
IN_GRID = 20
LISTED = 20


def opened(request: SignedInRequest, batch: Batch, given: PicturesForm) -> ReviewQueue:
    """For a page that is opened; what it held before a reload it holds again."""
    return queue_of(request, batch, given, Hand(request.user, before=given.token))


def queue(request: SignedInRequest, batch: Batch, given: PicturesForm) -> ReviewQueue:
    """For a page that is open."""
    return queue_of(request, batch, given, Hand(request.user, given.token) if given.token else None)


def queue_of(request: SignedInRequest, batch: Batch, given: PicturesForm, hand: Hand | None) -> ReviewQueue:
    """What is doubtful; where the page was opened with a goal, what was drawn by lot for that."""
    goal, only = GoalForm(given.data).share, given.ids("only")
    if goal:
        return CertifyingQueue(batch, request.user, only, hand, goal)
    return ReviewQueue(batch, request.user, only, hand)


def shown(to_review: ReviewQueue, hand: list[Dealt]) -> dict[str, object]:
    """What the page and its pieces need of a queue."""
    context = {"batch": to_review.batch, "hand": hand, "left": to_review.left(), "token": to_review.hand.token}
    return context | {"blind": to_review.blind, "goal": to_review.goal_percent}


def address(page: str, pk: int, **kept: object) -> str:
    """Of one of this batch's pages, with what is to be kept from one to the next."""
    return f"{reverse(page, args=[pk])}?{urlencode({name: value for name, value in kept.items() if value})}"


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
    to_review = opened(request, batch, given)
    if isinstance(to_review, CertifyingQueue) and not to_review.certificate:
        return redirect("promise", pk)
    hand = to_review.deal(AT_HAND)
    context = shown(to_review, hand)
    last = request.GET.get("last", "")
    return render(
        request,
        "webapp/review.html",
        context
        | {
            "only": request.GET.get("only", ""),
            "last": row_number(last) or "",
            "others": [] if hand or not context["left"] else to_review.others(),
            "measured": None if hand else to_review.measured(),
        },
    )


@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """A person's word on one picture; the page's script gets further pictures for it, a plain form the page anew."""
    image = reviewable_image(request.user, pk)
    given = PicturesForm(request.POST)
    sampled = reason(image, request.POST.get("why", ""))
    to_review = queue(request, image.batch, given)
    form = (BlindForm if to_review.blind else ReviewForm)(request.POST, image=image)
    if not form.is_valid():
        context = shown(to_review, [Dealt(image, sampled)]) | {"form": form}
        return render(request, "webapp/review.html", context, status=200 if getattr(form, "said", "") else 400)
    word = image.say(request.user, **form.cleaned_data, sampled=sampled)
    if not by_script(request):
        if word.told:
            messages.warning(request, word.told)
        kept = {"only": request.POST["only"] if to_review.only else "", "goal": to_review.goal_percent}
        return redirect(address("review", image.batch_id, hand=to_review.hand.token, last=pk, **kept))
    held = [*given.ids("held"), pk]
    return more(request, to_review, to_review.deal(AT_HAND + 1 - len(held), held), word=word)


def more(request: SignedInRequest, to_review: ReviewQueue, hand: list[Dealt], **told: object) -> HttpResponse:
    """What a page's script takes in: further pictures, how many are left, and what its person should know."""
    return render(request, "webapp/_review_more.html", shown(to_review, hand) | told)


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back one's latest word on this picture and look at it again."""
    image = reviewable_image(request.user, pk)
    latest = image.latest_word(request.user)
    image.withdraw(request.user)
    to_review = queue(request, image.batch, PicturesForm(request.POST))
    if not by_script(request):
        return redirect(address("review", image.batch_id, only=pk, goal=to_review.goal_percent))
    to_review.hand.take([pk])
    return more(request, to_review, [Dealt(image, latest.Sampled(latest.sampled))] if latest else [])


@require_POST
def let_go(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page is left: what it held is free for others at once."""
    given = PicturesForm(request.POST)
    queue(request, reviewable_batch(request.user, pk), given).hand.let_go(given.ids("held"))
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
def grid(request: SignedInRequest, pk: int) -> HttpResponse:
    """Twenty pictures that were read the same: pick out those that are not that, the others are right."""
    batch = reviewable_batch(request.user, pk)
    form = GridForm(request.POST)
    if request.method == "POST" and form.is_valid():
        agree(request, queue(request, batch, form), form)
        only = ",".join(map(str, form.different))
        return redirect(address("review" if only else "review-grid", pk, hand=form.token, only=only))
    to_review = opened(request, batch, PicturesForm(request.GET))
    text, pictures = to_review.alike(IN_GRID)
    context = {"batch": batch, "text": text, "pictures": pictures, "left": to_review.left()}
    return render(request, "webapp/review_grid.html", context | {"token": to_review.hand.token})


def agree(request: SignedInRequest, to_review: ReviewQueue, form: GridForm) -> None:
    left_out = to_review.agree(form.cleaned_data["text"], set(form.ids("shown")) - set(form.different))
    if left_out:
        said = ngettext(
            "%(n)s picture was answered by somebody else, or read anew, meanwhile, and is left as it is.",
            "%(n)s pictures were answered by somebody else, or read anew, meanwhile, and are left as they are.",
            left_out,
        )
        messages.warning(request, said % {"n": left_out})
