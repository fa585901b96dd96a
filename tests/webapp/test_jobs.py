import inspect
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu import pools

from tests.environment import VAR_DIR
from webapp import jobs
from webapp.celery import app
from webapp.models import Batch, Image, User
from worker import schedules
from worker.celery import app as worker_app
from worker.tasks import maintain

HandIn = Callable[..., Batch]


def sized(*sizes: int) -> list[SimpleNamespace]:
    return [SimpleNamespace(pk=i, size=size) for i, size in enumerate(sizes)]


def test_every_task_that_is_sent_exists_and_takes_what_is_sent() -> None:
    ids = ([1, 2],)
    sent: dict[str, tuple[object, ...]] = dict.fromkeys(
        (jobs.READ_IMAGES, jobs.READ_AGAIN, jobs.ENLARGE, jobs.UNPACK, jobs.TRAIN), ids
    )
    sent |= dict.fromkeys(
        (
            jobs.SWEEP,
            jobs.TELL,
            jobs.ERASE,
            jobs.COUNT,
            jobs.VALUE,
            jobs.ADAPT,
            jobs.COUNT_LESSONS,
            jobs.TRAIN_ON_SCHEDULE,
        ),
        (),
    )
    named = {value for name, value in vars(jobs).items() if name.isupper() and isinstance(value, str) and "." in value}
    assert named == set(sent), "a task name without an example of its arguments"
    for name, args in sent.items():
        inspect.signature(worker_app.tasks[name].run).bind(*args)


def test_every_scheduled_task_exists_and_goes_to_a_queue_that_is_consumed() -> None:
    queues = {queue.name for queue in app.conf.task_queues}
    for entry in schedules.BEAT_SCHEDULE.values():
        assert entry["task"] in worker_app.tasks
        assert entry["options"]["queue"] in queues
        assert entry["options"]["expires"] == entry["schedule"]


@pytest.mark.django_db
def test_a_training_is_tried_every_night_until_staff_say_otherwise() -> None:
    migration = import_module("webapp.migrations.0011_learning")
    migration.try_every_night(apps, None)  # other tests may have emptied the tables
    nightly = PeriodicTask.objects.get(task=jobs.TRAIN_ON_SCHEDULE)
    assert nightly.enabled
    assert (nightly.crontab.hour, nightly.crontab.minute) == ("3", "0")
    assert nightly.name not in schedules.BEAT_SCHEDULE, "beat would set it back at each start"


@pytest.mark.parametrize(
    ("task", "queue"), [("read.images", "bulk"), ("train.run", "training"), ("maintain.sweep", "maintenance")]
)
def test_tasks_are_routed_by_the_first_part_of_their_name(task: str, queue: str) -> None:
    assert app.amqp.router.route({}, task)["queue"].name == queue


def test_a_message_reaches_only_the_queue_it_was_sent_to() -> None:
    jobs.send(jobs.READ_IMAGES, [[1]], jobs.QUARANTINE)
    assert jobs.depths() == {"interactive": 0, "bulk": 0, "quarantine": 1, "training": 0, "maintenance": 0}


def test_tiny_pictures_go_by_the_thousand_and_photos_a_few_at_a_time() -> None:
    assert [len(chunk) for chunk in jobs.chunks(sized(*[300] * 2500))] == [1024, 1024, 452]
    assert [len(chunk) for chunk in jobs.chunks(sized(*[2_000_000] * 5))] == [2, 2, 1]
    assert [len(chunk) for chunk in jobs.chunks(sized(30_000_000, 300, 300))] == [1, 2]
    assert list(jobs.chunks([])) == []


def test_the_quarantine_is_sent_small_groups_and_single_pictures() -> None:
    assert [len(chunk) for chunk in jobs.chunks(sized(*[300] * 20), most=16)] == [16, 4]
    assert [len(chunk) for chunk in jobs.chunks(sized(*[2_000_000] * 4), most=16)] == [2, 2]
    assert [len(chunk) for chunk in jobs.chunks(sized(300, 30_000_000, 300), most=1)] == [1, 1, 1]


@pytest.mark.django_db
def test_a_queue_that_has_lost_everything_is_told_again_at_once(
    alice: User, hand_in: HandIn, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    batch = hand_in(alice, count=3)
    tried = batch.images.first()
    assert tried
    batch.images.update(waiting_since=timezone.now() - timedelta(hours=1))
    batch.images.filter(pk=tried.pk).update(attempts=1)
    Image.objects.mark_sent(batch.images.values_list("pk", flat=True))
    with app.connection_for_read() as broker:
        broker.default_channel.client.flushdb()
    with django_capture_on_commit_callbacks(execute=True):
        maintain.sweep()
    depths = jobs.depths()
    assert depths
    assert (depths["interactive"], depths["quarantine"]) == (1, 1)


def connect_anew() -> None:
    pools.reset()
    app._pool = app.amqp._producer_pool = None


def test_a_queue_that_is_away_does_not_stop_the_sender() -> None:
    was = app.conf.broker_url
    app.conf.update(broker_url=f"redis+socket://{VAR_DIR}/nobody-listens.sock")
    connect_anew()
    try:
        began = time.monotonic()
        for _ in range(3):
            jobs.send(jobs.READ_IMAGES, [[1]] * 1000, jobs.BULK)
        # Not a measure of speed: each message used to wait six seconds for a queue that was away.
        assert time.monotonic() - began < 6
    finally:
        app.conf.update(broker_url=was)
        connect_anew()
