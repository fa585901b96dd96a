"""Everything that one machine runs, and the run itself from preparing to the last process's end."""

import http.client
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connections

from webapp import sockets
from webapp.front.nginx import Front, encrypts
from webapp.queue_server import QueueServer
from webapp.supervision import addresses, lock
from webapp.supervision.child import Surroundings
from webapp.supervision.preparation import prepare
from webapp.supervision.program import Program, Stage
from webapp.supervision.supervisor import TICK_SECONDS, Supervisor
from webapp.supervision.upkeep import FolderGone, Upkeep

CORES = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
QUEUE_SECONDS = 30.0
WEB_SECONDS = 15.0
SECONDS_BETWEEN_STARTS = 1.0

Say = Callable[[str], None]


class CannotStart(Exception):
    """Something that everything else needs does not come up, or has gone."""


def web(bind: str) -> Program:
    """The pages, at `unix:/path` or `host:port`, for the front alone: it is believed who asks."""
    # The application is loaded before the fork: it starts once, and its memory is shared.
    options = ["--config", "python:webapp.server", "--bind", bind, "--umask", "0o77"]
    options += ["--preload", "--no-control-socket"]
    options += ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--graceful-timeout", "1"]
    command = (sys.executable, "-m", "gunicorn", "webapp.wsgi", *options)
    return Program("web", command, Stage.FRONT, environment={"BEHIND_PROXY": "true"})


def worker(name: str, queues: str, processes: int = 1, *options: str) -> Program:
    words = f"-m celery -A worker worker -n {name}@%h -Q {queues} -c {processes} -P prefork -O fair -l INFO"
    return Program(name, (sys.executable, *words.split(), "--without-gossip", "--without-mingle", *options))


def beat() -> Program:
    words = "-m celery -A worker beat -l INFO --pidfile="
    return Program("beat", (sys.executable, *words.split()), Stage.FRONT)


def crew() -> list[Program]:
    """Everything behind the web, in the order in which somebody waits for it."""
    return [
        worker("prediction", "interactive,bulk", CORES),
        worker("maintenance", "maintenance"),
        beat(),
        worker("quarantine", "quarantine"),
        worker("training", "training", 1, "--max-tasks-per-child=1"),
    ]


def embedded_queue() -> QueueServer | None:
    """A queue server of our own, unless the settings name another."""
    ours = f"redis+socket://{settings.VAR_DIR / 'valkey.sock'}"
    return QueueServer.within(settings.VAR_DIR.resolve()) if ours == settings.REDIS_URL else None


def environment(host: str, queue: QueueServer | None) -> dict[str, str]:
    """What the children are told: every choice made here, so that none of them decides otherwise."""
    told = dict(os.environ) | {"VAR_DIR": str(settings.VAR_DIR.resolve()), "PYTHONUNBUFFERED": "1"}
    if queue is not None:
        told["REDIS_URL"] = queue.url
    if "ALLOWED_HOSTS" not in os.environ:
        told["ALLOWED_HOSTS"] = ",".join(addresses.allowed_hosts(host))
    if sys.platform == "darwin":
        told["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"  # macOS ends forked workers without it
    return told


def healthy(host: str, port: int, name: str) -> bool:
    """Whether the web answers its health check under a name that it allows."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(reachable, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Stop:
    """Whether Ctrl-C, a polite kill or a closed terminal asked to stop, instead of breaking off what is under way.

    A plain flag: `threading.Event` deadlocks where its setter interrupts its waiter in the same thread.
    """

    def __init__(self) -> None:
        self.asked = False

    def ask(self, *_: object) -> None:
        self.asked = True

    @contextmanager
    def listening(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Machine:
    def __init__(self, host: str, port: int, say: Say) -> None:
        self.host = host
        self.port = port
        self.say = say
        self.began = time.monotonic()
        self.stop = Stop()

    @property
    def urls(self) -> list[str]:
        return addresses.urls(self.host, self.port, "https" if encrypts() else "http")

    def run(self) -> None:
        """Prepare, run until asked to stop, and stop.

        Raises:
            lock.AlreadyRunning, addresses.CannotListen: before anything is started.
            CannotStart: after what had been started is stopped again.
        """
        settings.VAR_DIR.chmod(0o700)
        address = self.urls[0]
        with lock.held(settings.VAR_DIR / "up.lock", address) as held, self.stop.listening():
            var_dir = settings.VAR_DIR.resolve()
            queue = embedded_queue()
            told = environment(self.host, queue)
            supervisor = Supervisor(Surroundings(var_dir, settings.BASE_DIR, told), self.say, held)
            addresses.refuse_unusable(self.host, self.port)
            site = sockets.within(var_dir, "web.sock")
            try:
                self.bring_up(supervisor, queue, site, told["ALLOWED_HOSTS"].split(","))
                upkeep = Upkeep(supervisor, settings.VAR_DIR / "up.lock", queue, site, self.say)
                self.watch(supervisor, told, site, upkeep)
            except FolderGone as gone:
                raise CannotStart(str(gone)) from None
            finally:
                self.say("stopping")
                supervisor.stop()
                sockets.tidy(site, var_dir)
                if queue is not None:
                    queue.tidy()
                self.say("stopped; nothing is lost")

    def bring_up(self, supervisor: Supervisor, queue: QueueServer | None, site: Path, names: Sequence[str]) -> None:
        if queue is not None:
            supervisor.start(Program("valkey", queue.command, Stage.QUEUE))
        password = prepare()
        connections.close_all()
        if queue is not None:
            self.wait_for_queue(supervisor, queue)
        supervisor.start(web(f"unix:{site}"))
        folder = settings.VAR_DIR.resolve() / "front"
        supervisor.start(Front(self.host, self.port, f"unix:{site}", folder, tuple(names)).program())
        self.show(password)

    def wait_for_queue(self, supervisor: Supervisor, queue: QueueServer) -> None:
        deadline = time.monotonic() + QUEUE_SECONDS
        while not queue.answers() and not self.stop.asked:
            supervisor.tick()
            if time.monotonic() > deadline:
                log = settings.VAR_DIR / "log" / "valkey.log"
                raise CannotStart(f"The queue does not come up; {log} says why. The database keeps all work.")
            time.sleep(0.02)

    def watch(self, supervisor: Supervisor, told: Mapping[str, str], site: Path, upkeep: Upkeep) -> None:
        """Look after everything. What nobody waits for starts once the first page is there.

        Started all together, they delay that page from 0.8 to 3 seconds on two cores (November 2026).
        """
        name = told["ALLOWED_HOSTS"].split(",")[0].lstrip(".").replace("*", "localhost")
        waiting = crew()
        while not self.stop.asked:
            time.sleep(TICK_SECONDS)
            upkeep.tick()
            supervisor.tick()
            if waiting and self.first_page(name, site):
                for place, program in enumerate(waiting):
                    supervisor.start(program, wait=place * SECONDS_BETWEEN_STARTS)
                waiting = []

    def first_page(self, name: str, site: Path) -> bool:
        """Whether the web answers, or has been waited for long enough."""
        seconds = time.monotonic() - self.began
        # Asked earlier, the front would write into its log each time that there is nobody behind it.
        if site.exists() and healthy(self.host, self.port, name):
            self.say(f"ready after {seconds:.1f} s")
            return True
        if seconds > WEB_SECONDS:
            self.say(f"the web does not answer yet; see {settings.VAR_DIR / 'log' / 'web.log'}")
            return True
        return False

    def show(self, password: str | None) -> None:
        here, *others = self.urls
        self.say("")
        self.say(f"  Open     {here}")
        for url in others:
            self.say(f"           {url} from this network")
        if encrypts():
            self.say(f"  Phones   {(others or [here])[0]}/ca.crt, installed once, spares them the warning")
        if password:
            self.say(f"  Sign in  admin, password {password} (shown this once)")
        self.say(f"  Files    {settings.VAR_DIR}, logs in {settings.VAR_DIR / 'log'}")
        self.say("  Stop     Ctrl-C")
        self.say("")
