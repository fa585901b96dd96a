"""One running program: its process group, its log, its pid file, and how eagerly it is started again."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.supervision import leftovers
from webapp.supervision.program import Program

# A child that lived this long died of something new; one that did not is likely to die again.
STEADY_SECONDS = 10.0
LONGEST_WAIT = 30.0
LOGS_KEPT = 3
LOG_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Surroundings:
    """What every child of one supervisor shares."""

    var_dir: Path
    cwd: Path
    environment: Mapping[str, str]

    @property
    def run_dir(self) -> Path:
        return self.var_dir / "run"

    @property
    def log_dir(self) -> Path:
        return self.var_dir / "log"


def describe(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


class Child:
    def __init__(self, program: Program, surroundings: Surroundings) -> None:
        self.program = program
        self.surroundings = surroundings
        self.log = surroundings.log_dir / f"{program.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.due = 0.0
        self.quick_deaths = 0
        self.shift_logs()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C in the terminal reaches the supervisor alone."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.program.command,
                cwd=self.surroundings.cwd,
                env={**self.surroundings.environment, **self.program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()
        leftovers.record(self.surroundings.run_dir, self.program.name, self.process.pid)

    def bury(self) -> str:
        """After a death: end what is left of its group, settle when to try again, and say so."""
        assert self.process is not None
        cause = describe(self.process.wait())
        self.clear()
        lived = time.monotonic() - self.started
        self.quick_deaths = 0 if lived > STEADY_SECONDS else self.quick_deaths + 1
        wait = 0.0 if self.quick_deaths <= 1 else min(2.0 ** (self.quick_deaths - 2), LONGEST_WAIT)
        self.due = time.monotonic() + wait
        again = f"again in {wait:.0f} s; its log is {self.log}" if wait else "starting it again"
        return f"{self.program.name} ended ({cause}), {again}"

    def terminate(self) -> None:
        if self.process is not None and self.alive:
            self.process.send_signal(self.program.stop)

    def clear(self) -> None:
        """Leave nothing of the group, the leader included."""
        if self.process is None:
            return
        leftovers.kill_group(self.process.pid)
        self.process.wait()
        self.process = None
        leftovers.forget(self.surroundings.run_dir, self.program.name)

    def shift_logs(self) -> None:
        """The log of the run before becomes NAME.log.1, that one NAME.log.2, and so on."""
        for number in range(LOGS_KEPT, 0, -1):
            older = self.log.with_suffix(f".log.{number}")
            newer = self.log.with_suffix(f".log.{number - 1}") if number > 1 else self.log
            if newer.exists():
                newer.replace(older)

    def trim_log(self) -> None:
        """Keep a long run's log bounded: the child goes on writing to the same file, so copy and empty it."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)
