"""A message is a turn: it goes to whoever is next, and what it named has its own turn later.

So persons take turns on the readers and on unpacking, whoever sent how much in whatever order, on any number of
machines. A message that finds the work it names done already, or deleted, is a look for whoever waits.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from celery import Task

from webapp import jobs, shares
from webapp.celery import app
from webapp.models import Batch, Image, Rereading, Upload, User
from webapp.models.claimable import ClaimableQuerySet
from worker.tasks import read, unpack

Hand = Callable[[Sequence[int]], None]

# A turn is far shorter. What hangs is ended then, and what it held is tried again in quarantine.
MOST_SECONDS = 60
PAUSE = 0.2  # before a person's next message is looked at who has one worker at a time, while their turn is under way


def hands() -> list[tuple[ClaimableQuerySet[Any], Hand]]:
    """What somebody may wait for and what does it: pictures that are there before what may bring more of them."""
    return [(Image.objects.all(), read.read_images), (Upload.objects.all(), unpack.unpack_upload)]


@app.task(bind=True, name=jobs.READ_IMAGES, time_limit=MOST_SECONDS)
def images(task: "Task[Any, Any]", ids: list[int]) -> None:
    take_turn(task, ids, Image.objects.owner_of(ids), read.read_images)


@app.task(bind=True, name=jobs.UNPACK, time_limit=MOST_SECONDS)
def upload(task: "Task[Any, Any]", ids: list[int]) -> None:
    take_turn(task, ids, Upload.objects.owner_of(ids), unpack.unpack_upload)


@app.task(bind=True, name=jobs.READ_AGAIN, time_limit=MOST_SECONDS)
def rereadings(task: "Task[Any, Any]", ids: list[int]) -> None:
    take_turn(task, ids, Rereading.objects.owner_of(ids), read.read_again)


def take_turn(task: "Task[Any, Any]", ids: list[int], asking: int | None, hand: Hand) -> None:
    """Do what is named, or what somebody else waits for who has been served less; then this message comes again.

    One whose work is deleted is a look all the same: there may be thousands of them, and who waits is behind them.
    """
    queue = (task.request.delivery_info or {}).get("routing_key", jobs.BULK)
    tried = queue == jobs.QUARANTINE
    person = shares.next_of(waiting(tried), asking)
    if person is None:
        return
    if work := work_of(person, tried) if person != asking else None:
        if asking is not None:
            jobs.send(str(task.name), [ids], queue)
        hand, ids = work
    elif asking is None:
        return
    else:
        person = asking
    with shares.one_at_a_time(person, MOST_SECONDS) as may_begin:
        if may_begin or is_alone_here(person):
            timed(person, hand, ids)
            return
    if person == asking:  # else its own message says so, too
        time.sleep(PAUSE)
        jobs.send(str(task.name), [ids], queue)


def is_alone_here(person: int) -> bool:
    """On a site of one's own no worker need be left for anybody else."""
    return not User.objects.filter(is_active=True).exclude(pk=person).exists()


def timed(person: int, hand: Hand, ids: Sequence[int]) -> None:
    began = time.monotonic()
    try:
        hand(ids)
    finally:
        shares.note_turn(person, time.monotonic() - began)


def waiting(tried: bool) -> set[int]:
    """Whose pictures or files wait: for the first time, or for where what has stopped a worker is tried again."""
    if tried:
        return {person for rows, _ in hands() for person in rows.open_work().waiting().tried().owners()}
    return Batch.objects.owners_waiting()


def work_of(person: int, tried: bool) -> tuple[Hand, list[int]] | None:
    for rows, hand in hands():
        if ids := rows.next_of(person, tried):
            return hand, ids
    return None
