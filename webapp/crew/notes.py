"""Who works and what each does right now: noted by the workers in the queue server, read by staff's pages.

Notes, not the truth: that is in the database. Nobody is asked, so a page never waits for a worker that is busy or dead.
"""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Self

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

# By worker: when it was last heard of (the queue server's clock) and what it finished last. By process: what it does.
HEARD, DONE, DOING = "crew:heard", "crew:done", "crew:doing"
# A worker is heard of every two seconds. One that is not is shown for a while, so that somebody sees that it is gone.
SILENT_SECONDS, SHOWN_SECONDS = 10.0, 3600.0


@dataclass(frozen=True)
class Turn:
    """One message that a worker took from a queue: `first` is the first of so many ids in it."""

    task: str
    queue: str
    first: int | None
    count: int
    began: float
    ended: float | None = None
    failed: bool = False

    @classmethod
    def begin(cls, task: str, queue: str, ids: Iterable[int]) -> Self:
        listed = list(ids)
        return cls(task, queue, listed[0] if listed else None, len(listed), time.time())

    def end(self, failed: bool) -> "Turn":
        return replace(self, ended=time.time(), failed=failed)

    @property
    def since(self) -> datetime:
        return datetime.fromtimestamp(self.began, UTC)

    @property
    def until(self) -> datetime | None:
        return datetime.fromtimestamp(self.ended, UTC) if self.ended else None

    @property
    def seconds(self) -> float:
        return max((self.ended or time.time()) - self.began, 0.0)


@dataclass
class Worker:
    name: str
    queues: list[str]
    heard: datetime
    alive: bool
    processes: list[Turn | None] = field(default_factory=list)
    last: Turn | None = None


@lru_cache
def server() -> Redis:
    url = settings.CACHES["default"]["LOCATION"]
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, decode_responses=True)


# --- What workers note. Their work goes on without it. ---------------------------------------------------------------
def note_alive(name: str, queues: list[str], pids: list[int]) -> None:
    with suppress(RedisError):
        said = {"at": seconds_of(server().time()), "queues": queues, "pids": pids}
        server().hset(HEARD, name, json.dumps(said))


def note_begun(name: str, pid: int, turn: Turn) -> None:
    with suppress(RedisError):
        server().hset(DOING, f"{name} {pid}", json.dumps(asdict(turn)))


def note_ended(name: str, pid: int, turn: Turn) -> None:
    with suppress(RedisError):
        pipe = server().pipeline()
        pipe.hdel(DOING, f"{name} {pid}")
        pipe.hset(DONE, name, json.dumps(asdict(turn)))
        pipe.execute()


def note_gone(name: str) -> None:
    with suppress(RedisError):
        forget([name])


# --- What pages read -------------------------------------------------------------------------------------------------
def crew() -> list[Worker] | None:
    """All that were heard of lately, by name; None where the queue server is away."""
    try:
        pipe = server().pipeline()
        for noted in (HEARD, DOING, DONE):
            pipe.hgetall(noted)
        pipe.time()
        heard, doing, done, time_there = pipe.execute()
        now = seconds_of(time_there)
        known = {name: json.loads(said) for name, said in heard.items()}
        if lost := [name for name, said in known.items() if now - said["at"] > SHOWN_SECONDS]:
            forget(lost)
    except RedisError:
        return None
    return [worker_of(name, known[name], now, doing, done) for name in sorted(known.keys() - set(lost))]


def worker_of(name: str, said: dict[str, Any], now: float, doing: dict[str, str], done: dict[str, str]) -> Worker:
    """Of the processes those count that the worker named last: one that is no more may have left its note."""
    return Worker(
        name,
        said["queues"],
        heard=datetime.fromtimestamp(said["at"], UTC),
        alive=now - said["at"] < SILENT_SECONDS,
        processes=[turn_of(doing.get(f"{name} {pid}")) for pid in said["pids"]],
        last=turn_of(done.get(name)),
    )


def turn_of(noted: str | None) -> Turn | None:
    return Turn(**json.loads(noted)) if noted else None


def seconds_of(time_there: tuple[int, int]) -> float:
    """By the queue server's clock: those of several machines differ."""
    return time_there[0] + time_there[1] / 1e6


def forget(names: list[str]) -> None:
    left = [key for key in map(str, server().hkeys(DOING)) if key.rpartition(" ")[0] in names]
    pipe = server().pipeline()
    pipe.hdel(HEARD, *names)
    pipe.hdel(DONE, *names)
    if left:
        pipe.hdel(DOING, *left)
    pipe.execute()
