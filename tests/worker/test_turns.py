"""Persons take turns: a message is a look, and the look goes to whoever has been served least."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from recognizer.learning.mnist import Digits
from tests.conftest import Processes, png, wait_until
from webapp import jobs, shares
from webapp.models import Batch, Image, Rereading, RereadingOrder, User
from webapp.models.hints import Hints
from worker.tasks import read, turns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
HandIn = Callable[..., Batch]


def ids(batch: Batch) -> list[int]:
    return list(batch.images.order_by("index").values_list("pk", flat=True))


def states(batch: Batch) -> list[str]:
    return list(batch.images.order_by("index").values_list("state", flat=True))


def waiting_messages(queue: str) -> int:
    return (jobs.depths() or {})[queue]


def test_a_look_goes_to_who_was_served_less_and_what_it_named_is_looked_at_again(
    champion: None, alice: User, bob: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    many, few = hand_in(alice, count=6), hand_in(bob, count=2)
    empty_queue()
    shares.note(alice.pk, 3)
    turns.images(ids(many))
    assert (states(few), set(states(many))) == (["read"] * 2, {"waiting"})
    assert waiting_messages("bulk") == 1
    assert shares.had([bob.pk])[bob.pk] > 0
    turns.images(ids(many))
    assert set(states(many)) == {"read"}
    assert waiting_messages("bulk") == 1  # nobody else waited any more
    turns.images(ids(few))  # its own message finds nothing to do
    assert states(few) == ["read"] * 2


def test_who_is_alone_is_never_put_off(
    champion: None, alice: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    batch = hand_in(alice, count=3)
    empty_queue()
    shares.note(alice.pk, 100)
    turns.images(ids(batch))
    assert (set(states(batch)), waiting_messages("bulk")) == ({"read"}, 0)


def test_when_a_turn_is_over_what_was_not_begun_waits_again_and_no_attempt_is_counted(
    champion: None, alice: User, hand_in: HandIn, empty_queue: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = hand_in(alice, count=5)
    monkeypatch.setattr(read, "TURN_SECONDS", -1)
    empty_queue()
    turns.images(ids(batch))
    assert states(batch) == ["read"] + ["waiting"] * 4
    assert set(batch.images.filter(state="waiting").values_list("attempts", flat=True)) == {0}
    assert waiting_messages("interactive") == 4  # one such picture a turn, as it turned out
    batch.refresh_from_db()
    assert (batch.read_count, batch.open_count) == (1, 4)


def test_rereadings_are_put_off_as_pictures_are(
    champion: None, alice: User, hand_in: HandIn, empty_queue: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = hand_in(alice, count=3)
    turns.images(ids(batch))
    batch.hints = Hints(digits=2).stored()
    batch.save()
    order = RereadingOrder.place(alice, batch.images.all(), batch.pk)
    assert order
    monkeypatch.setattr(read, "TURN_SECONDS", -1)
    empty_queue()
    turns.rereadings(list(order.rereadings.order_by("pk").values_list("pk", flat=True)))
    assert sorted(Rereading.objects.values_list("state", "attempts")) == [("read", 1), ("waiting", 0), ("waiting", 0)]
    assert waiting_messages("bulk") == 2


def test_pictures_come_before_files_that_are_to_be_unpacked_and_before_rereadings(
    champion: None, alice: User, bob: User, hand_in: HandIn, digits: Digits
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.png", png(digits.images[0]))
    theirs = Batch(owner=alice, name="packed", expected=1)
    theirs.take_in({0: SimpleUploadedFile("a.zip", packed.getvalue())})
    upload = theirs.uploads.get()
    shares.note(alice.pk, 3)
    mine = hand_in(bob, count=1)
    turns.upload([upload.pk])
    upload.refresh_from_db()
    assert (states(mine), upload.state) == (["read"], "waiting")
    turns.upload([upload.pk])
    assert states(theirs) == ["waiting"]


def test_a_look_whose_work_is_deleted_goes_to_whoever_waits(
    champion: None, alice: User, bob: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    batch = hand_in(alice, count=1)
    gone = ids(batch)
    batch.delete()
    turns.images(gone)
    turns.rereadings([1])
    few = hand_in(bob, count=2)
    empty_queue()
    turns.upload([1])
    assert (states(few), waiting_messages("interactive"), waiting_messages("bulk")) == (["read"] * 2, 0, 0)
    turns.images(gone)


def test_whose_turns_are_long_has_one_worker_at_a_time(
    champion: None, alice: User, bob: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    long, quick = hand_in(alice, count=1), hand_in(bob, count=1)
    empty_queue()
    shares.note_turn(alice.pk, 4)
    shares.note_turn(bob.pk, 0.1)
    with shares.one_at_a_time(alice.pk, 60) as first, shares.one_at_a_time(bob.pk, 60) as other:
        assert first
        assert other
        turns.images(ids(long))
        turns.images(ids(quick))
    assert (states(long), states(quick)) == (["waiting"], ["read"])
    assert waiting_messages("bulk") == 1
    turns.images(ids(long))
    assert states(long) == ["read"]


def test_who_is_the_only_one_on_a_site_has_all_workers(
    champion: None, alice: User, bob: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    first, second = hand_in(alice, count=1), hand_in(alice, count=1)
    empty_queue()
    shares.note_turn(alice.pk, 4)
    with shares.one_at_a_time(alice.pk, 60):
        turns.images(ids(first))
        assert states(first) == ["waiting"]
        bob.is_active = False
        bob.save()
        turns.images(ids(second))
        assert states(second) == ["read"]


def test_who_may_not_begin_holds_up_nobody_who_was_served_more(
    champion: None, alice: User, bob: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    long, other = hand_in(alice, count=1), hand_in(bob, count=1)
    empty_queue()
    shares.note(bob.pk, 5)
    shares.note_turn(alice.pk, 4)
    with shares.one_at_a_time(alice.pk, 60):
        turns.images(ids(other))
    assert (states(long), states(other)) == (["waiting"], ["read"])
    assert waiting_messages("bulk") == 0


def test_a_turn_that_could_not_be_kept_short_is_noted(
    champion: None, alice: User, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = hand_in(alice, count=2)
    one, other = ids(batch)
    turns.images([one])
    with shares.one_at_a_time(alice.pk, 60), shares.one_at_a_time(alice.pk, 60) as second:
        assert second
    monkeypatch.setattr(shares, "LONG", 0)
    turns.images([other])
    with shares.one_at_a_time(alice.pk, 60), shares.one_at_a_time(alice.pk, 60) as second:
        assert not second


def test_what_is_tried_again_has_turns_of_its_own(champion: None, alice: User, bob: User, hand_in: HandIn) -> None:
    many, few = hand_in(alice, count=40), hand_in(bob, count=1)
    Image.objects.update(attempts=1)
    shares.note(alice.pk, 3)
    assert turns.waiting(tried=True) == {alice.pk, bob.pk}
    assert turns.work_of(bob.pk, tried=True) == (read.read_images, ids(few))
    assert turns.work_of(alice.pk, tried=True) == (read.read_images, ids(many)[:16])
    many.images.update(attempts=2)
    assert turns.work_of(alice.pk, tried=True) == (read.read_images, ids(many)[:1])
    assert turns.work_of(alice.pk, tried=False) is None


def test_nobody_s_message_names_another_person_s_pictures(
    champion: None, alice: User, bob: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    hand_in(alice, count=2)
    hand_in(bob, count=2)
    empty_queue()
    Image.objects.all().send()
    assert waiting_messages("interactive") == 2
    Image.objects.update(attempts=1)
    Image.objects.all().send_tried()
    assert waiting_messages("quarantine") == 2


def test_one_person_s_thousands_do_not_hold_up_another_s_few(
    processes: Processes, champion: None, alice: User, bob: User, hand_in: HandIn
) -> None:
    thousands = hand_in(alice, count=4_000)
    few = hand_in(bob, count=40)  # of a size that waits in the same line
    processes.worker("interactive,bulk", "reader")

    def is_done() -> bool:
        few.refresh_from_db()
        return few.is_done

    wait_until(is_done)
    thousands.refresh_from_db()
    assert thousands.open_count > 1000
