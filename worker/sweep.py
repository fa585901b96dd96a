"""The sweeper: says "look" again wherever the queue's word may have been lost, and ends what cannot be done.

One loop over every kind of work. What differs from kind to kind, its model says: see `webapp.models.claimable`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from django.apps import apps

from webapp import jobs
from webapp.models import Batch
from webapp.models.claimable import Claimable, ClaimableQuerySet


def sweep() -> Counter[str]:
    """How much was released, given up and sent again."""
    depths, swept = jobs.depths() or {}, Counter[str]()
    for kind in kinds():
        swept += sweep_kind(kind, depths)
    for batch in Batch.objects.abandoned_uploads():
        batch.seal()
    return swept


def kinds() -> list[type[Claimable]]:
    return [model for model in apps.get_models() if issubclass(model, Claimable)]


def sweep_kind(kind: type[Claimable], depths: Mapping[str, int]) -> Counter[str]:
    rows = cast(ClaimableQuerySet[Any], kind._default_manager.all())
    released, given_up = rows.release_abandoned(), rows.fail_exhausted()
    rows.of_cancelled_batches().cancel()  # what a dead worker had begun when its batch was cancelled
    untried = rows.due_to_be_sent(none_queued=are_empty(kind.QUEUES, depths))
    tried = rows.due_to_be_sent(none_queued=are_empty(kind.TRIED_QUEUES, depths))
    resent = untried.resend(kind.MOST_RESENT, tried=False) + tried.resend(kind.MOST_TRIED_RESENT, tried=True)
    return Counter(released=len(released), given_up=len(given_up), resent=resent)


def are_empty(queues: tuple[str, ...], depths: Mapping[str, int]) -> bool:
    """False where nobody knows: the queue server is away, or the kind of work does not say where it is queued."""
    return bool(queues and depths) and not any(depths[queue] for queue in queues)
