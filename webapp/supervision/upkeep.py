"""What a running site needs in its folder and somebody may remove: noticed within seconds, and mended or said."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from webapp import sockets
from webapp.queue_server import QueueServer
from webapp.supervision.supervisor import Supervisor

EVERY_SECONDS = 1.0


class FolderGone(Exception):
    """Nothing can be kept any more, or another `up` has taken the folder over."""


class Upkeep:
    def __init__(
        self, supervisor: Supervisor, lock: Path, queue: QueueServer | None, site: Path, say: Callable[[str], None]
    ) -> None:
        self.supervisor = supervisor
        self.lock = lock
        self.queue = queue
        self.site = site
        self.say = say
        self.due = 0.0
        self.was_there: dict[str, bool] = {}

    def tick(self) -> None:
        """Raises FolderGone where this run cannot go on."""
        if time.monotonic() < self.due:
            return
        self.due = time.monotonic() + EVERY_SECONDS
        if not self.lock.parent.is_dir():
            raise FolderGone(f"{self.lock.parent} was removed while the site ran. What was in it is gone; start again.")
        if not self.is_locked():
            self.lock_again()
        if self.queue is not None and self.lost("queue", self.queue.is_whole):
            self.start_queue_again(self.queue)
        if self.lost("site", self.site.exists()):
            self.start_web_again()

    def lost(self, name: str, there: bool) -> bool:
        """Whether it was there at the last look and is no more: what only just starts is not there yet."""
        was, self.was_there[name] = self.was_there.get(name, False), there
        return was and not there

    def is_locked(self) -> bool:
        """Whether the file that a second `up` would look at is the one that is held."""
        try:
            return self.lock.stat().st_ino == os.fstat(self.supervisor.lock).st_ino
        except FileNotFoundError:
            return False

    def lock_again(self) -> None:
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise FolderGone(f"{self.lock} was removed, and another site has started in this folder.") from None
        os.pwrite(descriptor, os.pread(self.supervisor.lock, 200, 0), 0)
        self.supervisor.hold(descriptor)
        self.say(f"{self.lock} was removed; it is there again. It keeps a second site out of this folder.")

    def start_queue_again(self, queue: QueueServer) -> None:
        """It would go on writing to files that nobody can find. The database knows all work, and it is sent again."""
        self.say(f"{queue.folder} or the queue's socket was removed; the queue starts anew, and nothing is lost.")
        queue.make_folder()
        sockets.make_folder(queue.socket)
        self.supervisor.restart("valkey")

    def start_web_again(self) -> None:
        """Nobody would find the way to it any more, and the front would say for ever that it does not answer."""
        self.say(f"{self.site} was removed; the web starts anew, and nothing is lost.")
        sockets.make_folder(self.site)
        self.supervisor.restart("web")
