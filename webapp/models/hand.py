"""What somebody has in hand who reviews: nobody else is dealt it for a while, then it is free again by itself.

That is kept in the queue server, where each entry runs out on its own, and nothing rests on it: without it two people
may look at the same picture, and `Image.say` settles what both have said.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from webapp.models.user import User

log = structlog.get_logger(__name__)

# Since the last answer of who holds it.
HELD_SECONDS = 300


def new_token() -> str:
    return secrets.token_urlsafe(6)


def key(pk: int) -> str:
    return f"in-hand/{pk}"


@dataclass(frozen=True)
class Hand:
    """One open page of one person. It takes over what the page held whose place it took, at a reload."""

    person: User
    token: str = field(default_factory=new_token)
    before: str = ""

    @property
    def name(self) -> str:
        return f"{self.person.pk} {self.token}"

    def take(self, ids: Sequence[int], most: int | None = None, own: bool = False) -> list[int]:
        """The first `most` of these that no other page holds (or, with `own`, none but this person's): they are this
        page's now."""
        taken: list[int] = []
        try:
            holders = held(ids)
            for pk in ids:
                if len(taken) == most:
                    break
                if self._take(pk, holders.get(pk), own):
                    taken.append(pk)
        except RedisError:
            log.warning("nobody knows what is in whose hand")
            return list(ids[:most])
        return taken

    def _take(self, pk: int, holder: str | None, own: bool) -> bool:
        if holder is None:
            return cache.add(key(pk), self.name, timeout=HELD_SECONDS)
        mine = holder in (self.name, f"{self.person.pk} {self.before}") or (own and person_of(holder) == self.person.pk)
        if mine:
            cache.set(key(pk), self.name, timeout=HELD_SECONDS)
        return mine

    def let_go(self, ids: Collection[int]) -> None:
        try:
            cache.delete_many([key(pk) for pk, holder in held(ids).items() if holder == self.name])
        except RedisError:
            log.warning("nobody knows what is in whose hand")

    def others(self, ids: Collection[int]) -> set[int]:
        """The other people who hold some of these."""
        try:
            return {person_of(holder) for holder in held(ids).values()} - {self.person.pk}
        except RedisError:
            return set()


def held(ids: Collection[int]) -> dict[int, str]:
    """Which page holds each of these that one holds."""
    found = cache.get_many([key(pk) for pk in ids])
    return {pk: found[key(pk)] for pk in ids if key(pk) in found}


def person_of(holder: str) -> int:
    return int(holder.partition(" ")[0])
