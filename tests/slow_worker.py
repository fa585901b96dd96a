"""`celery -A tests.slow_worker`: the real worker with a reader that stumbles over what a test names.

A picture whose bytes end in `SLOW` takes a second, `CRASH` kills the process that reads it, `GROUP` the whole worker,
and `GREEDY` asks for more memory than any picture needs.
Every picture takes SECONDS_A_PICTURE, where that is set: so much work that faults find some under way.
"""

import os
import signal
import time

from worker.celery import app
from worker.tasks import read

__all__ = ["app"]

decode = read.decode
pause = float(os.environ.get("SECONDS_A_PICTURE", "0"))


def stumbling_decode(data: bytes) -> object:
    time.sleep(pause)
    if data.endswith(b"SLOW"):
        time.sleep(1)
    if data.endswith(b"CRASH"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if data.endswith(b"GROUP"):
        os.killpg(os.getpgid(0), signal.SIGKILL)
    if data.endswith(b"GREEDY"):
        bytearray(3 * 1024**3)
    return decode(data)


read.decode = stumbling_decode
