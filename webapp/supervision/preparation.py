"""What must stand before the first page: a private folder, tables, models, somebody who can sign in."""

import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

BACKUPS_KEPT = 5
# Letters and digits that nobody takes for one another.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class NoDatabase(Exception):
    """There is none that the site could use; the text says what to do."""

    def __init__(self, fault: str) -> None:
        where, mend = "the one that DATABASE_URL names", "Look whether it runs, and whether the address is right."
        if connection.vendor == "sqlite":
            path = connection.settings_dict["NAME"]
            where, mend = str(path), "Put a copy from the folder backups in its place; moved away, a new one is made."
        super().__init__(f"The database cannot be used: {where} ({fault}). {mend}")


def prepare() -> str | None:
    """Bring `var/` and the database up to this release. Safe to repeat.

    Returns the password of the user `admin` when it had to be made: it is kept nowhere, so show it.
    """
    settings.VAR_DIR.chmod(0o700)
    try:
        if migrations_pending():
            back_up_database(settings.VAR_DIR / "backups")
            call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise NoDatabase(str(error).strip()) from error
    call_command("register_models", stdout=StringIO())
    return create_first_admin()


def migrations_pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def back_up_database(folder: Path) -> Path | None:
    """Copy a SQLite database that holds something, whoever is writing to it; keep the newest few copies."""
    if connection.vendor != "sqlite" or not connection.introspection.table_names():
        return None
    folder.mkdir(mode=0o700, exist_ok=True)
    copy = folder / f"db-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite3"
    with closing(sqlite3.connect(copy)) as target:
        connection.ensure_connection()
        connection.connection.backup(target)
    for old in sorted(folder.glob("db-*.sqlite3"))[:-BACKUPS_KEPT]:
        old.unlink()
    return copy


def create_first_admin() -> str | None:
    users = get_user_model().objects
    if users.exists():
        return None
    password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    users.create_superuser("admin", password=password)
    return password
