"""Keeps programs running and stops them in order."""

import subprocess
import sys
import time
from collections.abc import Callable

from webapp.supervision import leftovers
from webapp.supervision.child import Child, Surroundings
from webapp.supervision.program import GRACE_SECONDS, Program, Stage

TICK_SECONDS = 0.1
TRIM_EVERY_SECONDS = 60.0


class Supervisor:
    """Starts programs, starts again what dies, and on `stop` leaves no process behind.

    `say` gets one plain line for each thing a person should know. `lock` is a file descriptor that stays locked
    until the last child is gone, even when this process is killed.
    """

    def __init__(self, surroundings: Surroundings, say: Callable[[str], None], lock: int) -> None:
        self.surroundings = surroundings
        self.say = say
        self.lock = lock
        self.children: list[Child] = []
        self.guard: subprocess.Popen[bytes] | None = None
        self.next_trim = time.monotonic() + TRIM_EVERY_SECONDS
        for folder in (surroundings.run_dir, surroundings.log_dir):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if found := leftovers.end_leftovers(surroundings.run_dir):
            say(f"ended what an earlier run left behind: {', '.join(found)}")

    def post_guard(self) -> None:
        """Start the process that ends the children should this one be killed."""
        self.guard = subprocess.Popen(
            [sys.executable, "-m", leftovers.__name__, str(self.surroundings.run_dir)],
            cwd=self.surroundings.cwd,
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(self.lock,),
        )

    def start(self, program: Program, wait: float = 0.0) -> None:
        """Start it now, or at the first tick after `wait` seconds."""
        if self.guard is None:
            self.post_guard()
        child = Child(program, self.surroundings)
        self.children.append(child)
        if wait:
            child.due = time.monotonic() + wait
        else:
            child.start()

    def hold(self, lock: int) -> None:
        """Another lock from now on. The guard holds the one before: killed it ends nobody, and a tick posts another."""
        self.lock = lock
        if self.guard is not None:
            self.guard.kill()
            self.guard.wait()

    def restart(self, name: str) -> None:
        """Kill it; the next tick starts it again."""
        for child in self.children:
            if child.program.name == name and child.process is not None:
                child.process.kill()
                child.process.wait()

    def tick(self) -> None:
        """Look after everything once."""
        for child in self.children:
            if child.process is not None and not child.alive:
                self.say(child.bury())
            if child.process is None and time.monotonic() >= child.due:
                child.start()
        if self.guard is not None and self.guard.poll() is not None:
            self.post_guard()
        if time.monotonic() >= self.next_trim:
            self.next_trim = time.monotonic() + TRIM_EVERY_SECONDS
            for child in self.children:
                child.trim_log()

    def stop(self) -> None:
        """Ask stage after stage to end; kill what does not in time. Takes at most the grace seconds' sum."""
        for stage in Stage:
            children = [child for child in self.children if child.program.stage is stage]
            for child in children:
                child.terminate()
            deadline = time.monotonic() + GRACE_SECONDS[stage]
            while time.monotonic() < deadline and any(child.alive for child in children):
                time.sleep(0.02)
            for child in children:
                if child.alive:
                    self.say(f"{child.program.name} did not stop in time and was killed")
                child.clear()
        self.children.clear()
        if self.guard is not None:
            self.guard.communicate()
            self.guard = None
