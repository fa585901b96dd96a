"""Pictures that come to a batch later, and those that are taken out again: every count follows."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.webapp.test_batch import a_prediction, stored_keys
from webapp import jobs
from webapp.models import Addition, ApiToken, Batch, Image, Prediction, Review, Upload, User
from webapp.models.batch import BatchFull, BeyondMost, Settled
from webapp.models.rules import Rules

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


def file(name: str = "a.png", data: bytes = b"x") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def read_all(batch: Batch, confidence: float = 0.999) -> None:
    for image in batch.images.filter(state="waiting"):
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, confidence)])
    batch.refresh_from_db()


def add(batch: Batch, *files: SimpleUploadedFile, key: str = "") -> Addition:
    addition, _ = batch.announce(len(files), key)
    batch.take_in(dict(enumerate(files, start=addition.start)))
    return addition


@pytest.fixture
def done(alice: User, hand_in: HandIn, champion: None) -> Batch:
    """Three pictures, read a day ago."""
    batch = hand_in(alice, count=3)
    read_all(batch)
    yesterday = timezone.now() - timedelta(days=1)
    times = {"created_at": yesterday, "first_result_at": yesterday, "finished_at": yesterday + timedelta(minutes=10)}
    Batch.objects.filter(pk=batch.pk).update(**times)
    batch.refresh_from_db()
    return batch


# --- Added -----------------------------------------------------------------------------------------------------------


def test_a_batch_that_was_done_goes_on_until_what_is_added_is_read(done: Batch) -> None:
    add(done, file("b.png"), file("c.png"))
    assert (done.image_count, done.expected, done.sealed, done.finished_at, done.is_done) == (5, 5, True, None, False)
    read_all(done)
    assert (done.read_count, done.is_done, done.missing_count) == (5, True, 0)
    assert done.finished_at
    assert [image.name for image in done.images.order_by("index")][3:] == ["b.png", "c.png"]


def test_half_of_an_addition_leaves_the_batch_open_and_closing_it_ends_that(done: Batch) -> None:
    addition, _ = done.announce(2)
    done.take_in({addition.start: file()})
    read_all(done)
    assert (done.sealed, done.is_done, done.finished_at) == (False, False, None)
    done.seal()
    assert (done.is_done, done.missing_count) == (True, 1)
    add(done, file("late.png"))
    assert (done.sealed, done.missing_count, done.image_count) == (True, 0, 5), "nobody waits for what never came"


def test_no_index_is_given_away_twice(done: Batch) -> None:
    first, again = done.announce(2)[0], done.announce(2)[0]
    assert (first.start, again.start) == (3, 5)
    done.take_in({again.start: file("b.png")})
    assert done.announce(1)[0].start == 7


def test_asking_again_with_the_same_key_gives_the_same_indexes(done: Batch) -> None:
    first, is_new = done.announce(2, "abc")
    again, is_new_again = done.announce(2, "abc")
    assert (again, is_new, is_new_again) == (first, True, False)
    assert done.expected == 5
    for _ in range(2):
        done.take_in({first.start: file("b.png"), first.start + 1: file("c.png")})
    assert done.announce(2, "abc") == (first, False)
    assert (done.image_count, done.sealed) == (5, True)


def test_what_was_closed_half_sent_may_come_as_another(done: Batch) -> None:
    first, _ = done.announce(2, "abc")
    done.take_in({first.start: file("b.png")})
    done.seal()
    again, is_new = done.announce(2, "abc")
    assert is_new
    assert again.start > first.start
    assert done.announce(2, "abc") == (again, False)


def test_what_is_added_after_an_archive_stands_behind_its_pictures(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, files=[("a.zip", b"PK\x03\x04")])
    upload = batch.uploads.get()
    fence = Upload.objects.claim([upload.pk])
    assert fence
    assert upload.take_out(fence, {1: file("in-1.png"), 2: file("in-2.png")})
    upload.finish(fence, [])
    batch.refresh_from_db()
    add(batch, file("added.png"))
    second = add(batch, file("b.zip", b"PK\x03\x04"))
    later = batch.uploads.get(index=second.start)
    fence = Upload.objects.claim([later.pk])
    assert fence
    assert later.take_out(fence, {1: file("in-3.png")})
    add(batch, file("last.png"))
    names = batch.images.order_by("index").values_list("name", flat=True)
    assert list(names) == ["in-1.png", "in-2.png", "added.png", "in-3.png", "last.png"]


def test_its_speed_and_its_queue_are_those_of_what_is_added(done: Batch) -> None:
    speed = done.rate
    add(done, file())
    read_all(done)
    assert done.rate == pytest.approx(4 / 600, rel=0.1), "not four pictures in a day"
    assert speed == pytest.approx(3 / 600)
    Batch.objects.filter(pk=done.pk).update(image_count=5000, expected=5000)
    done.refresh_from_db()
    assert done.queue == jobs.BULK
    done.announce(1)
    assert done.queue == jobs.INTERACTIVE
    assert done.wait().ahead == 0


def test_its_owner_is_told_again_only_of_what_took_long(done: Batch) -> None:
    User.objects.update(mail_when_done=True)
    add(done, file())
    read_all(done)
    assert not Batch.objects.to_be_told().exists()
    Batch.objects.update(reopened_at=timezone.now() - timedelta(minutes=2))
    assert Batch.objects.to_be_told().get() == done


def test_the_sum_of_a_batch_is_judged_anew_when_it_is_whole_again(done: Batch) -> None:
    done.expect(Rules(total=28))
    assert set(done.images.values_list("broken_rule", flat=True)) == {"sum"}
    addition, _ = done.announce(1)
    assert set(done.images.values_list("broken_rule", flat=True)) == {""}, "a number is still to come"
    done.take_in({addition.start: file()})
    read_all(done)
    assert set(done.images.values_list("broken_rule", flat=True)) == {""}
    assert done.remove(addition.start)
    assert set(done.images.values_list("broken_rule", flat=True)) == {"sum"}


def test_a_batch_is_whole_for_its_sum_when_the_last_picture_fails(alice: User, hand_in: HandIn, champion: None) -> None:
    batch = hand_in(alice, count=2)
    batch.expect(Rules(total=8))
    first, last = batch.images.order_by("index")
    Image.objects.record(Image.objects.claim([first.pk]), [a_prediction(first, 0.999)])
    Image.objects.fail(Image.objects.claim([last.pk]), [last.pk], "empty")
    assert batch.images.get(pk=first.pk).broken_rule == "sum"


def test_the_dial_settles_with_what_is_added(done: Batch) -> None:
    add(done, file(), file())
    read_all(done, confidence=0.6)
    assert done.standings() == {"sure": 3, "doubtful": 2, "reviewed": 0, "failed": 0}


@pytest.mark.parametrize("change", ["cancelled", "assigned", "erased", "drawn", "deleted"])
def test_what_is_not_its_owner_s_alone_to_change_stays_as_it_is(done: Batch, bob: User, change: str) -> None:
    now = timezone.now()
    if change == "deleted":
        Batch.objects.get(pk=done.pk).delete()
    elif change == "erased":
        User.objects.filter(pk=done.owner_id).update(erasing_since=now)
    else:
        changes = {"cancelled": {"cancelled_at": now}, "assigned": {"reviewer": bob}, "drawn": {"source": "drawing"}}
        Batch.objects.filter(pk=done.pk).update(**changes[change])
    with pytest.raises(Settled):
        done.announce(1)
    assert not Addition.objects.exists()
    if change != "deleted":
        with pytest.raises(Settled):
            done.remove(0)
        assert done.images.count() == 3


def test_a_batch_does_not_grow_beyond_what_it_may_have(done: Batch, settings: LazySettings) -> None:
    settings.MAX_FILES_PER_BATCH = 4
    with pytest.raises(BeyondMost):
        done.announce(2)
    done.announce(1)
    with pytest.raises(BeyondMost):
        done.announce(1)
    assert done.expected == 4


def test_more_than_were_announced_are_refused(done: Batch) -> None:
    addition, _ = done.announce(1)
    before = stored_keys()
    with pytest.raises(BatchFull):
        done.take_in({addition.start: file(), addition.start + 1: file()})
    assert stored_keys() == before


# --- Taken out -------------------------------------------------------------------------------------------------------


def test_a_picture_goes_with_its_answers_and_its_file(
    done: Batch, alice: User, django_capture_on_commit_callbacks: Callable
) -> None:
    image = done.images.order_by("index").last()
    image.correct(alice, "text", "4")
    key, size = image.key, image.size
    Batch.objects.filter(pk=done.pk).update(stored_bytes=1000)
    with django_capture_on_commit_callbacks(execute=True):
        assert done.remove(image.index)
    assert (done.image_count, done.expected, done.read_count, done.stored_bytes) == (2, 2, 2, 1000 - size)
    assert done.is_done
    assert not default_storage.exists(key)
    assert not Review.objects.exists()
    assert Prediction.objects.count() == 2
    assert not done.remove(image.index), "it is gone already"
    assert done.announce(1)[0].start == image.index + 1, "what asks for it once more finds no other in its place"


def test_a_picture_that_still_waits_is_taken_out_and_ends_its_batch(done: Batch) -> None:
    addition = add(done, file())
    assert not done.is_done
    assert done.remove(addition.start)
    assert (done.is_done, done.image_count, done.read_count) == (True, 3, 3)
    assert done.finished_at


def test_a_late_result_of_a_picture_that_was_taken_out_is_discarded(done: Batch) -> None:
    addition = add(done, file())
    image = done.images.get(index=addition.start)
    fence = Image.objects.claim([image.pk])
    assert done.remove(addition.start)
    assert Image.objects.record(fence, [a_prediction(image)]) == []
    done.refresh_from_db()
    assert (done.read_count, done.is_done) == (3, True)


def test_the_last_picture_may_go_too(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=1)
    assert batch.remove(0)
    assert (batch.image_count, batch.expected, batch.is_done, batch.missing_count) == (0, 0, True, 0)
    add(batch, file())
    assert list(batch.images.values_list("index", flat=True)) == [1]


# --- From the page ---------------------------------------------------------------------------------------------------


def test_the_plain_form_adds_and_says_what_was_added_before(as_alice: Client, done: Batch) -> None:
    address = f"/batches/{done.pk}/add/"
    page = as_alice.get(done.get_absolute_url()).content.decode()
    assert f'action="{address}"' in page
    for expected in (5, 5):
        pictures = [file("IMG_10.png", b"ten"), file("IMG_2.png", b"two")]
        answer = as_alice.post(address, {"pictures": pictures}, follow=True)
        done.refresh_from_db()
        assert done.image_count == expected
    assert "They are not added again" in answer.content.decode()
    assert list(done.images.order_by("index").values_list("name", flat=True))[3:] == ["IMG_2.png", "IMG_10.png"]


def test_a_plain_form_without_a_picture_says_so(as_alice: Client, done: Batch) -> None:
    page = as_alice.post(f"/batches/{done.pk}/add/", follow=True).content.decode()
    assert "Choose at least one picture first." in page


def test_a_script_announces_sends_and_takes_out(as_alice: Client, done: Batch) -> None:
    page, facts = done.get_absolute_url(), {"expected": 1, "key": "k-1"}
    first, again = (as_alice.post(f"{page}announce/", facts) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["start"], again.json()["start"], again.json()["come"]) == (3, 3, [])
    sent = as_alice.post(f"{page}images/", {"file-3": file()})
    assert sent.json() == {"arrived": 4, "expected": 4, "sealed": True}
    known = as_alice.post(f"{page}announce/", facts).json()
    assert (known["come"], known["sealed"], known["name"]) == ([3], True, "Meters")
    for _ in range(2):  # an answer that was lost
        gone = as_alice.post(f"{page}images/3/remove/", headers={"X-Requested-With": "fetch"})
        assert gone.json() == {"arrived": 3}
    assert as_alice.post(f"{page}images/3/remove/").status_code == 404
    assert as_alice.post(f"{page}announce/", {"expected": 0}).status_code == 400


def test_a_reviewer_s_batch_offers_nothing_to_add(as_alice: Client, as_bob: Client, done: Batch, bob: User) -> None:
    Batch.objects.update(reviewer=bob)
    for client in (as_alice, as_bob):
        assert "Add pictures" not in client.get(done.get_absolute_url()).content.decode()
    refused = as_alice.post(f"{done.get_absolute_url()}announce/", {"expected": 1})
    assert refused.status_code == 409
    assert "assigned to a reviewer" in refused.json()["error"]
    assert as_bob.post(f"{done.get_absolute_url()}announce/", {"expected": 1}).status_code == 404


def test_an_index_that_belongs_to_an_archive_s_pictures_is_refused(as_alice: Client, alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=2)
    for index in (1_000_000, 10_000_000_000_000_000):
        assert as_alice.post(f"/batches/{batch.pk}/images/", {f"file-{index}": file()}).status_code == 400
    assert as_alice.post(f"/batches/{batch.pk}/images/", {"file-999999": file()}).status_code == 200


# --- By program ------------------------------------------------------------------------------------------------------


@pytest.fixture
def program(alice: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})


def test_a_program_adds_at_once_or_in_pieces_and_takes_out(program: Client, done: Batch) -> None:
    address = f"/api/batches/{done.pk}"
    for _ in range(2):  # an answer that was lost
        added = program.post(f"{address}/add", {"pictures": [file("b.png"), file("c.png")], "key": "k-1"}).json()
        assert (added["start"], added["batch"]["pictures"], added["batch"]["state"]) == (3, 5, "reading")
    announced = program.post(f"{address}/add", {"expected": 2}).json()
    assert (announced["start"], announced["batch"]["state"]) == (5, "arriving")
    assert program.post(f"{address}/images", {"file-5": file(), "file-6": file()}).json()["state"] == "reading"
    assert program.delete(f"{address}/images/6").status_code == 204
    assert program.delete(f"{address}/images/6").status_code == 404
    assert program.get(address).json()["pictures"] == 6
    assert program.post(f"{address}/add", {}).status_code == 400
    program.post(f"{address}/cancel")
    assert program.post(f"{address}/add", {"expected": 1}).status_code == 409
