"""What people need not wait for: a mail when a batch is done, their data erased, how the models do counted."""

import smtplib
import time

import structlog

from webapp import jobs, watching
from webapp.celery import app
from webapp.models import Batch, LessonCount, TrainingRun, User
from webapp.models.lesson_news import is_stale
from worker.storage import STORAGE_ERRORS

ERASING_SECONDS = 10

log = structlog.get_logger(__name__)


@app.task(name=jobs.TELL)
def tell() -> None:
    for batch in Batch.objects.to_be_told().select_related("owner"):
        try:
            batch.tell_owner()
        except (smtplib.SMTPException, OSError):
            log.exception("mail could not be sent", batch=batch.pk)


@app.task(name=jobs.ERASE)
def erase(_: object = None) -> None:
    """Delete for some seconds what is to be deleted. What is left then has a message of its own, behind the sweep's."""
    end = time.monotonic() + ERASING_SECONDS
    for batch in Batch.objects.being_deleted().order_by("deleting_since"):
        try:
            gone = batch.erase(end - time.monotonic())
        except STORAGE_ERRORS:
            log.exception("files could not be deleted", batch=batch.pk)
            continue  # the schedule comes back to it
        if not gone:
            jobs.erase()
            return
        log.info("deleted", batch=batch.pk)
    for user in User.to_erase():
        user.finish_erasing()
        log.info("erased", user=user.pk)


@app.task(name=jobs.COUNT)
def count() -> None:
    watching.count()
    lessons = LessonCount.current()
    if is_stale(lessons) and not TrainingRun.objects.open().exists():  # a training counts as it begins
        lessons.ask()
