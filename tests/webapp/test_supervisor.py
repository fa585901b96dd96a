"""The supervisor, with small real programs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import wait_until
from tests.environment import ROOT
from webapp import sockets
from webapp.supervision import child, leftovers, lock
from webapp.supervision.child import Surroundings
from webapp.supervision.program import GRACE_SECONDS, Program, Stage
from webapp.supervision.supervisor import Supervisor
from webapp.supervision.upkeep import Upkeep

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
# Has a child of its own, tells its pid, and does not hear a polite request.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if child := os.fork():
    print(child, flush=True)
time.sleep(600)"""
# Writes its name into a common file when asked to stop.
LAST_WORDS = """
import signal, sys, time
def leave(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print("listening", flush=True)
time.sleep(600)"""

# Makes a socket, as the web does.
LISTENING = """
import socket, sys, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
time.sleep(600)"""


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path, ROOT, dict(os.environ))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(surroundings: Surroundings, said: list[str]) -> Iterator[Supervisor]:
    with lock.held(surroundings.var_dir / "up.lock", "http://127.0.0.1:1") as held:
        supervisor = Supervisor(surroundings, said.append, held)
        yield supervisor
        supervisor.stop()


def pid_of(surroundings: Surroundings, name: str) -> int:
    return int(json.loads((surroundings.run_dir / f"{name}.pid").read_text())["pid"])


def gone(pid: int) -> bool:
    return leftovers.identity(pid) is None


def ticking(supervisor: Supervisor, condition: Callable[[], object]) -> Callable[[], object]:
    def tick() -> object:
        supervisor.tick()
        return condition()

    return tick


def said_by(surroundings: Surroundings, name: str) -> str:
    return (surroundings.log_dir / f"{name}.log").read_text()


def test_a_killed_program_is_started_again_and_said_so(
    supervisor: Supervisor, surroundings: Surroundings, said: list[str]
) -> None:
    supervisor.start(Program("reader", SLEEP))
    first = pid_of(surroundings, "reader")
    os.kill(first, signal.SIGKILL)
    wait_until(ticking(supervisor, lambda: said and supervisor.children[0].alive), 5)
    assert pid_of(surroundings, "reader") != first
    assert said == ["reader ended (killed by SIGKILL), starting it again"]


def test_a_program_that_keeps_dying_is_given_longer_and_longer_to_come_back(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.start(Program("reader", (sys.executable, "-c", "raise SystemExit(3)")))
    wait_until(ticking(supervisor, lambda: len(said) == 4), 10)
    waits = [line.split("again")[1].split(" s;")[0] for line in said]
    assert waits == ["", " in 1", " in 2", " in 4"]
    assert "exit status 3" in said[0]


def test_what_lived_long_comes_back_at_once(
    supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "STEADY_SECONDS", 0.0)
    supervisor.start(Program("reader", (sys.executable, "-c", "")))
    wait_until(ticking(supervisor, lambda: len(said) == 4), 5)
    assert all(line.endswith("starting it again") for line in said)


@pytest.mark.parametrize("folder", ["var", "deep" * 25])
def test_a_web_whose_socket_was_removed_is_started_anew(
    supervisor: Supervisor, surroundings: Surroundings, said: list[str], folder: str
) -> None:
    """Too long a path has its socket in a short folder elsewhere, which is made again too."""
    var_dir = surroundings.var_dir / folder
    var_dir.mkdir()
    site = sockets.within(var_dir, "web.sock")
    supervisor.start(Program("web", (sys.executable, "-c", LISTENING, str(site))))
    upkeep = Upkeep(supervisor, surroundings.var_dir / "up.lock", None, site, said.append)
    wait_until(site.exists, 20)
    upkeep.tick()
    shutil.rmtree(site.parent)

    def there_again() -> bool:
        upkeep.tick()
        supervisor.tick()
        return site.exists()

    wait_until(there_again, 20)
    assert site.parent.stat().st_mode & 0o777 == 0o700
    assert said[0] == f"{site} was removed; the web starts anew, and nothing is lost."
    sockets.tidy(site, var_dir)


def test_a_program_may_be_started_a_little_later(supervisor: Supervisor) -> None:
    supervisor.start(Program("reader", SLEEP), wait=0.3)
    supervisor.tick()
    assert not supervisor.children[0].alive
    wait_until(ticking(supervisor, lambda: supervisor.children[0].alive), 5)


def test_the_front_stops_before_the_workers_and_the_queue_last(
    supervisor: Supervisor, surroundings: Surroundings, tmp_path: Path
) -> None:
    stages = {"queue": Stage.QUEUE, "reader": Stage.WORK, "web": Stage.FRONT}
    for name, stage in stages.items():
        supervisor.start(Program(name, (sys.executable, "-c", LAST_WORDS, str(tmp_path / "order"), name), stage))
    wait_until(lambda: all("listening" in said_by(surroundings, name) for name in stages), 10)
    supervisor.stop()
    assert (tmp_path / "order").read_text().split() == ["web", "reader", "queue"]


def test_stopping_ends_whatever_will_not_hear_with_all_its_children_in_ten_seconds(
    supervisor: Supervisor, surroundings: Surroundings, said: list[str]
) -> None:
    for name, stage in {"queue": Stage.QUEUE, "reader": Stage.WORK, "web": Stage.FRONT}.items():
        supervisor.start(Program(name, (sys.executable, "-c", STUBBORN), stage))
    names = ["queue", "reader", "web"]
    wait_until(lambda: all(said_by(surroundings, name).endswith("\n") for name in names), 10)
    pids = [pid_of(surroundings, name) for name in names] + [int(said_by(surroundings, name)) for name in names]
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 10
    assert all(gone(pid) for pid in pids)
    assert len(said) == 3
    assert sum(GRACE_SECONDS.values()) < 9


def test_children_of_a_worker_die_with_it(supervisor: Supervisor, surroundings: Surroundings, said: list[str]) -> None:
    supervisor.start(Program("reader", (sys.executable, "-c", STUBBORN)))
    wait_until(lambda: said_by(surroundings, "reader").endswith("\n"), 10)
    grandchild = int(said_by(surroundings, "reader"))
    os.kill(pid_of(surroundings, "reader"), signal.SIGKILL)
    wait_until(ticking(supervisor, lambda: said), 5)
    wait_until(lambda: gone(grandchild), 5)


def test_a_second_start_is_told_where_the_first_one_runs(supervisor: Supervisor, surroundings: Surroundings) -> None:
    again = "import sys; from pathlib import Path; from webapp.supervision import lock\n"
    again += "with lock.held(Path(sys.argv[1]), 'http://127.0.0.1:2'): pass"
    answer = subprocess.run(
        [sys.executable, "-c", again, surroundings.var_dir / "up.lock"], capture_output=True, text=True, cwd=ROOT
    )
    assert f"already running at http://127.0.0.1:1 (pid {os.getpid()})" in answer.stderr


def test_a_lock_is_free_again_after_its_holder_is_done(tmp_path: Path) -> None:
    for _ in range(2):
        with lock.held(tmp_path / "up.lock", "http://127.0.0.1:1"):
            assert (tmp_path / "up.lock").read_text()


RUN = """
import os, sys, time
from pathlib import Path
from webapp.supervision import lock
from webapp.supervision.child import Surroundings
from webapp.supervision.program import Program
from webapp.supervision.supervisor import Supervisor
var = Path(sys.argv[1])
with lock.held(var / "up.lock", "http://127.0.0.1:1") as held:
    supervisor = Supervisor(Surroundings(var, Path.cwd(), os.environ), print, held)
    supervisor.start(Program("reader", (sys.executable, "-c", sys.argv[2])))
    while True:
        supervisor.tick()
        time.sleep(0.1)"""


@pytest.fixture
def killed(surroundings: Surroundings) -> list[int]:
    """A supervisor is killed; what is left are its stubborn program and that one's child."""
    process = subprocess.Popen([sys.executable, "-c", RUN, str(surroundings.var_dir), STUBBORN], cwd=ROOT)
    log = surroundings.log_dir / "reader.log"
    wait_until(lambda: log.exists() and log.read_text().endswith("\n"), 10)
    pids = [pid_of(surroundings, "reader"), int(log.read_text())]
    process.kill()
    process.wait()
    return pids


def test_a_killed_supervisor_leaves_no_process(killed: list[int], surroundings: Surroundings) -> None:
    wait_until(lambda: all(gone(pid) for pid in killed), 10)
    wait_until(lambda: not list(surroundings.run_dir.iterdir()), 5)


def test_a_new_start_waits_until_the_children_of_a_killed_one_are_gone(
    killed: list[int], surroundings: Surroundings
) -> None:
    with lock.held(surroundings.var_dir / "up.lock", "http://127.0.0.1:1"):
        assert all(gone(pid) for pid in killed)


def test_what_an_earlier_run_left_is_ended_and_strangers_are_left_alone(
    surroundings: Surroundings, said: list[str]
) -> None:
    surroundings.run_dir.mkdir()
    left, stranger = [subprocess.Popen(SLEEP, start_new_session=True) for _ in range(2)]
    leftovers.record(surroundings.run_dir, "reader", left.pid)
    told = {"pid": stranger.pid, "started": "long before it"}
    (surroundings.run_dir / "web.pid").write_text(json.dumps(told))
    (surroundings.run_dir / "beat.pid").write_text('{"pid"')
    Supervisor(surroundings, said.append, lock=-1)
    assert left.wait(5) == -signal.SIGTERM
    assert stranger.poll() is None
    assert said == ["ended what an earlier run left behind: reader"]
    assert not list(surroundings.run_dir.iterdir())
    stranger.kill()
    stranger.wait()


def test_each_run_begins_a_log_and_keeps_those_of_a_few_runs_before(surroundings: Surroundings) -> None:
    surroundings.log_dir.mkdir()
    for run in range(6):
        child.Child(Program("reader", SLEEP), surroundings)
        (surroundings.log_dir / "reader.log").write_text(str(run))
    kept = {path.name: path.read_text() for path in surroundings.log_dir.iterdir()}
    assert kept == {"reader.log": "5", "reader.log.1": "4", "reader.log.2": "3", "reader.log.3": "2"}


def test_a_long_runs_log_stays_bounded(
    supervisor: Supervisor, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "LOG_BYTES", 10)
    talk = "import sys, time\nprint('x' * 20, flush=True); sys.stdin.read(); time.sleep(1); print('y', flush=True)"
    supervisor.start(Program("reader", (sys.executable, "-c", talk + "; time.sleep(600)")))
    wait_until(lambda: "x" in said_by(surroundings, "reader"), 5)
    supervisor.children[0].trim_log()
    wait_until(lambda: said_by(surroundings, "reader") == "y\n", 5)
    assert "x" in (surroundings.log_dir / "reader.log.1").read_text()
