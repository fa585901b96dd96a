import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import translation

from recognizer.learning import mnist as dataset
from tests.environment import ROOT, VAR_DIR
from webapp.celery import app
from webapp.models import Batch, User

# The command line contract and the models are found from the root, wherever pytest was started.
os.chdir(ROOT)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A file, not memory, so that worker processes of their own see the same rows."""
    if connection.vendor == "sqlite":
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(VAR_DIR / "test.sqlite3")


@pytest.fixture(autouse=True)
def empty_queue() -> Callable[[], None]:
    """No test sees another's messages; called, it loses those of the test itself."""

    def empty_queue() -> None:
        with app.connection_for_write() as broker:
            broker.default_channel.client.flushdb()

    empty_queue()
    return empty_queue


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that a test takes itself ends with its work, however busy the machine is."""
    monkeypatch.setattr("worker.tasks.read.TURN_SECONDS", 600)
    monkeypatch.setattr("worker.tasks.unpack.SLICE_SECONDS", 600)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language to whatever comes after it in the same thread; no test does."""
    with translation.override("en"):
        yield


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "correct horse")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", "bob@example.org", "battery staple")


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("admin", "admin@example.org", "staple battery")


@pytest.fixture
def as_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def champion(db: None) -> None:
    """The models that ship are registered, as at every start."""
    call_command("register_models", verbosity=0)


@pytest.fixture(scope="session")
def digits() -> dataset.Digits:
    """MNIST's validation part: real digits that no test of ours can wear out."""
    return dataset.load_mnist().validation


def png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.fixture
def hand_in(digits: dataset.Digits) -> Callable[..., Batch]:
    """A batch of `count` digits, or of the files given as (name, bytes)."""

    def hand_in(owner: User, count: int = 3, files: list[tuple[str, bytes]] | None = None) -> Batch:
        files = files or [(f"digit-{i}.png", png(digits.images[i])) for i in range(count)]
        batch = Batch.objects.create(owner=owner, name="Meters", expected=len(files))
        batch.take_in({i: SimpleUploadedFile(name, data) for i, (name, data) in enumerate(files)})
        return batch

    return hand_in


class Processes:
    """Worker processes of a test's own: the real commands, in process groups that can be killed whole."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **settings_: str) -> subprocess.Popen[bytes]:
        log = (VAR_DIR / "workers.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, *command],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "webapp.settings", "DATABASE_URL": database_url()} | settings_,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def worker(self, queues: str, name: str, app: str = "worker", **settings_: str) -> subprocess.Popen[bytes]:
        words = f"-m celery -A {app} worker -Q {queues} -n {name}@%h -c 1 -P prefork -O fair -l INFO"
        return self.start(*words.split(), "--without-gossip", "--without-mingle", **settings_)

    def whole_crew(self, app: str = "worker", **settings_: str) -> None:
        self.worker("interactive,bulk", "reader", app, **settings_)
        self.worker("quarantine", "quarantine", app, **settings_)
        self.worker("maintenance", "maintenance", app, **settings_)
        schedule = str(VAR_DIR / "beat")
        self.start(*f"-m celery -A {app} beat -l INFO -s {schedule} --max-interval 1".split(), **settings_)

    @staticmethod
    def log() -> str:
        return (VAR_DIR / "workers.log").read_text()

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.running:
            if process.poll() is None:
                self.kill(process)
        if connection.vendor == "postgresql":  # it notices late that a killed client is gone
            others = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = %s"
            )
            with connection.cursor() as cursor:
                cursor.execute(others, [connection.settings_dict["NAME"]])


def database_url() -> str:
    """The test database's address, for processes of its own."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    host = connection.settings_dict["OPTIONS"]["host"]
    return f"postgresql://{connection.settings_dict['USER']}:@/{name}?host={host}"


@pytest.fixture
def processes(transactional_db: None) -> Iterator[Processes]:
    processes = Processes()
    yield processes
    processes.stop()
    print(processes.log()[-8000:])  # shown where a test fails
    (VAR_DIR / "workers.log").unlink()


def wait_until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something that other processes bring about; the limit is generous, since machines are shared."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
