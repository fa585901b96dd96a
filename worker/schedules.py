"""What beat sends, and how often. Task names only.

These are set back at each of beat's starts. What staff may change in the admin (when trainings are tried) is made once,
by a migration.
"""

from django.conf import settings

from webapp import jobs

BEAT_SCHEDULE = {
    "sweep": {
        "task": jobs.SWEEP,
        "schedule": settings.SWEEP_SECONDS,
        # A tick that waited longer than a period is stale: the next one does the same work.
        "options": {"expires": settings.SWEEP_SECONDS, "queue": "maintenance"},
    },
    "tell": {"task": jobs.TELL, "schedule": 60, "options": {"expires": 60, "queue": "maintenance"}},
    "erase": {"task": jobs.ERASE, "schedule": 60, "options": {"expires": 60, "queue": "maintenance"}},
    "adapt": {"task": jobs.ADAPT, "schedule": 15, "options": {"expires": 15, "queue": "maintenance"}},
    "value": {"task": jobs.VALUE, "schedule": 60, "options": {"expires": 60, "queue": "maintenance"}},
    "count": {"task": jobs.COUNT, "schedule": 600, "options": {"expires": 600, "queue": "maintenance"}},
}
