"""A bound to the memory of each process that reads pictures.

Every picture's size is known before its pixels are unpacked, so this is for what nobody foresaw: such a picture then
ends with a named error, and not with the system killing whatever is largest. It is one call when a process starts and
costs a picture nothing, where a process for each would cost 60 ms.
"""

import resource
from typing import Any

from celery import current_app
from celery.signals import worker_process_init

# Above what a process has at its start. A 50-megapixel photo takes about 400 MB.
MOST_BYTES = 2 * 1024**3
READING = {"interactive", "bulk", "quarantine"}


@worker_process_init.connect
def bound(**_: Any) -> None:
    """Training, in a process of its own, takes what it needs."""
    if READING & set(current_app.amqp.queues.consume_from) and hasattr(resource, "RLIMIT_DATA"):
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
