from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.conftest import Callable
from webapp.models import Batch, Image, User
from webapp.models.claimable import LONGEST_PATIENCE, SMALL_GROUP, State

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


def ids(batch: Batch) -> list[int]:
    return list(batch.images.order_by("pk").values_list("pk", flat=True))


def let_lease_run_out(fence: int) -> None:
    Image.objects.held_by(fence).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_second_claim_gets_nothing(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice)
    assert Image.objects.claim(ids(batch)) is not None
    assert Image.objects.claim(ids(batch)) is None


def test_a_zombie_that_finishes_late_changes_nothing(alice: User, hand_in: HandIn) -> None:
    (pk,) = ids(hand_in(alice, count=1))
    zombie = Image.objects.claim([pk])
    let_lease_run_out(zombie)
    second = Image.objects.claim([pk])
    assert Image.objects.all().finish(zombie, [pk]) == []
    assert Image.objects.get(pk=pk).state == State.RUNNING
    assert Image.objects.all().finish(second, [pk]) == [pk]


def test_what_was_tried_before_is_claimed_in_small_groups_and_then_alone(alice: User, hand_in: HandIn) -> None:
    pks = ids(hand_in(alice, count=SMALL_GROUP + 1))
    for _ in range(2):  # the second time as many as before would be too many together
        fence = Image.objects.claim(pks)
        if fence:
            let_lease_run_out(fence)
            Image.objects.all().release_abandoned()
    assert set(Image.objects.values_list("attempts", flat=True)) == {1}
    let_lease_run_out(Image.objects.claim(pks[:SMALL_GROUP]))
    Image.objects.all().release_abandoned()
    assert set(Image.objects.filter(pk__in=pks[:SMALL_GROUP]).values_list("attempts", flat=True)) == {2}
    assert Image.objects.claim(pks[:2]) is None
    assert Image.objects.claim(pks[:1]) is not None


def test_work_that_stops_its_reader_three_times_is_set_aside_with_a_reason(alice: User, hand_in: HandIn) -> None:
    (pk,) = ids(hand_in(alice, count=1))
    for _ in range(3):
        let_lease_run_out(Image.objects.claim([pk]))
        Image.objects.all().release_abandoned()
    assert Image.objects.all().fail_exhausted() == [pk]
    image = Image.objects.get(pk=pk)
    assert (image.state, image.error_code) == (State.FAILED, "gave_up")
    assert "again and again" in image.error
    assert Image.objects.claim([pk]) is None


def test_a_renewed_lease_is_not_abandoned(alice: User, hand_in: HandIn) -> None:
    fence = Image.objects.claim(ids(hand_in(alice)))
    let_lease_run_out(fence)
    assert Image.objects.abandoned().count() == 3
    assert Image.objects.renew(fence) == 3
    assert Image.objects.abandoned().count() == 0


def test_patience_grows_with_the_age_of_the_backlog(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    batch.images.update(waiting_since=an_hour_ago, resend_at=an_hour_ago)
    assert Image.objects.due_to_be_sent().count() == 3
    Image.objects.mark_sent(ids(batch))
    assert Image.objects.due_to_be_sent().count() == 0
    assert Image.objects.due_to_be_sent(timezone.now() + LONGEST_PATIENCE).count() == 3


def test_nobody_is_patient_where_nothing_is_queued(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice)
    assert Image.objects.due_to_be_sent(none_queued=True).count() == 0, "the message may just have been taken"
    batch.images.update(waiting_since=timezone.now() - timedelta(hours=1))
    Image.objects.mark_sent(ids(batch))
    assert Image.objects.due_to_be_sent(none_queued=True).count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_once_each_picture_goes_to_one(alice: User, hand_in: HandIn) -> None:
    pks = ids(hand_in(alice, count=40))

    def claim(_: int) -> int | None:
        try:
            return Image.objects.claim(pks)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        fences = [fence for fence in pool.map(claim, range(16)) if fence]
    held = [Image.objects.held_by(fence).count() for fence in fences]
    assert sum(held) == 40
    assert set(Image.objects.filter(pk__in=pks).values_list("attempts", flat=True)) == {1}
