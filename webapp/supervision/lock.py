"""One supervisor a folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A supervisor that was killed leaves its lock to the process that clears up behind it.
CLEARING_SECONDS = 10.0


class AlreadyRunning(Exception):
    """Another `up` holds this folder."""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def held(path: Path, address: str) -> Iterator[int]:
    """Hold the lock and yield its file descriptor; who inherits that holds the lock too.

    Raises:
        AlreadyRunning: naming the address and the pid of the one that runs.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        acquire(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {address}".encode(), 0)
        yield descriptor
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def acquire(descriptor: int) -> None:
    deadline = time.monotonic() + CLEARING_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, _, address = os.pread(descriptor, 200, 0).decode().partition(" ")
            if (pid and is_alive(int(pid))) or time.monotonic() > deadline:
                raise AlreadyRunning(f"It is already running at {address or 'start-up'} (pid {pid or '?'}).") from None
            time.sleep(0.1)
