"""What the supervisor runs: one long-lived command, and when its turn comes to stop."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Stage(IntEnum):
    """Stopping goes through these in order: first what brings work, then what does it, last what remembers it."""

    FRONT = 0
    WORK = 1
    QUEUE = 2


# How long each stage may take before it is killed. With the killing itself they stay under ten seconds together.
GRACE_SECONDS = {Stage.FRONT: 2.0, Stage.WORK: 5.0, Stage.QUEUE: 1.5}


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    stage: Stage = Stage.WORK
    stop: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] = field(default_factory=dict)  # beside what all are told
