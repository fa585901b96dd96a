"""Whose rows a person may see or change. Pages, API and exports ask here and filter by nobody on their own.

The staff's admin is apart: there Django's permissions decide (webapp/groups.py).
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.shortcuts import get_object_or_404

from webapp.models import Adapter, ApiToken, Batch, EarlierValue, Image, RereadingOrder, Review, ShareLink, User
from webapp.models.share_link import ShareLinkQuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any])
Rule = Callable[[User], Q]


def of_orders(user: User) -> Q:
    """What one has asked for oneself, and what staff have asked for on one's batches."""
    return (Q(asked_by=user) | Q(batch__owner=user)) & Q(batch__deleting_since=None)


OWNED: dict[type[Model], Rule] = {
    Adapter: of_orders,
    ApiToken: lambda user: Q(user=user),
    Batch: lambda user: Q(owner=user, deleting_since=None),
    EarlierValue: lambda user: Q(batch__owner=user, batch__deleting_since=None),
    Image: lambda user: Q(owner=user) & not_of_batches_being_deleted(user),
    RereadingOrder: of_orders,
    # One's own words on whosever pictures, and others' words on one's own. Nobody changes a review.
    Review: lambda user: Q(reviewer=user) | Q(image__owner=user),
    ShareLink: lambda user: Q(batch__owner=user, batch__deleting_since=None),
}

REVIEWABLE: dict[type[Model], Rule] = {
    Batch: lambda user: (Q(owner=user) | Q(reviewer=user)) & Q(deleting_since=None),
    Image: lambda user: Q(batch__in=reviewable(Batch.objects.all(), user)),
}


def not_of_batches_being_deleted(user: User) -> Q:
    """Asked for by itself: mostly there are none, and a search of a million pictures then reads its index alone."""
    going = list(Batch.objects.being_deleted().filter(owner=user).values_list("pk", flat=True))
    return ~Q(batch__in=going) if going else Q()


def owned(rows: Rows, user: User) -> Rows:
    """One's own of these: to see, change and delete."""
    return rows.filter(OWNED[rows.model](user))


def reviewable(rows: Rows, user: User) -> Rows:
    """One's own of these and those that one was asked to review: to see and correct."""
    return rows.filter(REVIEWABLE[rows.model](user))


def open_links(user: User | None) -> ShareLinkQuerySet:
    """Whoever has the address looks through a link that has not expired; whose batch it is, through any."""
    valid = ShareLink.objects.valid()
    return valid | owned(ShareLink.objects.all(), user) if user else valid


def owns(user: User, batch: Batch) -> bool:
    return batch.owner_id == user.pk


def own_batch(user: User, pk: int) -> Batch:
    return get_object_or_404(owned(Batch.objects.all(), user), pk=pk)


def reviewable_batch(user: User, pk: int) -> Batch:
    return get_object_or_404(reviewable(Batch.objects.all(), user), pk=pk)


def reviewable_image(user: User, pk: int) -> Image:
    images = reviewable(Image.objects.all(), user).with_answers().select_related("batch")
    return get_object_or_404(images, pk=pk)
