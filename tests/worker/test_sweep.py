"""Every kind of work that a worker can claim is swept, a new one unasked: it fails here until it says how it begins."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.recognizer.files.test_unpack import pdf
from webapp import jobs
from webapp.faults import sentence
from webapp.models import Batch, ModelVersion, RereadingOrder, TrainingRun, User
from webapp.models.claimable import Claimable, State
from worker import sweep
from worker.tasks import maintain

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]
Beginning = Callable[[type[Claimable]], Claimable]


def every_kind(of: type[Claimable] = Claimable) -> Iterator[type[Claimable]]:
    for kind in of.__subclasses__():
        if not kind._meta.abstract:
            yield kind
        yield from every_kind(kind)


KINDS = sorted(every_kind(), key=lambda kind: kind.__name__)
PARTS = [kind for kind in KINDS if "batch" in {field.name for field in kind._meta.fields}]
# Where what was tried before is sent.
TRIED_GOES_TO = {"Image": "quarantine", "Upload": "quarantine", "Rereading": "bulk", "TrainingRun": "training"}
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.fixture
def begun(alice: User, hand_in: HandIn, champion: None, empty_queue: Callable[[], None]) -> Beginning:
    """One that waits, and a queue that has lost its message."""

    def rereading() -> Claimable:
        order = RereadingOrder.objects.create(asked_by=alice, model_version=ModelVersion.objects.champion())
        return order.rereadings.create(image=hand_in(alice, count=1).images.get())

    beginnings: dict[str, Callable[[], Claimable]] = {
        "Image": lambda: hand_in(alice, count=1).images.get(),
        "Upload": lambda: hand_in(alice, files=[("a.pdf", pdf(1))]).uploads.get(),
        "Rereading": rereading,
        "TrainingRun": lambda: TrainingRun.objects.begin(TrainingRun.Why.PERSON)[0],
    }

    def begun(kind: type[Claimable]) -> Claimable:
        if kind.__name__ not in beginnings:
            pytest.fail(f"Say in `begun` how a {kind.__name__} begins that waits for a worker.")
        row = beginnings[kind.__name__]()
        empty_queue()
        return row

    return begun


def changed(row: Claimable, **columns: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**columns)


def left_by_a_dead_worker(row: Claimable, attempts: int = 1) -> None:
    lease = timezone.now() - timedelta(seconds=1)
    changed(row, state=State.RUNNING, attempts=attempts, fence=1, lease_until=lease)


@pytest.fixture
def swept(django_capture_on_commit_callbacks: Callable[..., Any]) -> Callable[[], dict[str, int]]:
    """Sweeps; answers how many messages that put on which queue."""

    def swept() -> dict[str, int]:
        before = jobs.depths()
        with django_capture_on_commit_callbacks(execute=True):
            maintain.sweep()
        after = jobs.depths()
        assert before is not None
        assert after is not None
        return {queue: n - before[queue] for queue, n in after.items() if n != before[queue]}

    return swept


def test_the_sweeper_knows_every_kind_of_work() -> None:
    assert sorted(sweep.kinds(), key=lambda kind: kind.__name__) == KINDS
    assert len(KINDS) >= 4


@each_kind
def test_what_waits_too_long_is_sent_again_once(
    kind: type[Claimable], begun: Beginning, swept: Callable[[], dict[str, int]]
) -> None:
    row = begun(kind)
    changed(row, resend_at=timezone.now())
    assert sum(swept().values()) == 1
    assert swept() == {}, "it has just been sent"


@each_kind
def test_what_a_dead_worker_held_is_sent_where_it_can_harm_least(
    kind: type[Claimable], begun: Beginning, swept: Callable[[], dict[str, int]]
) -> None:
    row = begun(kind)
    left_by_a_dead_worker(row)
    assert swept() == {TRIED_GOES_TO[kind.__name__]: 1}
    row.refresh_from_db()
    assert (row.state, row.attempts, row.fence) == (State.WAITING, 1, None)


@each_kind
def test_what_stops_its_worker_every_time_is_given_up(
    kind: type[Claimable], begun: Beginning, swept: Callable[[], dict[str, int]], settings: Any
) -> None:
    row = begun(kind)
    left_by_a_dead_worker(row, attempts=settings.MAX_ATTEMPTS)
    assert swept() == {}
    row.refresh_from_db()
    assert (row.state, row.error_code, row.error) == (State.FAILED, kind.GAVE_UP, sentence(kind.GAVE_UP))


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
def test_what_a_dead_worker_held_of_a_cancelled_batch_is_cancelled(
    kind: type[Claimable], begun: Beginning, swept: Callable[[], dict[str, int]]
) -> None:
    row: Any = begun(kind)
    batch = row.batch
    left_by_a_dead_worker(row)
    batch.cancel()
    assert swept() == {}
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    batch.refresh_from_db()
    assert batch.is_done


@each_kind
def test_what_is_left_over_in_one_sweep_is_sent_in_the_next(
    kind: type[Claimable], begun: Beginning, swept: Callable[[], dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = begun(kind)
    changed(row, resend_at=timezone.now())
    monkeypatch.setattr(kind, "MOST_RESENT", 0)
    assert swept() == {}
    monkeypatch.setattr(kind, "MOST_RESENT", 1)
    assert sum(swept().values()) == 1
