"""How much of the workers' time each person had lately, so that persons take turns on what reads and unpacks.

Next is whoever has been served least (least attained service: Nuyens, Wierman: The foreground-background queue, 2008),
by seconds as they were measured: it holds whatever a picture costs. The counts lie in the queue server and are the same
on all machines; without it nothing is sent, and everybody is as good as anybody.
"""

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress

from django.core.cache import cache
from redis.exceptions import RedisError

from webapp import counters

# What somebody had longer ago than this weighs nothing: nobody pays for yesterday's batch.
SECONDS = 60
HOUR = 3600
# A turn is meant to be shorter; one page of thousands of marks is not. Whoever hands in such has one worker at a time,
# for ten minutes from the last one on: long enough that it does not pay to hand in others between.
LONG = 3.0
REMEMBERED_SECONDS = 600


def note(person: int, seconds: float) -> None:
    """So much of a worker's time went to what this person handed in."""
    counters.count(_key(person, _window()), _milliseconds(seconds), 3 * SECONDS)


def note_opening(person: int, seconds: float) -> None:
    """So much of that went to opening files that hold many pictures."""
    counters.count(_opened(person), _milliseconds(seconds), HOUR)


def opened(person: int) -> float:
    """Seconds that went to opening this person's files in this hour of the clock."""
    try:
        return float(cache.get(_opened(person), 0)) / 1000
    except RedisError:
        return 0.0


def had(people: Collection[int]) -> dict[int, float]:
    """Seconds of each of them in the last minute: of the minute before, as much as of it still counts."""
    window, share = _window(), 1 - time.time() % SECONDS / SECONDS
    keys = {
        _key(person, past): (person, weight) for person in people for past, weight in ((window, 1), (window - 1, share))
    }
    try:
        kept = cache.get_many(keys)
    except RedisError:
        kept = {}
    seconds = dict.fromkeys(people, 0.0)
    for key, milliseconds in kept.items():
        person, weight = keys[key]
        seconds[person] += milliseconds / 1000 * weight
    return seconds


def note_turn(person: int, seconds: float) -> None:
    """A turn took so long. Whose turns are short is known for as long as somebody works off their things; that one was
    not is remembered for longer."""
    note(person, seconds)
    with suppress(RedisError):
        if seconds > LONG:
            cache.set(_long(person), True, timeout=REMEMBERED_SECONDS)
        else:
            cache.set(_short(person), True, timeout=SECONDS)


@contextmanager
def one_at_a_time(person: int, most_seconds: int) -> Iterator[bool]:
    """Whether this turn may begin: where it is not known that this person's are short, only if no other of theirs is
    under way, so that a worker is left for everybody else. What a dead worker held is let go after so many seconds."""
    key, held, is_short = _turn(person), False, True
    try:
        is_short = bool(_known_to_be_short([person]))
        held = cache.add(key, True, timeout=most_seconds)
    except RedisError:
        pass
    try:
        yield held or is_short
    finally:
        if held:
            with suppress(RedisError):
                cache.delete(key)


def next_of(people: Iterable[int], asking: int | None) -> int | None:
    """Whose turn it is among these and who asks; with equals it is who asks. Not that of anybody who may not begin,
    but for who asks; None where that is nobody."""
    waiting = {*people} | ({asking} if asking is not None else set())
    if waiting == {asking}:
        return asking
    may_begin = waiting - held_up(waiting)
    seconds = had(may_begin)
    return min(sorted(may_begin), key=lambda person: (seconds[person], person != asking), default=asking)


def held_up(people: Collection[int]) -> set[int]:
    """Who of these has a turn under way, and it is not known that theirs are short."""
    try:
        under_way = cache.get_many([_turn(person) for person in people])
        busy = {person for person in people if _turn(person) in under_way}
        return busy - _known_to_be_short(busy) if busy else set()
    except RedisError:
        return set()


def _known_to_be_short(people: Collection[int]) -> set[int]:
    kept = cache.get_many([key(person) for person in people for key in (_short, _long)])
    return {person for person in people if _short(person) in kept and _long(person) not in kept}


def _milliseconds(seconds: float) -> int:
    return max(1, round(1000 * seconds))


def _long(person: int) -> str:
    return f"long/{person}"


def _short(person: int) -> str:
    return f"short/{person}"


def _turn(person: int) -> str:
    return f"turn/{person}"


def _opened(person: int) -> str:
    return f"opened/{person}/{int(time.time() // HOUR)}"


def _window() -> int:
    return int(time.time() // SECONDS)


def _key(person: int, window: int) -> str:
    return f"had/{person}/{window}"
