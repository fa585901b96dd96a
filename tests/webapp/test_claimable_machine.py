"""The state machine of claimable work, driven at random beside a model of it that fits on a page."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from webapp.models import Batch, Image, User
from webapp.models.claimable import State

pytestmark = pytest.mark.both_databases

COUNT = 4
INDEXES = st.sets(st.integers(0, COUNT - 1), min_size=1)


@dataclass
class Item:
    state: str = "waiting"
    attempts: int = 0
    holder: int = 0
    lease_until: float = 0


class ClaimableMachine(RuleBasedStateMachine):
    """Workers are numbers; each holds at most the fence of its latest claim. Time moves only by the rule `wait`."""

    @initialize()
    def hand_in(self) -> None:
        self.clock = time_machine.travel(datetime(2026, 5, 1, tzinfo=UTC), tick=False)
        self.traveller = self.clock.start()
        self.now = 0.0
        owner, _ = User.objects.get_or_create(username="alice")
        self.batch = Batch.objects.create(owner=owner, name="x", expected=COUNT, image_count=COUNT, sealed=True)
        drafts = [
            Image(batch=self.batch, owner=self.batch.owner, index=i, name="x", file="x", sha256="x", size=1)
            for i in range(COUNT)
        ]
        self.pks = [image.pk for image in Image.objects.bulk_create(drafts)]
        self.model = [Item() for _ in range(COUNT)]
        self.fences: list[int] = [0]  # by worker number; worker 0 never held anything

    def rows(self) -> "Image.objects":  # type: ignore[name-defined]
        return Image.objects.filter(batch=self.batch)

    def held(self, worker: int) -> list[int]:
        return [i for i, item in enumerate(self.model) if item.state == "running" and item.holder == worker]

    @rule(seconds=st.sampled_from([0.5, 1.5, 3]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.traveller.shift(timedelta(seconds=seconds))

    @rule(wanted=INDEXES)
    def claim(self, wanted: set[int]) -> None:
        free = [
            i
            for i in wanted
            if (it := self.model[i]).attempts < settings.MAX_ATTEMPTS
            and (it.state == "waiting" or (it.state == "running" and it.lease_until < self.now))
            and (len(wanted) == 1 or it.attempts <= 1)
        ]
        fence = Image.objects.claim([self.pks[i] for i in wanted])
        assert (fence is not None) == bool(free)
        if fence is not None:
            self.fences.append(fence)
            for i in free:
                attempts = self.model[i].attempts + 1
                self.model[i] = Item("running", attempts, len(self.fences) - 1, self.now + settings.LEASE_SECONDS)

    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        worker = data.draw(st.integers(0, len(self.fences) - 1))
        assert Image.objects.renew(self.fences[worker]) == len(self.held(worker))
        for i in self.held(worker):
            self.model[i].lease_until = self.now + settings.LEASE_SECONDS

    @rule(data=st.data(), ids=INDEXES, ending=st.sampled_from(["read", "failed"]))
    def finish(self, data: st.DataObject, ids: set[int], ending: str) -> None:
        worker = data.draw(st.integers(0, len(self.fences) - 1))
        mine = sorted(ids & set(self.held(worker)))
        fence, pks = self.fences[worker], [self.pks[i] for i in ids]
        if ending == "read":
            moved = Image.objects.all().finish(fence, pks)
        else:
            moved = Image.objects.all().fail(fence, pks, "x")
        assert sorted(moved) == [self.pks[i] for i in mine]
        for i in mine:
            self.model[i].state = ending

    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        worker = data.draw(st.integers(0, len(self.fences) - 1))
        for i in self.held(worker):
            self.model[i] = Item("waiting", self.model[i].attempts - 1)
        Image.objects.give_back(self.fences[worker])

    @rule()
    def sweep(self) -> None:
        self.rows().release_abandoned()
        self.rows().fail_exhausted()
        for item in self.model:
            if item.state == "running" and item.lease_until < self.now:
                item.state = "waiting" if item.attempts < settings.MAX_ATTEMPTS else "failed"

    @rule(ids=INDEXES)
    def cancel(self, ids: set[int]) -> None:
        self.rows().filter(pk__in=[self.pks[i] for i in ids]).cancel()
        for i in ids:
            if self.model[i].state == "waiting":
                self.model[i].state = "cancelled"

    @rule()
    def retry(self) -> None:
        self.rows().retry()
        for i, item in enumerate(self.model):
            if item.state == "failed":
                self.model[i] = Item()

    @invariant()
    def rows_and_counters_are_as_the_model_says(self) -> None:
        rows = list(self.rows().order_by("index").values_list("state", "attempts"))
        assert rows == [(item.state, item.attempts) for item in self.model]
        batch = Batch.objects.get(pk=self.batch.pk)
        counts = [sum(item.state == state for item in self.model) for state in ("read", "failed", "cancelled")]
        assert [batch.read_count, batch.failed_count, batch.cancelled_count] == counts
        assert (batch.finished_at is not None) == (sum(counts) == COUNT)

    @invariant()
    def only_running_work_has_a_fence(self) -> None:
        assert not self.rows().exclude(state=State.RUNNING).exclude(fence=None).exists()
        assert not self.rows().filter(state=State.RUNNING, fence=None).exists()

    def teardown(self) -> None:
        self.clock.stop()
        Batch.objects.all().delete()


@pytest.mark.django_db
def test_claimable_work_behaves_as_its_model() -> None:
    run_state_machine_as_test(
        ClaimableMachine,
        settings=hypothesis_settings(
            max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
