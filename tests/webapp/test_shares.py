"""Who has been served how much lately, as the queue server knows it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from webapp import shares

ALICE, BOB, CAROL = 1, 2, 3


def test_next_is_who_has_been_served_least() -> None:
    shares.note(ALICE, 5)
    shares.note(ALICE, 2.5)
    shares.note(BOB, 1)
    assert shares.had([ALICE, BOB, CAROL]) == pytest.approx({ALICE: 7.5, BOB: 1, CAROL: 0})
    assert shares.next_of([ALICE, BOB], asking=ALICE) == BOB
    assert shares.next_of([ALICE, BOB, CAROL], asking=ALICE) == CAROL


def test_with_equals_it_is_who_asks_and_alone_it_is_nobody_else() -> None:
    assert shares.next_of([ALICE, BOB], asking=BOB) == BOB
    assert shares.next_of([], asking=ALICE) == ALICE


def test_nobody_who_asks_is_whoever_waits_or_nobody() -> None:
    shares.note(BOB, 1)
    assert shares.next_of([ALICE, BOB], asking=None) == ALICE
    assert shares.next_of([], asking=None) is None
    with shares.one_at_a_time(ALICE, 60):
        assert shares.next_of([ALICE], asking=None) is None


def may_have_two(person: int) -> bool:
    with shares.one_at_a_time(person, 60) as first, shares.one_at_a_time(person, 60) as second:
        assert first
        return second


def test_whose_turns_are_not_known_to_be_short_has_one_worker_at_a_time() -> None:
    assert not may_have_two(ALICE)
    shares.note_turn(ALICE, 0.5)
    assert may_have_two(ALICE)
    assert not may_have_two(BOB)


def test_that_one_was_long_is_remembered_for_longer_than_that_others_were_short() -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        shares.note_turn(ALICE, 0.5)
        shares.note_turn(ALICE, 4)
        shares.note_turn(ALICE, 0.5)
        assert not may_have_two(ALICE)
    assert shares.REMEMBERED_SECONDS > shares.SECONDS


def test_who_may_not_begin_is_not_next() -> None:
    shares.note(BOB, 5)
    shares.note_turn(ALICE, 4)
    assert shares.next_of([ALICE, BOB], asking=BOB) == ALICE
    with shares.one_at_a_time(ALICE, 60):
        assert shares.next_of([ALICE, BOB], asking=BOB) == BOB
        assert shares.next_of([ALICE, BOB], asking=ALICE) == BOB
        assert shares.next_of([ALICE], asking=ALICE) == ALICE


def test_what_was_had_counts_less_and_less_and_then_nothing() -> None:
    start = timezone.now().replace(second=0, microsecond=0)
    with time_machine.travel(start + timedelta(seconds=30), tick=False):
        shares.note(ALICE, 10)
    with time_machine.travel(start + timedelta(seconds=75), tick=False):
        assert shares.had([ALICE])[ALICE] == pytest.approx(7.5)
    with time_machine.travel(start + timedelta(seconds=121), tick=False):
        assert shares.had([ALICE])[ALICE] == 0


def test_without_the_queue_server_everybody_is_as_good_as_anybody(settings: object) -> None:
    settings.CACHES = {  # type: ignore[attr-defined]
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere.sock"}
    }
    shares.note(ALICE, 5)
    assert shares.next_of([ALICE, BOB], asking=ALICE) == ALICE
