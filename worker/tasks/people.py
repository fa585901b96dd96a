"""What people have asked for and need not wait for: a mail when a batch is done, their data erased."""

import smtplib

import structlog

from webapp import jobs
from webapp.celery import app
from webapp.models import Batch, User

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
    for user in User.to_erase():
        user.finish_erasing()
        log.info("erased", user=user.pk)
