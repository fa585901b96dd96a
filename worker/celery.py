"""Entry point of `celery -A worker`: Django first, then the tasks and their schedules."""

import django

from webapp.celery import app
from webapp.checks import refuse_unsafe_start

refuse_unsafe_start()
django.setup()

from worker import memory, schedules, tasks  # noqa: E402 (tasks need Django's models, which need Django set up)

app.conf.beat_schedule = schedules.BEAT_SCHEDULE

__all__ = ["app", "memory", "tasks"]
