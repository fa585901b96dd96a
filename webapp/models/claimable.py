"""Work that exactly one worker does: one state machine for everything a worker may claim.

    waiting ──claim──> running ──finish──> done
       │  ^               │ └────fail────> failed ──retry──> waiting
       │  └──release──────┘ (lease run out, or given back)
       └──cancel──> cancelled

The database is the truth and the queue only says "look", so a message may come twice, late or never. A claim is one
conditional update that stamps a lease and a random fence; only who still holds the fence may finish.
"""

import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar, cast

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.faults import sentence

# Past this wait the sweeper's patience grows no further: a backlog of a million is a thousand messages, which is cheap.
LONGEST_PATIENCE = timedelta(minutes=2)
# How many are claimed together at a second attempt. A group costs little more than one item (statements and a message,
# 25 to 40 ms), but a poisonous item has its whole group claimed one by one: 16 is near the best for one to ten of
# those in a chunk of a thousand.
SMALL_GROUP = 16


def shortest_patience() -> timedelta:
    return timedelta(seconds=settings.RESEND_SECONDS)


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def first_resend() -> datetime:
    return timezone.now() + shortest_patience()


class State(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being read")
    DONE = "read", _("Read")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (State.WAITING, State.RUNNING)


def is_one_of(column: str, values: Collection[str]) -> Func:
    """The condition of a partial index word by word: SQLite does not recognise it where values are parameters."""
    listed = ", ".join(f"'{value}'" for value in values)
    return Func(F(column), template=f"%(expressions)s IN ({listed})", output_field=models.BooleanField())


Work = TypeVar("Work", bound="Claimable")
Row = TypeVar("Row")
Key = TypeVar("Key")


def parted(rows: Iterable[Row], by: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """Those that have something in common together, in the order in which they come."""
    parts: dict[Key, list[Row]] = {}
    for row in rows:
        parts.setdefault(by(row), []).append(row)
    return parts


class ClaimableQuerySet(models.QuerySet[Work]):
    """Adjectives and moves. Every move is one transaction and returns the ids it really moved."""

    def waiting(self) -> Self:
        return self.filter(state=State.WAITING)

    def running(self) -> Self:
        return self.filter(state=State.RUNNING)

    def open_work(self) -> Self:
        """What waits or runs, in the words of the index that holds nothing else: few, however many have ended."""
        return self.filter(is_one_of("state", OPEN))

    def abandoned(self, now: datetime | None = None) -> Self:
        """Running on a lease that has run out: whoever had it is dead or too late."""
        return self.open_work().running().filter(lease_until__lt=now or timezone.now())

    def claimable(self, now: datetime | None = None) -> Self:
        now = now or timezone.now()
        free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lt=now)
        return self.filter(free, attempts__lt=settings.MAX_ATTEMPTS)

    def untried(self) -> Self:
        return self.filter(attempts=0)

    def tried(self) -> Self:
        return self.filter(attempts__gt=0)

    def held_by(self, fence: int) -> Self:
        return self.running().filter(fence=fence)

    def due_to_be_sent(self, now: datetime | None = None, none_queued: bool = False) -> Self:
        """Waiting for so long since the last message that the message may be lost.

        Where nothing is queued at all it is lost, or on its way to a worker: then nobody waits out a long patience.
        """
        now = now or timezone.now()
        due = Q(resend_at__lte=now)
        if none_queued:
            due |= Q(waiting_since__lte=now - shortest_patience())
        return self.open_work().waiting().filter(due)

    def claim(self, ids: Collection[int]) -> int | None:
        """Take what is free of `ids`; returns the fence, or None when nothing was.

        What has been tried before is claimed in small groups, and what has been tried twice alone: whatever a poisonous
        item stopped with it, its neighbours have another attempt, and the last one without it.
        """
        fence = secrets.randbits(63)
        free = self.claimable().filter(pk__in=ids)
        if len(ids) > 1:
            free = free.filter(attempts__lte=1 if len(ids) <= SMALL_GROUP else 0)
        with transaction.atomic():
            taken = free.locked_ids()
            self.filter(pk__in=taken).update(
                state=State.RUNNING,
                attempts=F("attempts") + 1,
                fence=fence,
                lease_until=lease_end(),
            )
        return fence if taken else None

    def owners(self) -> set[int]:
        """Who handed these in."""
        return set(self.order_by().values_list(self.model.OWNER, flat=True).distinct())

    def owner_of(self, ids: Collection[int]) -> int | None:
        """Who handed these in, all of one person; None where they are deleted."""
        owner: int | None = self.filter(pk__in=ids).order_by("pk").values_list(self.model.OWNER, flat=True).first()
        return owner

    def next_of(self, person: int, tried: bool) -> list[int]:
        """What of this person's a worker takes in one turn: of what is tried again as much as is claimed together."""
        rows = self.filter(is_one_of("state", [State.WAITING]), **{self.model.OWNER: person})
        if not tried:
            return rows.untried().first_turn()
        attempts = list(rows.tried().order_by("attempts", "pk").values_list("pk", "attempts")[:SMALL_GROUP])
        return [pk for pk, made in attempts if made == 1] or [pk for pk, _ in attempts[:1]]

    def first_turn(self) -> list[int]:
        """Of these, as much as a worker takes in one turn."""
        return list(self.order_by("pk").values_list("pk", flat=True)[:1])

    def renew(self, fence: int) -> int:
        """Hold on to what this fence still holds; returns how many that is."""
        return self.held_by(fence).update(lease_until=lease_end())

    def give_back(self, fence: int) -> list[int]:
        """The work could not even be tried (storage away, shutdown): it waits again and no attempt is counted."""
        return self.held_by(fence).move(State.WAITING, attempts=F("attempts") - 1)

    def release_abandoned(self) -> list[int]:
        """What a dead worker held waits again, its attempt counted, and is due at once."""
        now = timezone.now()
        return self.abandoned(now).filter(attempts__lt=settings.MAX_ATTEMPTS).move(State.WAITING, resend_at=now)

    def fail_exhausted(self) -> list[int]:
        """What stopped its worker as often as is allowed is set aside with a named reason."""
        spent = self.abandoned().filter(attempts__gte=settings.MAX_ATTEMPTS)
        return spent.move(State.FAILED, error_code=self.model.GAVE_UP)

    def cancel(self) -> list[int]:
        """What waits becomes cancelled; what runs finishes."""
        return self.waiting().move(State.CANCELLED)

    def retry(self) -> list[int]:
        return self.filter(state=State.FAILED).move(State.WAITING, attempts=0)

    def finish(self, fence: int, ids: Collection[int], **changes: Any) -> list[int]:
        return self.held_by(fence).filter(pk__in=ids).move(State.DONE, **changes)

    def fail(self, fence: int, ids: Collection[int], code: str, **values: Any) -> list[int]:
        """By a fault's code and its values (`webapp.faults` has the sentence)."""
        return self.held_by(fence).filter(pk__in=ids).move(State.FAILED, error_code=code, error_values=values)

    def mark_sent(self, ids: Iterable[int]) -> None:
        """The queue has been told of `ids`, all still waiting: when to tell it again.

        Patience grows with the age of the backlog, so that a long one is not sent again at every sweep.
        """
        now = timezone.now()
        rows = self.waiting().filter(pk__in=list(ids))
        oldest = rows.aggregate(since=models.Min("waiting_since"))["since"] or now
        patience = min(max(now - oldest, shortest_patience()), LONGEST_PATIENCE)
        rows.update(resend_at=now + patience)

    def send(self) -> None:
        """Tell the queue of these, once the current transaction is committed."""
        raise NotImplementedError

    def send_tried(self) -> None:
        """Tell it of these that have stopped a worker before, where that asks for more care."""
        self.send()

    def resend(self, most: int, tried: bool) -> int:
        """Tell the queue again of at most so many of these: of those that were tried before, or of the others."""
        with transaction.atomic():
            some = self.tried() if tried else self.untried()
            due = list(some.order_by("pk").values_list("pk", flat=True)[:most])
            every = cast(Self, self.model._default_manager.all())
            rows = every.filter(pk__in=due).order_by("pk")
            if due:
                (rows.send_tried if tried else rows.send)()
                every.mark_sent(due)
        return len(due)

    def of_cancelled_batches(self) -> Self:
        """What is to be cancelled with its batch; for work that is part of one."""
        return self.none()

    def locked_ids(self) -> list[int]:
        """The ids of these rows, locked until the transaction ends; rows that someone else is moving are left out."""
        rows = self.order_by("pk").select_for_update(skip_locked=True)
        return list(rows.values_list("pk", flat=True))

    def move(self, state: State, **changes: Any) -> list[int]:
        """Put these rows, all of one state, into another, and let the model count what moved."""
        now = timezone.now()
        changes.setdefault("error_code", "")
        changes.setdefault("error_values", {})
        if state is State.WAITING:
            changes = {"waiting_since": now, "resend_at": now + shortest_patience(), **changes}
        with transaction.atomic():
            before = dict(self.order_by("pk").select_for_update().values_list("pk", "state"))
            if before:
                self.model._default_manager.filter(pk__in=before).update(
                    state=state, fence=None, lease_until=None, **changes
                )
                for old in set(before.values()):
                    self.model.count_move([pk for pk, was in before.items() if was == old], State(old), state)
        return list(before)


class Claimable(models.Model):
    """A kind of work. Of itself it says how the queue is told of it (`send`) and, where that differs, `send_tried`,
    `of_cancelled_batches`, `count_move` and these constants; claimed and swept (worker/sweep.py) it is then by itself.
    """

    # Sent again in one sweep; what is left over is due at the next one.
    MOST_RESENT = 10_000
    MOST_TRIED_RESENT = 2_000
    # Where its messages wait, and those of what was tried before: once nothing is there, what still waits was lost.
    QUEUES: tuple[str, ...] = ()
    TRIED_QUEUES: tuple[str, ...] = ()
    # Who handed it in, by a lookup; for work that persons take turns with (webapp.shares).
    OWNER: str = ""

    # The code of the fault that is written down where it stopped its worker as often as is allowed.
    GAVE_UP: str

    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    waiting_since = models.DateTimeField(_("waiting since"), default=timezone.now)
    resend_at = models.DateTimeField(
        _("resend at"), default=first_resend, help_text=_("When to tell the queue again, if still waiting.")
    )
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    fence = models.BigIntegerField(_("fence"), null=True, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_values = models.JSONField(_("error"), default=dict, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def open_work_index(cls, name: str) -> models.Index:
        """What the sweeper looks for: small however large the table grows."""
        return models.Index(
            fields=["state", "resend_at"], name=name, condition=Q(state__in=[State.WAITING, State.RUNNING])
        )

    @classmethod
    def count_move(cls, ids: list[int], old: State, new: State) -> None:
        """Called in the transaction that moved `ids`; for models whose owner keeps counts."""

    @property
    def error(self) -> str:
        """In a sentence of the language that is active."""
        return sentence(self.error_code, self.error_values) if self.error_code else ""

    @property
    def is_open(self) -> bool:
        return self.state in (State.WAITING, State.RUNNING)
