"""Nothing lost, nothing doubled: the real site is hurt in ten ways, and its tables are judged at the end.

    python -m benchmarks.chaos --images 5000 --seeds 0 1 2 --minutes 5     all ten, on SQLite
    python -m benchmarks.chaos --database postgresql --only 1 3            two of them, on PostgreSQL

Web, queue, two readers, quarantine, sweeper and beat run under the supervisor that `make up` has. A line for each run
says what was done to it, how many pictures were lost (neither read nor refused with a reason), and how many predictions
were doubled. Ends with status 1 where anything was.
"""

import argparse
import io
import itertools
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--images", type=int, default=1000, help="in the scenarios that hand in many")
parser.add_argument("--seeds", type=int, nargs="+", default=[0])
parser.add_argument("--times", type=int, default=10, help="how often what is done again and again is done")
parser.add_argument("--minutes", type=float, default=1, help="how long scenario 9 writes")
parser.add_argument("--only", type=int, nargs="+", default=list(range(1, 11)))
parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
parser.add_argument("--queue-file", choices=["on", "off"], nargs="+", default=["on", "off"], help="in scenario 1")
parser.add_argument("--away", type=float, default=60, help="for how many seconds the database is, in scenario 8")
parser.add_argument("--lease", type=float, default=10, help="LEASE_SECONDS; the site's own is 60")
parser.add_argument("--resend", type=float, default=5, help="RESEND_SECONDS; the site's own is 30")
parser.add_argument("--sweep", type=float, default=3, help="SWEEP_SECONDS; the site's own is 15")
options = parser.parse_args()
os.environ |= {
    "LEASE_SECONDS": str(options.lease),
    "RESEND_SECONDS": str(options.resend),
    "SWEEP_SECONDS": str(options.sweep),
}

from benchmarks import besieged, stack  # noqa: E402 (before Django: it sets the environment of the settings)

postgresql = None
if options.database == "postgresql":
    postgresql = besieged.start_postgresql()
    os.environ["DATABASE_URL"] = postgresql.get_uri()

import cv2  # noqa: E402
import django  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402

django.setup()

from benchmarks.besieged import PATIENCE, READERS, Besieged, in_a_process_that, wait  # noqa: E402
from benchmarks.visitor import Picture, Visitor  # noqa: E402
from recognizer.learning.mnist import load_mnist  # noqa: E402
from webapp import jobs  # noqa: E402
from webapp.celery import app  # noqa: E402
from webapp.models import Batch, Image, Prediction, User  # noqa: E402
from webapp.models.claimable import State  # noqa: E402


@dataclass
class Tally:
    """What came of one run."""

    seed: int = 0
    queue_file: bool = True
    batches: list[Batch] = field(default_factory=list)
    faults: int = 0
    slowest: float = 0.0  # seconds from a fault's end to the next picture read
    said: str = ""
    broken: list[str] = field(default_factory=list)

    def check(self, holds: bool, promise: str) -> None:
        if not holds:
            self.broken.append(promise)

    @property
    def images(self) -> int:
        return Image.objects.filter(batch__in=self.batches).count()

    @property
    def expected(self) -> int:
        return sum(Batch.objects.filter(pk__in=[batch.pk for batch in self.batches]).values_list("expected", flat=True))

    @property
    def lost(self) -> int:
        ended = Image.objects.filter(batch__in=self.batches, state__in=[State.DONE, State.FAILED, State.CANCELLED])
        return self.expected - ended.count()

    @property
    def doubled(self) -> int:
        rows = Prediction.objects.filter(image__batch__in=self.batches)
        read = Image.objects.filter(batch__in=self.batches, state=State.DONE).count()
        return max(rows.count() - rows.values("image").distinct().count(), rows.count() - read)


# --- Means ------------------------------------------------------------------------------------------------------------


def digits(count: int) -> list[Picture]:
    images = load_mnist().train.images
    return [(f"{i}.png", cv2.imencode(".png", images[i % len(images)])[1].tobytes()) for i in range(count)]


def hand_in(tally: Tally, files: list[Picture]) -> Batch:
    batch = Batch(owner=User.objects.get(username="chaos"), name="Chaos", expected=len(files))
    for start in range(0, len(files), 500):
        part = enumerate(files[start : start + 500], start)
        batch.take_in({i: SimpleUploadedFile(name, data) for i, (name, data) in part})
    tally.batches.append(batch)
    return batch


def done(tally: Tally) -> Callable[[], bool]:
    return lambda: not Batch.objects.filter(pk__in=[b.pk for b in tally.batches], finished_at=None).exists()


def up(site: Besieged) -> None:
    """Until the readers take work."""
    probe = Tally()
    hand_in(probe, digits(1))
    wait(done(probe), 120)


@contextmanager
def running(**kwargs: object) -> Iterator[Besieged]:
    site = Besieged(**kwargs)
    try:
        up(site)
        yield site
    finally:
        site.stop()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")


@contextmanager
def visited(**kwargs: object) -> Iterator[tuple[Besieged, Visitor]]:
    """With the web as well, and the owner of the batches in front of it."""
    port = stack.free_port()
    with running(web_port=port, **kwargs) as site:
        password, owner = secrets.token_hex(), User.objects.get(username="chaos")
        owner.set_password(password)
        owner.save()
        yield site, Visitor(port, owner.username, password)


# --- Ten ways to hurt it ----------------------------------------------------------------------------------------------


class Pulse:
    """The longest time in which nothing was read."""

    def __init__(self, tally: Tally) -> None:
        self.tally, self.newest, self.beat = tally, 0, time.monotonic()

    def feel(self) -> None:
        newest = Prediction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if newest != self.newest:
            self.tally.slowest = max(self.tally.slowest, time.monotonic() - self.beat)
            self.newest, self.beat = newest, time.monotonic()


def killed_workers(tally: Tally, rng: random.Random) -> None:
    """A random reader killed every 3 to 5 s, at every fifth the queue too, with and without a file that it keeps."""
    # On a machine so busy that a reader takes longer to start than it is let live, this would never end.
    most = max(options.images // 20, 10)
    with running(persistent=tally.queue_file, seconds_a_picture=0.02) as site:
        portion = max(options.images // 10, 1)
        pictures = digits(options.images)
        for start in range(0, len(pictures), portion):
            hand_in(tally, pictures[start : start + portion])
        all_done, begun, pulse = done(tally), time.monotonic(), Pulse(tally)

        def finished() -> bool:
            pulse.feel()
            return all_done()

        while not finished() and time.monotonic() - begun < PATIENCE * 2:
            wait(finished, rng.uniform(3, 5))
            if tally.faults >= most:
                continue
            tally.faults += site.kill(rng.choice(READERS))
            if tally.faults % 5 == 4:
                tally.faults += site.kill("valkey", down=rng.uniform(0.3, 3))
        tally.said = f"queue {'with' if tally.queue_file else 'without'} a file"


def web_killed_between_commit_and_send(tally: Tally, rng: random.Random) -> None:
    """The process that took pictures in dies after its commit and before a message leaves it."""

    def take_in_and_die() -> None:
        connections.close_all()
        jobs.send = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        hand_in(Tally(), digits(10))

    with running():
        before = set(Batch.objects.values_list("pk", flat=True))
        for _ in range(options.times * 10):
            connections.close_all()
            tally.faults += os.WTERMSIG(in_a_process_that(take_in_and_die)) == signal.SIGKILL
        ended = time.monotonic()
        tally.batches = list(Batch.objects.exclude(pk__in=before))
        wait(done(tally))
        tally.slowest = time.monotonic() - ended
        limit = options.resend + options.sweep + 30
        tally.check(len(tally.batches) == options.times * 10, "each was committed")
        tally.check(tally.slowest < limit, f"all read within {limit:.0f} s")


def message_swallowed(tally: Tally, rng: random.Random) -> None:
    """Readers stand still, the queue hands them a message, and they are killed with it."""
    with running() as site:
        for _ in range(options.times * 2):
            for name in READERS:
                wait(lambda name=name: site.alive(name))
                site.signal(name, signal.SIGSTOP)
            hand_in(tally, digits(5))
            time.sleep(0.5)
            tally.faults += sum(site.kill(name) for name in READERS)
        tally.slowest = wait(done(tally))


def restarted_broker(tally: Tally, rng: random.Random) -> None:
    """The queue is away for 0.3 to 12 s; within 30 s of its return somebody reads again, and no hand helps."""
    with running() as site:
        for _ in range(options.times * 3):
            down = rng.uniform(0.3, 12)
            tally.faults += site.kill("valkey", down=down)
            time.sleep(down)
            wait(stack.queue.answers, 30)
            begun = time.monotonic()
            batch = hand_in(tally, digits(5))
            wait(lambda batch=batch: Batch.objects.get(pk=batch.pk).is_done, 120)
            tally.slowest = max(tally.slowest, time.monotonic() - begun)
        wait(done(tally))
        tally.check(tally.slowest < 30, "reading again within 30 s")


def slow_and_poisonous(tally: Tally, rng: random.Random) -> None:
    """Work that outlasts its lease, then 5 pictures that crash their reader and 5 that kill the whole worker."""
    with running():
        slow = hand_in(tally, [(name, data + b"SLOW") for name, data in digits(int(options.lease * 1.5))])
        wait(done(tally))
        first = set(slow.images.values_list("attempts", flat=True))
        tally.check(first == {1}, f"no first result thrown away (attempts {first})")
        pictures = digits(options.images)
        for place in rng.sample(range(len(pictures)), 10):
            name, data = pictures[place]
            pictures[place] = (f"poison-{name}", data + (b"CRASH" if tally.faults % 2 else b"GROUP"))
            tally.faults += 1
        batch = hand_in(tally, pictures)
        tally.slowest = wait(done(tally), PATIENCE * 2)
        failed = batch.images.filter(state=State.FAILED)
        tally.check(batch.images.filter(state=State.DONE).count() == len(pictures) - 10, "all neighbours read")
        tally.check(set(failed.values_list("error_code", flat=True)) == {"gave_up"}, "a named error")
        tally.check(set(failed.values_list("attempts", flat=True)) == {3}, "at most the attempts allowed")
        tally.check(all(name.startswith("poison") for name in failed.values_list("name", flat=True)), "poison alone")


def message_again_and_again(tally: Tally, rng: random.Random) -> None:
    """The same message a hundred times at once; then a reader that finishes long after its lease."""
    with running() as site:
        batch = hand_in(tally, digits(50))
        ids = list(batch.images.values_list("pk", flat=True))
        for i in range(100):
            app.send_task(jobs.READ_IMAGES, args=[ids], queue=["interactive", "bulk", "quarantine"][i % 3])
            tally.faults += 1
        wait(done(tally))
        zombie = hand_in(tally, [(name, data + b"SLOW") for name, data in digits(1)])
        wait(lambda: zombie.images.filter(state=State.RUNNING).exists(), 60)
        for name in READERS:
            site.signal(name, signal.SIGSTOP)
        tally.slowest = wait(done(tally))
        for name in READERS:
            site.signal(name, signal.SIGCONT)
        tally.faults += 1

        def late() -> int:
            return sum("late=1" in line for name in READERS for line in site.log(name).splitlines())

        wait(late, 60)
        tally.check(late() == 1, f"the late result discarded ({late()})")


def rolling_restart(tally: Tally, rng: random.Random) -> None:
    """Workers stopped politely, one after another, while they work."""
    with running(seconds_a_picture=0.02) as site:
        pictures, slowest = digits(options.images), 0.0
        for i in range(options.times):
            part = len(pictures) // options.times
            hand_in(tally, pictures[i * part : (i + 1) * part])
            for name in READERS:
                wait(lambda name=name: site.alive(name))
                time.sleep(2)
                slowest = max(slowest, site.stop_politely(name))
                tally.faults += 1
        tally.slowest = wait(done(tally))
        tally.said = f"slowest stop {slowest:.1f} s"
        tally.check(slowest < 30, "each stops within its grace period")


def things_away(tally: Tally, rng: random.Random) -> None:
    """Storage, room on the disk, the database: a sentence for the person, no half-made batch, well again by itself."""
    with visited() as (_site, visitor):

        def hurt(away: AbstractContextManager[object], sentence: str, seconds: float = 0) -> None:
            before = Batch.objects.count()
            with away:
                status, page = visitor.hand_in(digits(100))
                tally.check(status == 503 and sentence in page, f"{sentence} ({status}: {page[:80]})")
                time.sleep(seconds)
            tally.faults += 1
            tally.check(Batch.objects.count() == before, f"{sentence}: no half-made batch")
            tally.slowest = max(tally.slowest, wait(lambda: visitor.hand_in(digits(3))[0] == 201, 60, pause=1))

        tally.check(visitor.hand_in(digits(3))[0] == 201, "handing in works at first")
        hurt(storage_away(), "cannot store files")
        if os.geteuid() == 0:
            hurt(full_disk(tally), "cannot store files")
        else:
            tally.said = "no full disk: only root can mount one"
        hurt(database_away(), "cannot reach its database", options.away)
        tally.check(tally.slowest < 60, "well again within 60 s")
        tally.batches = list(Batch.objects.filter(name="Visit"))
        wait(done(tally), 120)


@contextmanager
def without_originals() -> Iterator[Path]:
    originals = stack.VAR_DIR / "media" / "originals"
    aside = originals.rename(originals.with_name("aside"))
    yield originals
    aside.rename(originals)


@contextmanager
def storage_away() -> Iterator[None]:
    with without_originals() as originals:
        originals.write_text("no folder: every write fails")
        yield
        originals.unlink()


@contextmanager
def full_disk(tally: Tally) -> Iterator[None]:
    """A real one, with room for a few of the pictures."""
    with without_originals() as originals:
        originals.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(originals)], check=True)
        yield
        left = [path for path in originals.rglob("*") if path.is_file()]
        tally.check(not left, f"no file left of what did not fit ({len(left)})")
        subprocess.run(["umount", str(originals)], check=True)
        originals.rmdir()


@contextmanager
def database_away() -> Iterator[None]:
    """PostgreSQL stopped at once, or SQLite locked by another program."""
    if postgresql:
        connections.close_all()
        postgresql.stop()
        yield
        postgresql.start()
        return
    with transaction.atomic():  # IMMEDIATE: nobody else writes
        yield


def four_writers(tally: Tally, rng: random.Random) -> None:
    """Two readers, the quarantine and we ourselves write without a pause; nobody hears "database is locked"."""
    with running() as site:
        ends = time.monotonic() + 60 * options.minutes
        pictures = digits(200)
        while time.monotonic() < ends:
            batch = hand_in(tally, pictures)
            Image.objects.filter(batch=batch).first().correct(batch.owner, "text", "1")
            wait(lambda: Image.objects.waiting().count() < 1000, 60)
        wait(done(tally))
        names = [*READERS, "quarantine", "maintenance", "beat"]
        locked = [name for name in names for line in site.log(name).splitlines() if "database is locked" in line]
        tally.said = f"{tally.images} pictures in {options.minutes:g} min"
        tally.check(not locked, f"never locked ({', '.join(locked)})")


def changes_of_mind(tally: Tally, rng: random.Random) -> None:
    """A batch cancelled, one deleted, one retried, all while they are read."""
    with visited(seconds_a_picture=0.01) as (site, visitor):
        many = 3000  # in three chunks, of which two readers have begun two
        cancelled, deleted = hand_in(tally, digits(many)), hand_in(tally, digits(many))
        wait(lambda: Image.objects.filter(batch=cancelled, state=State.RUNNING).exists(), 60)
        visitor.post(f"/batches/{cancelled.pk}/cancel/", {})
        ended = wait(lambda: not cancelled.images.running().exists(), 60)
        read = cancelled.images.filter(state=State.DONE).count()
        visitor.post(f"/batches/{deleted.pk}/delete/", {})
        tally.check(not Batch.objects.kept().filter(pk=deleted.pk).exists(), "what is deleted is gone at once")
        tally.batches.remove(deleted)
        wait(lambda: not Batch.objects.filter(pk=deleted.pk).exists(), 120)
        time.sleep(3)
        cancelled.refresh_from_db()
        tally.check(cancelled.read_count == read and cancelled.is_done, "nothing more starts, what is done stays")
        tally.check(cancelled.cancelled_count + read == many, "every picture read or cancelled")
        page = visitor.get(cancelled.get_absolute_url())
        tally.check(
            f"{cancelled.cancelled_count:,} cancelled" in " ".join(re.sub("<[^>]+>", " ", page).split()), "said"
        )
        tally.check(cancelled.cancelled_count > 0, "some were spared")
        retried = hand_in(tally, [("bad.png", b"no picture"), *digits(5)])
        wait(done(tally))
        retried.refresh_from_db()
        tally.check((retried.read_count, retried.failed_count) == (5, 1), "one failed")
        times = dict(Prediction.objects.filter(image__batch=retried).values_list("pk", "created_at"))
        visitor.post(f"/batches/{retried.pk}/retry/", {})
        wait(done(tally))
        again = dict(Prediction.objects.filter(image__batch=retried).values_list("pk", "created_at"))
        tally.check(times == again, "only the failed one tried again")
        tally.faults, tally.slowest = 3, ended
        tally.check(site.alive(READERS[0]) and site.alive(READERS[1]), "nobody died of it")


SCENARIOS = [
    killed_workers,
    web_killed_between_commit_and_send,
    message_swallowed,
    restarted_broker,
    slow_and_poisonous,
    message_again_and_again,
    rolling_restart,
    things_away,
    four_writers,
    changes_of_mind,
]


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("register_models", stdout=io.StringIO())
    User.objects.create_user("chaos")
    print(f"{'':34}{'seed':>5}{'images':>8}{'faults':>8}{'lost':>6}{'doubled':>9}{'slowest':>9}{'took':>8}", flush=True)
    broken = 0
    for number in options.only:
        scenario = SCENARIOS[number - 1]
        seeds = options.seeds if number in (1, 5) else options.seeds[:1]
        queue_files = options.queue_file if number == 1 else ["on"]
        for seed, queue_file in itertools.product(seeds, queue_files):
            tally, begun = Tally(seed, queue_file == "on"), time.monotonic()
            scenario(tally, random.Random(seed))
            broken += bool(tally.lost or tally.doubled or tally.broken)
            name = f"{number:2} {scenario.__name__.replace('_', ' ')}"
            figures = f"{tally.images:8}{tally.faults:8}{tally.lost:6}{tally.doubled:9}"
            seconds = f"{tally.slowest:8.1f}s{time.monotonic() - begun:7.0f}s"
            print(f"{name:34}{seed:5}{figures}{seconds}  {tally.said}", flush=True)
            for promise in tally.broken:
                print(f"{'':34}NOT KEPT: {promise}", flush=True)
    print(f"{options.database}, {broken} broken; leases {options.lease:g} s, sent again after {options.resend:g} s")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
