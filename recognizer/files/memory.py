"""What a process holds of the machine's memory, and giving back what it has freed."""

import ctypes
import resource
import sys

SLACK = 24 * 2**20  # bytes that may have come since the last time before it is done again, for it takes milliseconds
_system = ctypes.CDLL(None)
_least = 0


def resident() -> int:
    """Bytes of memory that this process holds at this moment; 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * resource.getpagesize()


def give_back() -> None:
    """Let the system have what was freed here, where it has come to much: after a large page the heap keeps 80 MB."""
    global _least
    if resident() > _least + SLACK and hasattr(_system, "malloc_trim"):
        _system.malloc_trim(0)
        _least = resident()
