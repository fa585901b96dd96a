"""What refuses a start that would be unsafe, each with a sentence that says the mend.

They run with every management command, before `up` starts anything, and in each server and worker. A site for
developing (DEBUG) may do as it likes.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks.messages import Warning as Notice

# What people leave in from examples and templates.
KNOWN_KEYS = ("django-insecure-", "changeme", "change-me", "secret", "insecure", "development", "example")
SHORTEST_KEY = 32
NEAR = {"", "localhost", "127.0.0.1", "::1"}


def unsafe_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [] if settings.DEBUG else [*weak_key(), *any_host(), *open_queue(), *half_https()]


def weak_key() -> Iterator[CheckMessage]:
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < 8 or key.lower().startswith(KNOWN_KEYS):
        yield Error(
            "SECRET_KEY can be guessed, and whoever guesses it can sign in as anybody.",
            hint="Set SECRET_KEY to what `openssl rand -hex 32` prints, or unset it: the site then makes its own.",
            id="webapp.E001",
        )


def any_host() -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS=* lets a stranger's name stand in the links that are sent by mail.",
            hint="Name the hosts that people call the site by: ALLOWED_HOSTS=digits.example.org",
            id="webapp.E002",
        )


def open_queue() -> Iterator[CheckMessage]:
    """A queue server on another machine, or in another container, that anybody may write to."""
    url = urlsplit(settings.REDIS_URL)
    if "socket" not in url.scheme and (url.hostname or "") not in NEAR and not url.password:
        yield Error(
            f"The queue server at {url.hostname} takes commands from anybody: REDIS_URL has no password.",
            hint="Set `requirepass` there and put the password in: REDIS_URL=redis://:password@host:6379/0",
            id="webapp.E003",
        )


def half_https() -> Iterator[CheckMessage]:
    """Behind a proxy that speaks HTTPS, cookies that also travel without it."""
    if settings.BEHIND_PROXY and not settings.HTTPS:
        yield Notice(
            "BEHIND_PROXY=true without HTTPS=true: passwords and sessions may travel unencrypted.",
            hint="Set HTTPS=true where the proxy speaks HTTPS, which it should.",
            id="webapp.W001",
        )


def refuse_unsafe_start() -> None:
    """For what starts without Django's own checks. Raises SystemExit with what is wrong and how to mend it."""
    errors = [message for message in unsafe_settings(None) if message.is_serious()]
    if errors:
        raise SystemExit("\n".join(f"Will not start: {error.msg}\n  {error.hint}" for error in errors))
