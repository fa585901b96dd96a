"""The small process in which everything foreign is opened: started at the first need, used again while it behaves,
ended with whoever started it, replaced when it dies.

What a file does in there costs that file alone: too much memory, too much time or a crash end the process (see
`confinement`), and what comes back is pixels with their shape, or a fault's code.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recognizer.files.document import Document
from recognizer.files.limits import MAX_BYTES
from recognizer.files.memory import give_back
from recognizer.files.wire import Gone, Message, receive, send
from recognizer.page import Fault

ROOT = Path(__file__).parents[2]
MAX_ANSWER = MAX_BYTES  # bytes; pixels of WORK_SIDE in colour are 17 MB
START_SECONDS = 120  # on a machine that has much else to do; half a second is usual
# The processor's time is bounded inside. From outside a job may take so many times that, for processes that wait for
# their turn, and a little more.
PATIENCE, MORE_SECONDS = 10, 20
# Memory is given back to the system as it is freed, and every thread's comes from one heap.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(2**20), "OPENBLAS_NUM_THREADS": "1"}


class OutOfTime(Exception):
    """A job took more of the processor's time than it may."""


class Crashed(Exception):
    """The process died of a job, in a fresh one too: of its memory, or of a decoder's own fault."""


class Broken(RuntimeError):
    """The process cannot be started at all, or answers what it does not say: no file is to blame."""


@dataclass(frozen=True)
class Answer:
    """`seconds` are those of the processor."""

    values: dict[str, Any]
    body: bytearray
    seconds: float


class Sandbox:
    """One process, for one job at a time; threads wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._is_ready = False
        self._done = 0
        self.owner = os.getpid()

    def ask(
        self, job: str, seconds: float, body: bytes | memoryview = b"", document: Document | None = None, **values: Any
    ) -> Answer:
        """What `job` makes of `body`, or of a document.

        Raises Fault as it was raised inside, OutOfTime, Crashed, Broken.
        """
        head = {"job": job, "seconds": seconds, "values": values, "document": document.key if document else None}
        give_back()  # both processes share one bound: what this one keeps, that one lacks
        with self._lock:
            try:
                return self._answer(head, body, document)
            except Crashed:
                if not self._done:
                    raise
            # Another file may have damaged it: only what kills a fresh one has itself to blame.
            self._end()
            return self._answer(head, body, document)

    def start(self) -> None:
        """Begin to start it, where it does not run, and do not wait."""
        if self._process is not None and self._process.poll() is None:
            return
        self._end()
        ours, theirs = socket.socketpair()
        words = [sys.executable, "-P", "-m", "recognizer.files.sandboxed"]
        paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if path)])
        with theirs:
            # In a session of its own: what a terminal or a supervisor says to the group is not meant for it.
            self._process = subprocess.Popen(
                words,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=ENVIRONMENT | {"PYTHONPATH": paths},
                start_new_session=True,
            )
        self._line, self._is_ready, self._done = ours, False, 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def close(self) -> None:
        with self._lock:
            self._end()

    def forget(self) -> None:
        """After a fork: the process belongs to whoever forked."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.returncode = 0
        self._process = self._line = None

    def _answer(self, head: dict[str, Any], body: bytes | memoryview, document: Document | None) -> Answer:
        line = self._ready_line()
        line.settimeout(PATIENCE * head["seconds"] + MORE_SECONDS)
        try:
            send(line, head, body, document.fileno() if document else None)
            answer = receive(line, MAX_ANSWER)
        except TimeoutError:
            self._end()
            raise OutOfTime from None
        except Gone:
            if self._end() == -signal.SIGPROF:
                raise OutOfTime from None
            raise Crashed from None
        if answer.head.get("is_last"):
            self._end()
        self._done += 1
        return _judged(answer)

    def _ready_line(self) -> socket.socket:
        self.start()
        assert self._line is not None
        if not self._is_ready:
            self._line.settimeout(START_SECONDS)
            try:
                receive(self._line, 0)
            except (Gone, TimeoutError) as error:
                raise Broken(f"the sandbox does not start: {self._end()}") from error
            self._is_ready = True
        return self._line

    def _end(self) -> int:
        """Its exit status as `subprocess` has it, 0 where none was running."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is None:
            return 0
        process, self._process = self._process, None
        try:
            return process.wait(timeout=1)  # it ends by itself once nobody can ask any more
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _judged(answer: Message) -> Answer:
    head = answer.head
    try:
        if "fault" in head:
            raise Fault.from_json(head["fault"])
        return Answer(dict(head["values"]), answer.body, float(head["seconds"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Broken("the sandbox answers what it does not say") from error


_ours = Sandbox()


def sandbox() -> Sandbox:
    """That of this process."""
    return _ours


def _after_fork() -> None:
    global _ours
    _ours.forget()
    _ours = Sandbox()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(lambda: _ours.close())
