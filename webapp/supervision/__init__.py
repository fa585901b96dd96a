"""One machine, one command: what `python manage.py up` prepares, starts, restarts and stops."""
