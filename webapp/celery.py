"""The Celery object. It knows how to reach the queue and nothing of the tasks: those are the worker's."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

app = Celery("digits")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
