"""What `up` does first, on its own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.supervision.preparation import NoDatabase, prepare


class Command(BaseCommand):
    help = "Back up a SQLite database that is about to change, migrate, register the shipped models, make an admin."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            password = prepare()
        except NoDatabase as error:
            raise CommandError(str(error)) from None
        if password:
            self.stdout.write(f"User admin, password {password} (shown this once)")
