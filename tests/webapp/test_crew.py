"""What staff see of the workers: what each does now and finished last, however busy or dead they are."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from tests.conftest import Processes, wait_until
from webapp import jobs
from webapp.crew import notes, words
from webapp.crew.notes import Turn
from webapp.models import Batch, Image, TrainingRun, User

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]


def said(client: Client) -> str:
    page = client.get("/admin/workers/").content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", page).replace("\u00a0", " ").split())


def turn(task: str, *ids: int, seconds: float = 0.0) -> Turn:
    begun = Turn.begin(task, "bulk", ids)
    return replace(begun, began=begun.began - seconds)


def test_real_workers_are_named_with_what_they_finished_last(
    processes: Processes, transactional_db: None, admin_client: Client, champion: None, alice: User, hand_in: HandIn
) -> None:
    processes.worker("interactive,bulk", "reader")
    batch = hand_in(alice, count=3)
    wait_until(lambda: f"reading 3 pictures: {batch.name} at " in said(admin_client))
    page = said(admin_client)
    assert re.search(r"reader@\S+ interactive, bulk; 1 process nothing; it waits", page)
    assert f'/admin/webapp/batch/{batch.pk}/change/"' in admin_client.get("/admin/workers/").content.decode()


def test_a_worker_that_is_busy_says_with_what_and_since_when(
    processes: Processes, transactional_db: None, admin_client: Client, champion: None, alice: User, hand_in: HandIn
) -> None:
    processes.worker("interactive,bulk", "slow", app="tests.slow_worker", SECONDS_A_PICTURE="3")
    batch = hand_in(alice, count=2)
    wait_until(lambda: re.search(rf"reading 2 pictures: {batch.name} since \d\d:\d\d:\d\d", said(admin_client)))


def test_a_killed_worker_is_not_waited_for_and_soon_shown_as_silent(
    processes: Processes, transactional_db: None, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "SILENT_SECONDS", 4.0)
    worker = processes.worker("maintenance", "maintenance")
    wait_until(lambda: "nothing; it waits" in said(admin_client))
    processes.kill(worker)
    wait_until(lambda: "not heard of since" in said(admin_client))
    assert "not heard of" in admin_client.get("/admin/").content.decode()


def test_a_worker_that_is_stopped_is_forgotten(
    processes: Processes, transactional_db: None, admin_client: Client
) -> None:
    worker = processes.worker("maintenance", "maintenance")
    wait_until(lambda: "nothing; it waits" in said(admin_client))
    worker.terminate()
    worker.wait()
    assert "No worker has been heard of within an hour." in said(admin_client)


def test_each_kind_of_work_is_told_with_what_it_is_about(admin_client: Client, alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=1)
    run = TrainingRun.objects.create(slot="one", why="person")
    notes.note_alive("a@vm", ["bulk"], [1, 2, 3])
    notes.note_begun("a@vm", 1, turn(jobs.READ_IMAGES, batch.images.get().pk, seconds=75))
    notes.note_begun("a@vm", 2, turn(jobs.TRAIN, run.pk, seconds=3 * 3600))
    notes.note_begun("a@vm", 3, turn("somebody.elses"))
    notes.note_ended("a@vm", 4, turn(jobs.SWEEP, seconds=2).end(failed=True))
    page = said(admin_client)
    assert re.search(rf"reading 1 picture: {batch.name} since [\d:]+, 75 s", page)
    assert re.search(rf"training: Run {run.pk} since [\d:]+, 3 h", page)
    assert "somebody.elses since" in page
    assert re.search(r"looking for what got lost failed at [\d:]+ after 2\.0 s", page)


def test_what_a_dead_process_was_doing_is_not_told(admin_client: Client) -> None:
    notes.note_begun("a@vm", 1, turn(jobs.SWEEP))
    notes.note_alive("a@vm", ["maintenance"], [2])
    assert "looking for" not in said(admin_client)


def test_what_is_about_something_deleted_is_told_without_it(admin_client: Client) -> None:
    notes.note_alive("a@vm", ["bulk"], [1])
    notes.note_begun("a@vm", 1, turn(jobs.READ_IMAGES, 404, 405))
    assert "reading 2 pictures since" in said(admin_client)


def test_a_worker_that_is_long_gone_is_shown_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    notes.note_alive("a@vm", ["bulk"], [1])
    notes.note_begun("a@vm", 1, turn(jobs.SWEEP))
    monkeypatch.setattr(notes, "SHOWN_SECONDS", -1.0)
    assert words.rows() == []
    assert notes.server().keys("crew:*") == []


def test_more_processes_are_no_more_questions(
    alice: User, hand_in: HandIn, django_assert_num_queries: Callable[..., object]
) -> None:
    images = list(hand_in(alice, count=9).images.all())
    notes.note_alive("a@vm", ["bulk"], [image.pk for image in images])
    for image in images:
        notes.note_begun("a@vm", image.pk, turn(jobs.READ_IMAGES, image.pk))
    with django_assert_num_queries(2):
        rows = words.rows()
    assert rows
    assert len(rows[0].doing) == 9


def test_what_workers_hold_is_told_by_the_database(admin_client: Client, alice: User, hand_in: HandIn) -> None:
    images = list(hand_in(alice, count=3).images.all())
    assert Image.objects.claim([image.pk for image in images])
    assert "By the database 3 pictures are being read." in said(admin_client)
    Image.objects.filter(pk=images[0].pk).update(lease_until=images[0].created_at)
    assert "1 of them is held by a worker that has fallen silent; it is read again." in said(admin_client)


def test_without_the_queue_server_the_page_says_so_and_work_goes_on(
    admin_client: Client, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = notes.Redis.from_url("unix:///nowhere.sock", decode_responses=True)
    monkeypatch.setattr(notes, "server", lambda: away)
    began = time.monotonic()
    notes.note_alive("a@vm", ["bulk"], [os.getpid()])
    notes.note_begun("a@vm", 1, turn(jobs.SWEEP))
    notes.note_ended("a@vm", 1, turn(jobs.SWEEP).end(failed=False))
    assert "The queue server does not answer." in said(admin_client)
    assert time.monotonic() - began < 5


def test_the_live_part_is_the_same_as_the_page(admin_client: Client) -> None:
    notes.note_alive("a@vm", ["bulk"], [1])
    part = admin_client.get("/admin/workers/", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="crew"')
    assert part.strip() in admin_client.get("/admin/workers/").content.decode()
