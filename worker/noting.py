"""Each worker notes that it is there, each of its processes what it does (webapp.crew.notes)."""

import os
from typing import Any

from celery import Task, current_app
from celery.signals import celeryd_after_setup, heartbeat_sent, task_postrun, task_prerun, worker_shutdown

from webapp.crew import notes
from webapp.crew.notes import Turn

# Of this worker, in its main process; and of this process, while it works.
itself: dict[str, Any] = {}
turns: dict[str, Turn] = {}


@celeryd_after_setup.connect
def remember(instance: Any, **_: Any) -> None:
    itself["worker"] = instance


@heartbeat_sent.connect
def alive(**_: Any) -> None:
    worker = itself["worker"]
    pids = worker.pool.info.get("processes", []) if worker.pool else []
    notes.note_alive(worker.hostname, list(current_app.amqp.queues.consume_from), pids)


@task_prerun.connect
def begun(task_id: str, task: Task, args: Any, **_: Any) -> None:
    ids = args[0] if args and isinstance(args[0], list) else []
    queue = (task.request.delivery_info or {}).get("routing_key", "")
    turns[task_id] = Turn.begin(task.name, queue, ids)
    notes.note_begun(task.request.hostname, os.getpid(), turns[task_id])


@task_postrun.connect
def ended(task_id: str, task: Task, state: str | None = None, **_: Any) -> None:
    if turn := turns.pop(task_id, None):
        notes.note_ended(task.request.hostname, os.getpid(), turn.end(failed=state == "FAILURE"))


@worker_shutdown.connect
def gone(**_: Any) -> None:
    if worker := itself.get("worker"):
        notes.note_gone(worker.hostname)
