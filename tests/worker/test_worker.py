"""Real worker processes, a real queue, a real database: what is handed in is read exactly once."""

import threading
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from django.db.models import Count
from django.test import Client

from recognizer.learning.mnist import Digits
from tests.conftest import Processes, png, wait_until
from tests.recognizer.files.test_bad_pictures import png as png_of_size
from webapp import jobs
from webapp.celery import app
from webapp.models import Batch, Image, Prediction, User

pytestmark = pytest.mark.both_databases
HandIn = Callable[..., Batch]


def done(batch: Batch) -> bool:
    batch.refresh_from_db()
    return batch.is_done


def read_exactly_once(batch: Batch) -> None:
    assert set(batch.images.values_list("state", flat=True)) == {"read"}
    doubles = Prediction.objects.filter(image__batch=batch).values("image").annotate(n=Count("pk")).filter(n__gt=1)
    assert not doubles.exists()
    assert Prediction.objects.filter(image__batch=batch).count() == batch.image_count


def test_a_batch_is_read_as_its_digits_say(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, digits: Digits
) -> None:
    processes.worker("interactive,bulk", "reader")
    batch = hand_in(alice, count=200)
    wait_until(lambda: done(batch))
    read_exactly_once(batch)
    answers = batch.images.order_by("index").values_list("prediction__text", flat=True)
    right = sum(answer == str(label) for answer, label in zip(answers, digits.labels, strict=False))
    assert right >= 194
    one = batch.images.select_related("prediction__model_version").first()
    assert one.prediction.model_version.state == "champion"
    assert bytes(one.prediction.glyphs).startswith(b"\x89PNG")
    assert len(one.prediction.digits[0]["probabilities"]) == 17
    assert bytes(one.prediction.copy).startswith(b"\x89PNG")


def test_bad_pictures_fail_with_a_sentence_and_their_neighbours_are_read(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, digits: Digits
) -> None:
    processes.worker("interactive,bulk", "reader")
    good = png(digits.images[0])
    huge = png_of_size(20_000, 20_000, pixels=b"\0")
    bad = {"empty.png": b"", "text.png": b"hello, I am a text", "half.png": good[: len(good) // 2], "huge.png": huge}
    batch = hand_in(alice, files=[("first.png", good), *bad.items(), ("last.png", good)])
    wait_until(lambda: done(batch))
    assert (batch.read_count, batch.failed_count) == (2, 4)
    assert dict(batch.images.filter(state="failed").values_list("name", "error_code")) == {
        "empty.png": "empty",
        "text.png": "not_a_picture",
        "half.png": "truncated",
        "huge.png": "too_many_pixels",
    }
    for image in batch.images.filter(state="failed"):
        assert " " in image.error, image.name
        assert image.error.endswith("."), image.name
    assert batch.images.get(name="huge.png").error.startswith("This picture is 20,000 × 20,000 pixels; the limit is")
    assert set(batch.images.filter(state="read").values_list("name", flat=True)) == {"first.png", "last.png"}


def test_a_thousand_pictures_survive_a_killed_worker(
    processes: Processes, champion: None, alice: User, hand_in: HandIn
) -> None:
    processes.worker("quarantine", "quarantine")
    processes.worker("maintenance", "maintenance")
    processes.start(*["-m", "celery", "-A", "worker", "beat", "--max-interval", "1"])
    victim = processes.worker("interactive,bulk", "victim", app="tests.slow_worker")
    batch = hand_in(alice, count=1000)
    wait_until(lambda: Image.objects.running().exists())
    processes.kill(victim)
    assert batch.images.running().exists(), "the worker was to be killed in the middle"
    processes.worker("interactive,bulk", "second")
    wait_until(lambda: done(batch), seconds=120)
    read_exactly_once(batch)


def test_work_that_outlasts_its_lease_is_still_read_once(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, digits: Digits
) -> None:
    processes.whole_crew(app="tests.slow_worker")
    slow = [(f"slow-{i}.png", png(digits.images[i]) + b"SLOW") for i in range(6)]  # six seconds on leases of two
    batch = hand_in(alice, files=slow)
    wait_until(lambda: done(batch))
    read_exactly_once(batch)
    assert set(batch.images.values_list("attempts", flat=True)) == {1}, "a first result was thrown away"


def test_poison_takes_no_neighbours_with_it(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, digits: Digits
) -> None:
    processes.whole_crew(app="tests.slow_worker")
    good = [(f"good-{i}.png", png(digits.images[i])) for i in range(30)]
    batch = hand_in(alice, files=[*good, ("poison.png", png(digits.images[0]) + b"CRASH")])
    wait_until(lambda: done(batch), seconds=120)
    assert (batch.read_count, batch.failed_count) == (30, 1)
    poison = batch.images.get(state="failed")
    assert (poison.name, poison.error_code, poison.attempts) == ("poison.png", "gave_up", 3)


def test_a_file_that_cannot_be_opened_fails_alone(
    processes: Processes, champion: None, alice: User, hand_in: HandIn
) -> None:
    batch = hand_in(alice, count=4)
    image = batch.images.first()
    Image.objects.filter(pk=image.pk).update(file=image.key.rsplit("/", 1)[0])  # a folder, which no one can open
    processes.worker("interactive,bulk", "reader")
    wait_until(lambda: done(batch))
    assert (batch.read_count, batch.failed_count) == (3, 1)
    assert batch.images.get(state="failed").error_code == "file_closed"


def test_storage_that_is_away_counts_against_no_picture(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, tmp_path: Path
) -> None:
    """A worker that sees none of the files gives all back; one that sees them reads them."""
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    (nowhere / "media").write_text("a file where the folder should be: every open fails")
    blind = processes.worker("interactive,bulk", "blind", VAR_DIR=str(nowhere))
    batch = hand_in(alice, count=3)
    wait_until(lambda: "storage is away" in processes.log())
    processes.kill(blind)
    assert set(batch.images.values_list("state", "attempts")) == {("waiting", 0)}
    processes.whole_crew()
    wait_until(lambda: done(batch))
    read_exactly_once(batch)


def test_the_same_message_a_hundred_times_gives_one_prediction(
    processes: Processes, champion: None, alice: User, hand_in: HandIn
) -> None:
    batch = hand_in(alice, count=20)
    ids = list(batch.images.values_list("pk", flat=True))
    for queue, _ in zip(cycle(["interactive", "bulk", "quarantine"]), range(100), strict=False):
        app.send_task(jobs.READ_IMAGES, args=[ids], queue=queue)
    for name in ("one", "two"):
        processes.worker("interactive,bulk,quarantine", name)
    wait_until(lambda: done(batch))
    read_exactly_once(batch)


def test_a_lost_message_is_sent_again(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    batch = hand_in(alice, count=10)
    empty_queue()
    processes.whole_crew()
    wait_until(lambda: done(batch))
    read_exactly_once(batch)


def test_a_cancelled_batch_starts_no_more_pictures(
    processes: Processes, champion: None, alice: User, hand_in: HandIn
) -> None:
    batch = hand_in(alice, count=10)
    assert batch.cancel() == 10
    processes.whole_crew()
    other = hand_in(alice, count=5)
    wait_until(lambda: done(other))
    batch.refresh_from_db()
    assert (batch.cancelled_count, batch.read_count) == (10, 0)


def test_a_batch_deleted_while_it_is_read_leaves_nothing_and_stops_nobody(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, digits: Digits
) -> None:
    processes.worker("interactive,bulk", "reader", app="tests.slow_worker")
    batch = hand_in(alice, files=[("slow.png", png(digits.images[0]) + b"SLOW")] * 2)
    wait_until(lambda: Image.objects.running().exists())
    batch.delete()
    other = hand_in(alice, count=3)
    wait_until(lambda: done(other))
    assert Prediction.objects.count() == 3


def test_a_failed_picture_can_be_tried_again(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, as_alice: Client
) -> None:
    batch = hand_in(alice, count=3)
    fence = Image.objects.claim([batch.images.first().pk])
    Image.objects.all().fail(fence, [batch.images.first().pk], "reader_broke")
    processes.worker("interactive,bulk", "reader")
    as_alice.post(f"/batches/{batch.pk}/retry/")
    wait_until(lambda: done(batch))
    assert (batch.read_count, batch.failed_count) == (3, 0)


def test_a_small_batch_does_not_wait_behind_a_big_one(
    processes: Processes, champion: None, alice: User, bob: User, hand_in: HandIn
) -> None:
    big = hand_in(alice, count=4000)
    small = hand_in(bob, count=5)
    processes.worker("interactive,bulk", "reader")
    wait_until(lambda: done(small))
    assert not done(big)


def test_two_people_hand_in_at_once_and_each_gets_their_own(
    processes: Processes, champion: None, alice: User, bob: User, hand_in: HandIn
) -> None:
    processes.worker("interactive,bulk", "reader")
    batches: list[Batch] = []
    threads = [threading.Thread(target=lambda o=owner: batches.append(hand_in(o, count=40))) for owner in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for batch in batches:
        wait_until(lambda b=batch: done(b))
        read_exactly_once(batch)
