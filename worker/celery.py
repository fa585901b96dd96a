"""Entry point of `celery -A worker`: Django first, then the tasks and their schedules."""

import gc

import django

from webapp.celery import app
from webapp.checks import refuse_unsafe_start

refuse_unsafe_start()
django.setup()

from worker import memory, noting, schedules, tasks  # noqa: E402 (tasks need Django's models, which need Django set up)

app.conf.beat_schedule = schedules.BEAT_SCHEDULE

__all__ = ["app", "memory", "noting", "tasks"]
# As the web does (webapp.wsgi): a process that ends takes nothing apart, and what is forked shares what is loaded.
gc.freeze()
