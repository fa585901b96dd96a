"""Unix sockets in a folder that only its owner may enter."""

import contextlib
import tempfile
from pathlib import Path

# The system's limit is 108 bytes on Linux and 104 on macOS, with a closing zero.
LONGEST_SOCKET_PATH = 100


def within(folder: Path, name: str) -> Path:
    """A socket's place in this folder, or in a short one of its own where that is too long a path."""
    path = folder / name
    return path if len(bytes(path)) <= LONGEST_SOCKET_PATH else Path(tempfile.mkdtemp(prefix="digits-")) / name


def make_folder(path: Path) -> None:
    """Again, where a short one was removed: some systems clean up among what is temporary."""
    path.parent.mkdir(mode=0o700, exist_ok=True)


def tidy(path: Path, folder: Path) -> None:
    """Remove the short temporary folder, if there was need of one."""
    if path.parent != folder:
        path.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.parent.rmdir()
