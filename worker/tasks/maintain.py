"""What comes by of itself: the sweeper every few seconds, values that were not noted, what checked answers show of the
others, a training by the schedule."""

import time

import structlog

from webapp import jobs
from webapp.calibration import fitted
from webapp.celery import app
from webapp.models import Adapter, Batch, Review, TrainingRun
from worker import sweep as sweeper

VALUING_SECONDS = 10

log = structlog.get_logger(__name__)


@app.task(name=jobs.SWEEP)
def sweep() -> None:
    if swept := sweeper.sweep():
        log.info("swept", released=swept["released"], given_up=swept["given_up"], resent=swept["resent"])


@app.task(name=jobs.VALUE)
def value() -> None:
    """Note for some seconds what answers are worth, newest first, where that was not noted yet, or broken off."""
    end = time.monotonic() + VALUING_SECONDS
    while time.monotonic() < end and (batch := Batch.objects.to_be_valued().newest_first().first()):
        batch.value_answers()


@app.task(name=jobs.ADAPT)
def adapt() -> None:
    """What people checked just now tells of the others of its batch: how sure is sure, and how they are written."""
    for batch in Batch.objects.kept().filter(pk__in=Review.objects.lately().values("image__batch")):
        if not (batch.certificate and batch.certificate.is_current):  # which stands on the dial as it is
            batch.believe(fitted(Review.objects.of_what_was_read(batch)))
        if adapter := Adapter.tried(batch):
            log.info("tried as checked answers are written", batch=batch.pk, checked=adapter.checked)
    Adapter.objects.conclude()


@app.task(name=jobs.TRAIN_ON_SCHEDULE)
def train_on_schedule() -> None:
    """Whatever sends this, and how often: one run for each slot, and none beside one that is open."""
    run, new = TrainingRun.objects.begin(TrainingRun.Why.SCHEDULE)
    log.info("training on schedule", run=run.pk, new=new)
