"""The only place that sends work. Ids only, after commit, by task name: the worker's code is never loaded here."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Protocol

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from webapp.celery import app

log = structlog.get_logger(__name__)

READ_IMAGES = "read.images"
UNPACK = "read.unpack"
READ_AGAIN = "read.again"
ENLARGE = "read.enlarge"
SWEEP = "maintain.sweep"
TELL = "maintain.tell"
ERASE = "maintain.erase"
COUNT = "maintain.count"
VALUE = "maintain.value"
ADAPT = "maintain.adapt"
TRAIN = "train.run"
COUNT_LESSONS = "train.count"
TRAIN_ON_SCHEDULE = "maintain.train_on_schedule"

INTERACTIVE = "interactive"
BULK = "bulk"
QUARANTINE = "quarantine"
TRAINING = "training"
MAINTENANCE = "maintenance"

AWAY = (RedisError, OperationalError, OSError)

# About one second of work: at most 1,024 tiny pictures, or 4 MiB of photos, whichever is less.
CHUNK_BYTES = 4 * 1024 * 1024
CHUNK_SIZE = 1024


# Where no large copy has come of a message by then, it may be lost.
ENLARGING_SECONDS = 20


class Sized(Protocol):
    pk: int
    size: int


def chunks(images: Iterable[Sized], most: int = CHUNK_SIZE) -> Iterator[list[int]]:
    """Ids in lists of about one second of work each, and of at most so many."""
    chunk: list[int] = []
    room = CHUNK_BYTES
    for image in images:
        cost = max(image.size, CHUNK_BYTES // most)
        if chunk and cost > room:
            yield chunk
            chunk, room = [], CHUNK_BYTES
        chunk.append(image.pk)
        room -= cost
    if chunk:
        yield chunk


def read_images(images: Iterable[Sized], queue: str, most: int = CHUNK_SIZE) -> None:
    """Have these pictures read, at most so many together, once the current transaction is committed."""
    transaction.on_commit(partial(send, READ_IMAGES, list(chunks(images, most)), queue))


def read_in_quarantine(images: Iterable[Sized], together: int) -> None:
    """Have these read, at most so many together, in the process kept for what may be poisonous."""
    transaction.on_commit(partial(send, READ_IMAGES, list(chunks(images, together)), QUARANTINE))


def unpack(ids: Iterable[int], queue: str) -> None:
    """Have each of these files unpacked once the current transaction is committed."""
    transaction.on_commit(partial(send, UNPACK, [[pk] for pk in ids], queue))


def erase() -> None:
    """Have those erased who asked for it; a message that is lost is made up for by the schedule."""
    transaction.on_commit(partial(send, ERASE, [[]], "maintenance"))


def read_again(rows: Iterable[Sized], most: int = CHUNK_SIZE) -> None:
    """Have these rereadings done, behind everything that nobody has an answer for yet."""
    transaction.on_commit(partial(send, READ_AGAIN, list(chunks(rows, most)), BULK))


def enlarge(pk: int) -> None:
    """Have the large copy of this picture made that somebody waits for: asked again and again, one message is sent."""
    try:
        asked_first = cache.add(f"enlarge/{pk}", True, timeout=ENLARGING_SECONDS)
    except RedisError:  # which is where the message would go
        return
    if asked_first:
        transaction.on_commit(partial(send, ENLARGE, [[pk]], INTERACTIVE))


def train(pk: int) -> None:
    """Have this training run once the current transaction is committed."""
    transaction.on_commit(partial(send, TRAIN, [[pk]], TRAINING))


def count_lessons() -> None:
    """Have the trainer count what it would learn from, unless messages wait for it already: it may be away for long."""
    if not (depths() or {}).get(TRAINING):
        transaction.on_commit(partial(send, COUNT_LESSONS, [[]], TRAINING))


def send(task: str, chunks: list[list[int]], queue: str) -> None:
    """Put a message for each chunk on the queue. When the queue is away nothing is lost: the sweeper sends again."""
    try:
        for chunk in chunks:
            app.send_task(task, args=[chunk], queue=queue)
    except OperationalError as error:
        log.warning("queue is away; the sweeper will send again", task=task, chunks=len(chunks), error=str(error))


def depths() -> dict[str, int] | None:
    """Messages that wait, by queue; None where the queue server is away."""
    try:
        with app.connection_for_read() as broker:
            client = broker.default_channel.client
            return {queue.name: client.llen(queue.name) for queue in settings.CELERY_TASK_QUEUES}
    except AWAY:
        log.warning("queue is away")
        return None
