"""Become the nginx that stands before the site, for containers; `up` has one of its own."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from webapp.checks import refuse_unsafe_start
from webapp.front.nginx import Front


class Command(BaseCommand):
    help = "Stand before the site (gunicorn, elsewhere) and wait for slow visitors in its place."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--site", required=True, help="where gunicorn listens, as name:port; any number of that name"
        )
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", default=settings.PORT, type=int)
        parser.add_argument("--grace", default=1, type=int, help="seconds for what is under way when it is to stop")

    def handle(self, *args: Any, site: str, host: str, port: int, grace: int, **options: Any) -> None:
        refuse_unsafe_start()
        folder = settings.VAR_DIR.resolve() / "front"
        names = tuple(settings.ALLOWED_HOSTS)
        command = Front(host, port, site, folder, names, name_server(), grace).program().command
        os.execv(command[0], command)  # noqa: S606 (no shell is wanted)


def name_server() -> str:
    """nginx asks it again and again, so that it finds what starts later."""
    lines = Path("/etc/resolv.conf").read_text().splitlines()
    found = [words[1] for line in lines if (words := line.split()) and words[0] == "nameserver" and len(words) > 1]
    return f"[{found[0]}]" if ":" in found[0] else found[0]
