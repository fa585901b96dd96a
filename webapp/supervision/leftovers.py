"""Nothing outlives the supervisor: each child leaves a pid file, and what a dead supervisor left behind is ended.

Run as a process of its own (`python -m webapp.supervision.leftovers RUN_DIR`), it waits for its standard input to
close, which happens whatever kills the supervisor. It inherits the supervisor's lock, so that a new start waits
until the old children are gone. Standard library only: this process is small and starts in a blink.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_SECONDS = 3.0


def identity(pid: int) -> str | None:
    """When the process began, as the system tells it; None when it is gone or only waits to be reaped.

    A pid alone may by now belong to a stranger: pid and beginning together do not.
    """
    try:
        # After the command's name in parentheses, which may contain anything: state is field 3, start time field 22.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        state, started = fields[0], fields[19]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return None
        told = subprocess.run(
            ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, env={"LC_ALL": "C"}
        )
        state, _, started = told.stdout.strip().partition(" ")
    return None if state.startswith("Z") else started or None


def record(run_dir: Path, name: str, pid: int) -> None:
    (run_dir / f"{name}.pid").write_text(json.dumps({"pid": pid, "started": identity(pid)}))


def forget(run_dir: Path, name: str) -> None:
    (run_dir / f"{name}.pid").unlink(missing_ok=True)


def kill_group(pgid: int) -> None:
    """End the group at once. Its leader may be long gone while others of the group live on."""
    try:
        os.killpg(pgid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM where only zombies are left
        return


def ours(pid_file: Path) -> int | None:
    """The pid in this file where it is still the process that was recorded."""
    try:
        told = json.loads(pid_file.read_text())
        pid, started = int(told["pid"]), told["started"]
    except (ValueError, KeyError, FileNotFoundError):  # written half when the machine went down
        return None
    return pid if started and identity(pid) == started else None


def end_leftovers(run_dir: Path) -> list[str]:
    """End every child that still has a pid file here: ask, wait, then kill the whole group. Returns their names."""
    files = sorted(run_dir.glob("*.pid"))
    found = {file: pid for file in files if (pid := ours(file))}
    for pid in found.values():
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(identity(pid) for pid in found.values()):
        time.sleep(0.05)
    for pid in found.values():
        kill_group(pid)
    for file in files:
        file.unlink(missing_ok=True)
    return [file.stem for file in found]


if __name__ == "__main__":
    sys.stdin.read()
    end_leftovers(Path(sys.argv[1]))
