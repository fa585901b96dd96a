"""A bound to the memory of each process that reads pictures, and the process beside it that opens foreign files.

What files ask for is bounded there (`recognizer.files.confinement`), so the bound here is for what nobody foresaw: such
a picture then ends with a named error, and not with the system killing whatever is largest.
"""

import resource
from typing import Any

from celery import current_app
from celery.signals import worker_process_init

from recognizer.files import sandbox

# Above what a process has at its start. A page full of marks takes about 200 MB.
MOST_BYTES = 2 * 1024**3
READING = {"interactive", "bulk", "quarantine"}


@worker_process_init.connect
def bound(**_: Any) -> None:
    """Training, in a process of its own, takes what it needs."""
    if not READING & set(current_app.amqp.queues.consume_from):
        return
    sandbox().start()  # so that the first picture does not wait for it
    if hasattr(resource, "RLIMIT_DATA"):
        most = in_use() + MOST_BYTES
        _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def in_use() -> int:
    """Bytes that count towards the bound already; about half a gigabyte where the system does not say."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
    except (OSError, StopIteration):
        return 512 * 1024**2
