"""Make the large copy of a picture that somebody wants to look at closely: few are, so none is made before."""

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.files import WORK_SIDE, decode, display_copy
from recognizer.page import Fault
from webapp import jobs
from webapp.celery import app
from webapp.models import Image
from worker.tasks.read import stored_bytes

log = structlog.get_logger(__name__)


@app.task(name=jobs.ENLARGE)
def enlarge(ids: list[int]) -> None:
    for image in Image.objects.filter(pk__in=ids).only("pk", "file"):
        if not default_storage.exists(image.large_key):
            make_large_copy(image)


def make_large_copy(image: Image) -> None:
    """In the pixels that were read, all of them; what it shows is no more of the upload than the small one does."""
    try:
        copy = display_copy(decode(stored_bytes(image)), WORK_SIDE)
    except (Fault, FileNotFoundError):
        log.warning("no large copy", image=image.pk)
        return
    default_storage.save(image.large_key, ContentFile(copy))
    if not Image.objects.filter(pk=image.pk).exists():  # deleted meanwhile, and its files with it
        default_storage.delete(image.large_key)
