"""What one machine's site takes of its memory: idle after `manage.py up`, and while it reads the sample pictures.

    python -m benchmarks.footprint [--batches 20]

Every process that `up` starts, itself included, by its proportional share (Pss in /proc/PID/smaps_rollup): what several
share counts once. Linux only.
"""

import argparse
import http.cookiejar
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from webapp.supervision.addresses import LOOPBACK

ROOT = Path(__file__).resolve().parent.parent
# All eight programs have started, and what each loads for its first turn (a sweep, a look at the schedules) is there.
SETTLED_SECONDS = 45.0
SITES_OWN = {"DATABASE_URL", "REDIS_URL", "STORAGE_URL", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "HOST", "PORT"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--batches", type=int, default=20, help="how often the sample is handed in")
    batches = options.parse_args().batches
    with tempfile.TemporaryDirectory(prefix="footprint-", dir=ROOT / "var") as folder:
        var_dir = Path(folder)
        (var_dir / "mnist.npz").symlink_to(ROOT / "var" / "mnist.npz")
        with (var_dir / "said.txt").open("w") as output:
            up = started(var_dir, output.fileno())
        try:
            measure(up.pid, var_dir, batches)
        finally:
            up.terminate()
            up.wait()


def started(var_dir: Path, output: int) -> subprocess.Popen[bytes]:
    told = {name: value for name, value in os.environ.items() if name not in SITES_OWN} | {"VAR_DIR": str(var_dir)}
    command = [sys.executable, "manage.py", "up", "--port", "8137"]
    return subprocess.Popen(command, cwd=ROOT, env=told, stdout=output, stderr=output, start_new_session=True)


def measure(up: int, var_dir: Path, batches: int) -> None:
    said = var_dir / "said.txt"
    wait_until(lambda: re.search("^ready|does not answer yet", said.read_text(), re.M))
    time.sleep(SETTLED_SECONDS)
    show("idle after start", shares(up))
    browser = signed_in(said.read_text())
    for _ in range(batches):
        browser("/sample/", {})
    most: dict[str, int] = {}
    while unread(var_dir):
        now = shares(up)
        most = max(most, now, key=lambda shares: sum(shares.values()))
    show(f"at most while {batches} batches of the sample are read", most)
    time.sleep(SETTLED_SECONDS)
    show("idle again", shares(up))


def shares(up: int) -> dict[str, int]:
    """Bytes by process, of all that stem from `up`."""
    parents = {pid: parent for pid in all_pids() if (parent := parent_of(pid)) is not None}
    family, before = {up}, 0
    while len(family) > before:
        before = len(family)
        family |= {pid for pid, parent in parents.items() if parent in family}
    return {f"{name_of(pid)} {pid}": share for pid in family if (share := share_of(pid))}


def all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def parent_of(pid: int) -> int | None:
    with suppress(FileNotFoundError, ProcessLookupError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def share_of(pid: int) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        found = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
        return int(found[1]) * 1024 if found else 0
    return 0


def name_of(pid: int) -> str:
    """Which of the programs it is, by its command line."""
    with suppress(FileNotFoundError, ProcessLookupError):
        words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        found = re.search(r"-n (\w+)@|(gunicorn|valkey|leftovers|beat|manage\.py up)", words)
        return next(filter(None, found.groups())) if found else words[:40]
    return "gone"


def signed_in(said: str) -> Callable[[str, dict[str, str]], str]:
    """A browser that has signed in as the user that was made at the start; it sends forms."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    site = f"http://{LOOPBACK[0]}:8137"
    password = re.search(r"admin, password (\S+)", said)
    assert password

    def send(path: str, fields: dict[str, str]) -> str:
        page = opener.open(f"{site}/sign-in/").read() if not jar else b""
        token = next(cookie.value or "" for cookie in jar if cookie.name == "csrftoken")
        form = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token}).encode()
        with opener.open(f"{site}{path}", form) as answer:
            return (page + answer.read()).decode()

    send("/sign-in/", {"username": "admin", "password": password[1]})
    return send


def unread(var_dir: Path) -> int:
    with closing(sqlite3.connect(var_dir / "db.sqlite3", timeout=30)) as database:
        rows = database.execute("SELECT COUNT(*) FROM webapp_image WHERE state IN ('waiting', 'running')")
        return int(rows.fetchone()[0])


def show(when: str, shares: dict[str, int]) -> None:
    print(f"{when}: {sum(shares.values()) / 1e6:.0f} MB in {len(shares)} processes")
    for name, share in sorted(shares.items(), key=lambda item: -item[1]):
        print(f"  {share / 1e6:6.1f} MB  {name}")


def wait_until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


if __name__ == "__main__":
    main()
