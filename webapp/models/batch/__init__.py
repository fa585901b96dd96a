"""One hand-in and all that it decides, one file a noun."""

from webapp.models.batch.batch import Batch
from webapp.models.batch.counts import Wait
from webapp.models.batch.growth import Settled
from webapp.models.batch.intake import BatchFull, BeyondMost
from webapp.models.batch.queryset import BatchQuerySet, start_of

__all__ = ["Batch", "BatchFull", "BatchQuerySet", "BeyondMost", "Settled", "Wait", "start_of"]
