"""What comes by of itself: the sweeper every few seconds, a training by the schedule."""

import structlog

from webapp import jobs
from webapp.celery import app
from webapp.models import TrainingRun
from worker import sweep as sweeper

log = structlog.get_logger(__name__)


@app.task(name=jobs.SWEEP)
def sweep() -> None:
    if swept := sweeper.sweep():
        log.info("swept", released=swept["released"], given_up=swept["given_up"], resent=swept["resent"])


@app.task(name=jobs.TRAIN_ON_SCHEDULE)
def train_on_schedule() -> None:
    """Whatever sends this, and how often: one run for each slot, and none beside one that is open."""
    run, new = TrainingRun.objects.begin(TrainingRun.Why.SCHEDULE)
    log.info("training on schedule", run=run.pk, new=new)
