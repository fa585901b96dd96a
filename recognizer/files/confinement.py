"""What the process that opens foreign files may take, and what it may not do. Called once, before the first file."""

import ctypes
import os
import resource
import sys
from contextlib import suppress

# Above what the process has once its libraries are loaded. The largest photos that phones write take most of it: 48
# megapixels as HEIC or as progressive JPEG.
MOST_DATA = 376 * 2**20
MOST_ADDRESSES = 576 * 2**20  # what is only reserved counts here, too
MOST_FILES = 16
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS = 38
FIRST_TO_GO = 1000  # for a system that is out of memory


def confine() -> None:
    """Bounds for memory and files hold on every system that knows them; being without a network holds where the kernel
    lets ordinary processes have namespaces of their own. Where it does not, what keeps the network away is that nothing
    here opens a connection, and that the environment names nothing to connect to. Further processes are not forbidden:
    the same limit would forbid the threads that HEIC is decoded with.
    """
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
            score.write(str(FIRST_TO_GO))
        system.unshare(CLONE_NEWUSER | CLONE_NEWNET)  # answers with an error where that is not allowed
        _bound(resource.RLIMIT_DATA, _in_use("VmData") + MOST_DATA)
        _bound(resource.RLIMIT_AS, _in_use("VmSize") + MOST_ADDRESSES)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_NOFILE, MOST_FILES)
    os.chdir("/")


def _bound(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _in_use(what: str) -> int:
    """Bytes of this process, by the kernel's name for them."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(what + ":"))
