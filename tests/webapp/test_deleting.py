"""Deleting a batch: nobody sees it from then on, and a worker deletes it in pieces, however often it is killed."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.conftest import Processes, wait_until
from tests.webapp.test_batch import a_prediction
from webapp import jobs
from webapp.access import owned, reviewable
from webapp.models import Batch, Image, Rereading, RereadingOrder, Review, ShareLink, User
from webapp.models.batch import removal
from worker.tasks import people

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


@pytest.fixture
def batch(alice: User, hand_in: HandIn, champion: None) -> Batch:
    """Three pictures; the first is read and corrected."""
    batch = hand_in(alice, count=3)
    first = batch.images.earliest("pk")
    Image.objects.record(Image.objects.claim([first.pk]), [a_prediction(first)])
    Image.objects.get(pk=first.pk).correct(alice, "text", "4")
    batch.refresh_from_db()
    return batch


def stored(keys: list[str]) -> list[str]:
    return [key for key in keys if default_storage.exists(key)]


def big_batch(owner: User, count: int) -> tuple[Batch, list[str]]:
    batch = Batch.objects.create(owner=owner, name="Thousands", expected=count, image_count=count, sealed=True)
    keys = [default_storage.save(f"originals/big/{index}", ContentFile(b"x")) for index in range(count)]
    batch.images.bulk_create(
        Image(batch=batch, owner=owner, index=index, name="x.png", file=key, size=1) for index, key in enumerate(keys)
    )
    return batch, keys


def test_a_deleted_batch_is_gone_from_every_page_before_a_worker_has_come(
    as_alice: Client, alice: User, bob: User, client: Client, batch: Batch
) -> None:
    Batch.objects.update(reviewer=bob, name="canary")
    link = ShareLink.for_days(batch, 7)
    order = RereadingOrder.objects.create(
        asked_by=alice, batch=batch, model_version=Image.objects.first().model_version
    )
    image = batch.images.earliest("pk")
    as_alice.post(reverse("delete-batch", args=[batch.pk]))
    addresses = [batch.get_absolute_url(), reverse("image", args=[image.pk]), reverse("picture", args=[image.pk])]
    addresses += [order.get_absolute_url(), f"/api/batches/{batch.pk}", f"/api/batches/{batch.pk}/answers"]
    assert {as_alice.get(address).status_code for address in addresses} == {404}
    lists = ["/", "/history/", "/history/?tab=pictures", "/review/", "/api/batches", "/history/answers.csv"]
    as_alice.get("/history/")  # the one message that names it
    for address in lists:
        answer = as_alice.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200
        assert b"canary" not in body, address
    assert client.get(link.get_absolute_url()).status_code == 404
    assert as_alice.get(link.get_absolute_url()).status_code == 404
    assert not reviewable(Image.objects.all(), bob)
    assert batch.images.count() == 3, "nothing of it has been deleted yet"


def test_others_batches_stay_as_they_are(as_alice: Client, alice: User, hand_in: HandIn, batch: Batch) -> None:
    other = hand_in(alice, count=2)
    batch.delete_soon()
    assert list(owned(Batch.objects.all(), alice)) == [other]
    assert owned(Image.objects.all(), alice).count() == 2


def test_a_worker_deletes_the_rows_and_the_bytes(batch: Batch) -> None:
    keys = [key for image in batch.images.all() for key in (image.key, image.copy_key)]
    batch.delete_soon()
    people.erase()
    assert not Batch.objects.exists()
    assert not Image.objects.exists()
    assert not Review.objects.exists()
    assert stored(keys) == []


def test_room_is_free_at_once(alice: User, as_alice: Client, batch: Batch, settings: LazySettings) -> None:
    settings.QUOTA_WAITING, settings.QUOTA_BYTES = 2, batch.stored_bytes
    assert as_alice.post("/sample/").status_code == 409
    settings.QUOTA_WAITING, settings.QUOTA_BYTES = 100, 10**8
    batch.delete_soon()
    assert owned(Batch.objects.all(), alice).usage() == {"bytes": 0, "waiting": 0}
    settings.QUOTA_WAITING = 24
    assert as_alice.post("/sample/").status_code == 302


def test_what_is_being_deleted_is_learned_from_no_more(batch: Batch) -> None:
    assert Review.objects.lessons(bool(batch.held_out)).exists()
    batch.delete_soon()
    assert not Review.objects.lessons(bool(batch.held_out)).exists()


def test_the_same_key_opens_a_new_batch_after_that(as_alice: Client) -> None:
    told = {"name": "x", "expected": 2, "key": "once"}
    first = as_alice.post("/batches/", told).json()["id"]
    as_alice.post(f"/batches/{first}/delete/")
    again = as_alice.post("/batches/", told)
    assert again.status_code == 201
    assert again.json()["id"] != first


def test_bytes_go_before_their_rows_so_that_a_death_between_leaves_none(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [image.key for image in batch.images.all()]
    batch.delete_soon()

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(removal.transaction, "atomic", killed)
    with pytest.raises(Killed):
        people.erase()
    monkeypatch.undo()
    assert stored(keys) == []
    assert batch.images.count() == 3
    people.erase()
    assert not Image.objects.exists()


def test_what_takes_long_is_gone_on_with_in_another_message(
    alice: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable
) -> None:
    monkeypatch.setattr(removal, "PIECE", 4)
    monkeypatch.setattr(people, "ERASING_SECONDS", 0)
    batch, _ = big_batch(alice, 10)
    batch.delete_soon()
    left = []
    while Batch.objects.exists():
        sent: list[str] = []
        monkeypatch.setattr(jobs, "send", lambda task, *_, sent=sent: sent.append(task))
        with django_capture_on_commit_callbacks(execute=True):
            people.erase()
        left.append(Image.objects.count())
        assert sent == ([jobs.ERASE] if Batch.objects.exists() else [])
    assert left == [6, 2, 0, 0]


def test_one_batch_whose_files_cannot_be_deleted_keeps_no_other_waiting(
    alice: User, hand_in: HandIn, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = hand_in(alice, count=1)
    stuck = batch.images.earliest("pk").key
    delete = default_storage.delete

    def refuse(key: str) -> None:
        if key == stuck:
            raise PermissionError
        delete(key)

    monkeypatch.setattr(default_storage, "delete", refuse)
    batch.delete_soon()
    other.delete_soon()
    people.erase()
    assert list(Batch.objects.all()) == [batch]
    monkeypatch.undo()
    people.erase()
    assert not Batch.objects.exists()


def test_ones_data_is_gone_from_the_pages_at_once(as_alice: Client, alice: User, batch: Batch) -> None:
    as_alice.post(reverse("delete-data"), {"what": "data", "password": "correct horse"})
    assert not owned(Batch.objects.all(), alice)
    assert not owned(Image.objects.all(), alice)


def test_somebody_who_goes_is_deleted_once_their_batches_are(alice: User, batch: Batch) -> None:
    alice.erase(leaving=True)
    late = Batch.objects.create(owner=alice, name="on its way just then", expected=1)
    people.erase()
    assert User.objects.filter(pk=alice.pk).exists()
    late.refresh_from_db()
    assert late.deleting_since
    people.erase()
    people.erase()
    assert not User.objects.filter(pk=alice.pk).exists()


def test_the_admin_says_how_much_would_go_without_listing_all_of_it(
    admin_client: Client, batch: Batch, django_assert_max_num_queries: Callable
) -> None:
    for table, row in (("batch", batch), ("user", batch.owner)):
        with django_assert_max_num_queries(15):
            page = admin_client.get(reverse(f"admin:webapp_{table}_delete", args=[row.pk])).content.decode()
        assert "Pictures: 3" in page
        assert "digit-0.png" not in page


def test_the_admin_s_list_says_what_is_being_deleted(admin_client: Client, batch: Batch) -> None:
    admin_client.post(reverse("admin:webapp_batch_delete", args=[batch.pk]), {"post": "yes"})
    assert "being deleted" in admin_client.get(reverse("admin:webapp_batch_changelist")).content.decode()
    people.erase()
    assert not Batch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_s_deletion_is_finished_by_the_next(processes: Processes, alice: User) -> None:
    batch, keys = big_batch(alice, 3000)
    worker = processes.worker("maintenance", "maintenance")
    batch.delete_soon()
    wait_until(lambda: batch.images.count() < 3000)
    processes.kill(worker)
    assert batch.images.exists(), "it was killed in the midst of it"
    assert Batch.objects.get().deleting_since <= timezone.now()
    processes.worker("maintenance", "another")
    jobs.erase()  # as beat sends it every minute
    wait_until(lambda: not Batch.objects.exists())
    assert stored(keys) == []


def test_a_rereading_of_a_deleted_batch_goes_with_it(batch: Batch, alice: User) -> None:
    version = Image.objects.earliest("pk").model_version
    order = RereadingOrder.objects.create(asked_by=alice, batch=batch, model_version=version)
    order.rereadings.create(image=batch.images.earliest("pk"))
    batch.delete_soon()
    people.erase()
    assert not Rereading.objects.exists()
    assert not RereadingOrder.objects.exists()
