"""The same files once more: said before they are taken in again, or beside the batch that has some of them."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from webapp.models import Batch, Image, Upload, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


def files(*data: bytes) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{i}.png", one) for i, one in enumerate(data)]


def page_of(client: Client, batch: Batch) -> str:
    return client.get(batch.get_absolute_url()).content.decode()


# --- The very same hand-in -------------------------------------------------------------------------------------------


def test_the_plain_form_sent_again_makes_no_second_batch_and_shows_the_first(as_alice: Client) -> None:
    as_alice.post("/", {"name": "May", "pictures": files(b"1", b"2")})
    batch = Batch.objects.get()
    answer = as_alice.post("/", {"name": "May", "pictures": files(b"1", b"2")})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "as “May”" in page
    assert f'href="{batch.get_absolute_url()}"' in page.split('id="handed-in"')[1]
    assert Batch.objects.count() == 1
    as_alice.post("/", {"name": "May again", "pictures": files(b"1", b"2"), "again": "1"})
    assert Batch.objects.count() == 2
    assert as_alice.post("/", {"pictures": files(b"1", b"2")}).status_code == 409


@pytest.mark.parametrize("other", [[b"1"], [b"1", b"2", b"3"], [b"1", b"3"]])
def test_other_files_are_another_batch(as_alice: Client, other: list[bytes]) -> None:
    as_alice.post("/", {"pictures": files(b"1", b"2")})
    assert as_alice.post("/", {"pictures": files(*other)}).status_code == 302
    assert Batch.objects.count() == 2


def test_nobody_hears_of_what_others_have_handed_in(as_alice: Client, as_bob: Client) -> None:
    for client in (as_alice, as_bob):
        assert client.post("/", {"pictures": files(b"1", b"2")}).status_code == 302
        client.post("/batches/", {"expected": 1, "key": "the-same"})
    assert Batch.objects.count() == 4
    assert [batch.also_in for batch in Batch.objects.all()] == [{}] * 4
    assert "also in" not in page_of(as_bob, Batch.objects.filter(owner__username="bob").first())


def test_what_was_cancelled_may_be_handed_in_again(as_alice: Client) -> None:
    as_alice.post("/", {"pictures": files(b"1")})
    Batch.objects.get().cancel()
    assert as_alice.post("/", {"pictures": files(b"1")}).status_code == 302
    assert as_alice.post("/batches/", {"expected": 1, "key": "k"}).json()["cancelled"] is False


def test_two_that_come_at_once_make_one_batch(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the first is saved after the second has looked."""
    first, _ = Batch.objects.filter(owner=alice).hand_in(alice, files(b"1"), "May", again=False)
    take_in = Batch.take_in
    Batch.objects.update(key="meanwhile")

    def later(batch: Batch, files: dict) -> object:
        Batch.objects.filter(pk=first.pk).update(key=batch.key)
        return take_in(batch, files)

    monkeypatch.setattr(Batch, "take_in", later)
    assert Batch.objects.filter(owner=alice).hand_in(alice, files(b"1"), "May", again=False) == (first, False)
    assert (Batch.objects.count(), Image.objects.count()) == (1, 1)


def test_a_script_is_told_when_and_as_what_its_files_were_handed_in(as_alice: Client) -> None:
    opened = as_alice.post("/batches/", {"name": "May", "expected": 1, "key": "k"})
    assert "since" not in opened.json()
    as_alice.post(f"{opened.json()['page']}images/", {"file-0": files(b"1")[0]})
    again = as_alice.post("/batches/", {"name": "June", "expected": 1, "key": "k"}).json()
    assert (again["name"], again["sealed"], again["come"]) == ("May", True, [0])
    assert again["since"]


def test_the_sample_is_handed_in_once(as_alice: Client) -> None:
    first, again = as_alice.post("/sample/"), as_alice.post("/sample/")
    assert first["Location"] == again["Location"]
    assert Batch.objects.count() == 1


# --- Some of the same files ------------------------------------------------------------------------------------------


def test_a_batch_says_how_many_of_its_pictures_are_in_which_other(
    as_alice: Client, alice: User, hand_in: HandIn
) -> None:
    may = hand_in(alice, files=[("a.png", b"1"), ("b.png", b"2"), ("empty.png", b"")])
    Batch.objects.filter(pk=may.pk).update(name="May <b>")
    june = hand_in(alice, files=[("1.png", b"1"), ("2.png", b"3"), ("3.png", b"1"), ("empty.png", b"")])
    page = page_of(as_alice, june)
    assert f'2 of these 4 pictures are also in <a href="/batches/{may.pk}/">May &lt;b&gt;</a>' in page
    assert "also in" not in page_of(as_alice, may)
    july = hand_in(alice, files=[("x.png", b"3")])
    assert "This picture is also in" in page_of(as_alice, july)
    assert [twin.batch for twin in july.twins] == [june]


def test_the_pictures_of_an_archive_are_compared_too(as_alice: Client, alice: User, hand_in: HandIn) -> None:
    may = hand_in(alice, files=[("a.png", b"1"), ("b.png", b"2")])
    batch = hand_in(alice, files=[("a.zip", b"PK\x03\x04")])
    fence = Upload.objects.claim([batch.uploads.get().pk])
    assert fence
    assert batch.uploads.get().take_out(fence, dict(enumerate(files(b"1", b"2"), start=1)))
    assert f'All of these 2 pictures are also in <a href="/batches/{may.pk}/">' in page_of(as_alice, batch)


def test_a_batch_that_is_gone_is_not_spoken_of(as_alice: Client, alice: User, hand_in: HandIn) -> None:
    may, june = (hand_in(alice, files=[("a.png", b"1")]) for _ in range(2))
    Batch.objects.get(pk=may.pk).delete()
    assert "also in" not in page_of(as_alice, june)


def test_what_is_taken_out_is_no_longer_counted(alice: User, hand_in: HandIn) -> None:
    hand_in(alice, files=[("a.png", b"1"), ("b.png", b"2")])
    june = hand_in(alice, files=[("a.png", b"1"), ("b.png", b"2")])
    june.remove(0)
    assert [twin.shared for twin in june.twins] == [1]
    june.remove(1)
    assert june.twins == []


def test_a_reviewer_and_a_guest_hear_nothing_of_its_owner_s_other_batches(
    as_alice: Client, as_bob: Client, alice: User, bob: User, hand_in: HandIn
) -> None:
    hand_in(alice, files=[("a.png", b"1")])
    june = hand_in(alice, files=[("a.png", b"1")])
    assert "also in" in page_of(as_alice, june)
    Batch.objects.filter(pk=june.pk).update(reviewer=bob)
    for address in (june.get_absolute_url(), f"{june.get_absolute_url()}live/"):
        assert "also in" not in as_bob.get(address).content.decode()
