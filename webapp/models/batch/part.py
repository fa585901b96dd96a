"""Work that is part of a batch: cancelled with it, and a batch that is tried again is cancelled no more."""

from typing import Self, cast

from django.db import transaction

from webapp.models.batch.batch import Batch
from webapp.models.claimable import ClaimableQuerySet, Work


class PartQuerySet(ClaimableQuerySet[Work]):
    def of_cancelled_batches(self) -> Self:
        return self.filter(batch__in=Batch.objects.filter(cancelled_at__isnull=False, finished_at=None))

    def retry(self) -> list[int]:
        with transaction.atomic():
            retried = super().retry()
            again = cast(Self, self.model._default_manager.filter(pk__in=retried))
            Batch.objects.filter(pk__in=again.values("batch")).update(cancelled_at=None)
            again.order_by("pk").send()
        return retried
