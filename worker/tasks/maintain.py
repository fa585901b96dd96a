"""The sweeper: says "look" again wherever the queue's word may have been lost, and ends what cannot be read."""

from collections.abc import Mapping

import structlog
from django.db import transaction

from webapp import jobs
from webapp.celery import app
from webapp.models import Batch, Image, Rereading, TrainingRun, Upload
from webapp.models.claimable import SMALL_GROUP

log = structlog.get_logger(__name__)

# Per sweep; what is left over is due at the next one.
MOST_RESENT = 10_000
MOST_IN_QUARANTINE = 2_000


@app.task(name=jobs.SWEEP)
def sweep() -> None:
    released = Image.objects.all().release_abandoned()
    given_up = Image.objects.all().fail_exhausted()
    Image.objects.of_cancelled_batches().cancel()  # what a dead worker had begun when its batch was cancelled
    sweep_uploads()
    depths = jobs.depths() or {}
    resent = resend_untried(depths) + resend_tried(depths)
    for others in (Rereading.objects.all(), TrainingRun.objects.all()):
        released += others.release_abandoned()
        given_up += others.fail_exhausted()
    resent += Rereading.objects.resend(MOST_RESENT) + TrainingRun.objects.resend()
    for batch in Batch.objects.abandoned_uploads():
        batch.seal()
    if released or given_up or resent:
        log.info("swept", released=len(released), given_up=len(given_up), resent=resent)


def resend_untried(depths: Mapping[str, int]) -> int:
    with transaction.atomic():
        lost = Image.objects.due_to_be_sent(none_queued=none_queued(depths, jobs.INTERACTIVE, jobs.BULK)).untried()
        due = list(lost.order_by("pk").values_list("pk", flat=True)[:MOST_RESENT])
        Image.objects.filter(pk__in=due).order_by("pk").send()
        Image.objects.mark_sent(due)
    return len(due)


def resend_tried(depths: Mapping[str, int]) -> int:
    with transaction.atomic():
        lost = Image.objects.due_to_be_sent(none_queued=none_queued(depths, jobs.QUARANTINE)).tried()
        due = lost.order_by("pk").only("pk", "size", "attempts")[:MOST_IN_QUARANTINE]
        once = [image for image in due if image.attempts == 1]
        again = [image for image in due if image.attempts > 1]
        jobs.read_in_quarantine(once, together=SMALL_GROUP)
        jobs.read_in_quarantine(again, together=1)
        Image.objects.mark_sent(image.pk for image in due)
    return len(due)


def none_queued(depths: Mapping[str, int], *queues: str) -> bool:
    """False where the queue server is away: nobody knows then."""
    return bool(depths) and not any(depths[queue] for queue in queues)


def sweep_uploads() -> None:
    """The same for files that are to be unpacked, of which there are few."""
    Upload.objects.all().release_abandoned()
    Upload.objects.all().fail_exhausted()
    Upload.objects.of_cancelled_batches().cancel()
    with transaction.atomic():
        due = Upload.objects.due_to_be_sent().order_by("pk")
        untried, tried = (
            list(rows.values_list("pk", flat=True)[:MOST_IN_QUARANTINE]) for rows in (due.untried(), due.tried())
        )
        Upload.objects.filter(pk__in=untried).send()
        jobs.unpack(tried, jobs.QUARANTINE)
        Upload.objects.mark_sent([*untried, *tried])


@app.task(name=jobs.TRAIN_ON_SCHEDULE)
def train_on_schedule() -> None:
    """Whatever sends this, and how often: one run for each slot, and none beside one that is open."""
    run, new = TrainingRun.objects.begin(TrainingRun.Why.SCHEDULE)
    log.info("training on schedule", run=run.pk, new=new)
