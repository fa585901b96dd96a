"""How many of a batch's accepted answers are wrong: what it costs to know, and what is known."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from webapp.access import owns, reviewable_batch
from webapp.certainty import Looks
from webapp.forms import GoalForm
from webapp.models import Batch, Certificate
from webapp.models.certificate import ERROR_AT_ONCE, Position
from webapp.models.certifying import GOALS
from webapp.views.review import address
from webapp.views.signed_in import SignedInRequest


class Goal(NamedTuple):
    """A row of the table: what at most so many of the accepted are wrong would take."""

    percent: int
    most: int
    needed: int
    can_be_reached: bool
    stricter: Position | None


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = reviewable_batch(request.user, pk)
    form = GoalForm(request.POST)
    if request.method == "POST" and form.is_valid() and Certificate.draw(batch, request.user):
        return redirect(address("review", pk, goal=form.data["goal"]))
    context = {"batch": batch, "is_owner": owns(request.user, batch)} | so_far(batch)
    context |= {"form": form} if request.method == "POST" else {}
    return render(request, "webapp/promise.html", context, status=400 if request.method == "POST" else 200)


def so_far(batch: Batch) -> dict[str, object]:
    """By the lot that was drawn for what is accepted now; where there is none, by one that would be."""
    certificate = batch.certificate
    if certificate and certificate.is_current:
        looks = certificate.now
    else:
        certificate, looks = None, Looks(batch.images.sure().count(), 0, 0, ERROR_AT_ONCE)
    return {"looks": looks, "certificate": certificate, "goals": [goal(share, looks, certificate) for share in GOALS]}


def goal(share: float, looks: Looks, certificate: Certificate | None) -> Goal:
    stricter = certificate.stricter(share) if certificate and not looks.holds(share) else None
    can_be_reached = certificate.can_reach(share) if certificate else True
    return Goal(round(100 * share), int(share * looks.whole), looks.needed(share), can_be_reached, stricter)
