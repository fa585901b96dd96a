"""Run the whole site on this machine."""

import contextlib
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.checks import refuse_unsafe_start
from webapp.supervision.addresses import CannotListen
from webapp.supervision.lock import AlreadyRunning
from webapp.supervision.machine import CannotStart, Machine
from webapp.supervision.preparation import NoDatabase


class Command(BaseCommand):
    help = "Prepare this machine, run everything (queue, web, workers, trainer, schedules), stop it all on Ctrl-C."
    # The web server checks the site as it loads it; twice would only be slower.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="where to listen; 0.0.0.0 for the whole network")
        parser.add_argument("--port", default=settings.PORT, type=int)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            refuse_unsafe_start()
            Machine(host, port, self.say).run()
        except (AlreadyRunning, CannotListen, CannotStart, NoDatabase) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            if not str(error.filename or "").startswith(str(settings.VAR_DIR)):
                raise
            fault = f"{error.filename}: {error.strerror}. Everything in {settings.VAR_DIR}"
            raise CommandError(f"{fault} must belong to the user who starts the site: chown, chmod u+rwX.") from None

    def say(self, line: str) -> None:
        # Whoever was listening may have gone; the children must be looked after all the same.
        with contextlib.suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()
