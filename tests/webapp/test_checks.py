"""A start that would be unsafe is refused, each time with a sentence that says the mend."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.environment import ROOT, VAR_DIR
from webapp.checks import unsafe_settings

GOOD_KEY = "9f8b2c6d1e0a7453bb6f21c09d8e7a65"


def findings() -> set[str]:
    return {str(message.id) for message in unsafe_settings(None)}


def test_the_settings_of_one_machine_are_safe_as_they_come() -> None:
    assert findings() == set()


@pytest.mark.parametrize("key", ["changeme", "django-insecure-" + "x" * 50, "a" * 64, GOOD_KEY[:20]])
def test_a_key_that_can_be_guessed_is_refused(settings: LazySettings, key: str) -> None:
    settings.SECRET_KEY = key
    assert findings() == {"webapp.E001"}


def test_any_host_is_refused(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["digits.example.org", "*"]
    assert findings() == {"webapp.E002"}


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("redis://redis:6379/0", False),
        ("rediss://queue.example.org/0", False),
        ("redis://:secret@redis:6379/0", True),
        ("redis://localhost:6379/0", True),
        ("redis+socket:///var/valkey.sock", True),
    ],
)
def test_a_queue_that_anybody_may_write_to_is_refused(settings: LazySettings, url: str, safe: bool) -> None:
    settings.REDIS_URL = url
    assert findings() == (set() if safe else {"webapp.E003"})


def test_every_refusal_says_the_mend(settings: LazySettings) -> None:
    settings.SECRET_KEY, settings.ALLOWED_HOSTS, settings.REDIS_URL = "x", ["*"], "redis://far/0"
    settings.BEHIND_PROXY = True
    found = unsafe_settings(None)
    assert len(found) == 4
    for message in found:
        assert message.msg.endswith(".")
        assert message.hint


def test_developing_is_let_be(settings: LazySettings) -> None:
    settings.SECRET_KEY, settings.DEBUG = "x", True
    assert findings() == set()


@pytest.mark.parametrize(
    "command", [["-c", "import webapp.wsgi"], ["manage.py", "up"], ["-m", "celery", "-A", "worker", "worker"]]
)
def test_nothing_starts_with_unsafe_settings(command: list[str]) -> None:
    unsafe = os.environ | {"DJANGO_SETTINGS_MODULE": "webapp.settings", "SECRET_KEY": "changeme", "DEBUG": "false"}
    ended = subprocess.run([sys.executable, *command], cwd=ROOT, env=unsafe, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert "openssl rand -hex 32" in ended.stderr + ended.stdout
    assert "changeme" not in ended.stderr + ended.stdout


def test_secrets_are_made_readable_by_their_owner_alone() -> None:
    assert (VAR_DIR / "secret_key").stat().st_mode & 0o777 == 0o600
    assert len((VAR_DIR / "secret_key").read_text()) >= 48
    assert Path(VAR_DIR).stat().st_mode & 0o777 == 0o700
