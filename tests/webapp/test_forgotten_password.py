"""Who asks for a new password learns nothing of whose address it is, by the answer's words or by its time."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.conftest import wait_until
from webapp.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
SLOW_SECONDS = 2.0


@pytest.fixture
def slow_mail(settings: LazySettings) -> Iterator[list[bytes]]:
    """A mail server that takes its time for everything; what it was told."""
    told: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()

    def serve() -> None:
        while True:
            try:
                connection, _address = server.accept()
            except OSError:  # closed
                return
            time.sleep(SLOW_SECONDS)
            with connection, connection.makefile("rwb", buffering=0) as line:
                line.write(b"220 here\r\n")
                data = False
                for said in iter(line.readline, b""):
                    told.append(said)
                    data = said.upper().startswith(b"DATA") or (data and said != b".\r\n")
                    if not data or said.upper().startswith(b"DATA"):
                        line.write(b"354 go on\r\n" if data else b"250 good\r\n")

    threading.Thread(target=serve, daemon=True).start()
    yield told
    server.close()


def asked(client: Client, address: str) -> tuple[float, int, str]:
    began = time.monotonic()
    answer = client.post(reverse("password_reset"), {"email": address})
    return time.monotonic() - began, answer.status_code, answer.url


def test_a_known_address_takes_no_longer_than_an_unknown_one(
    client: Client, alice: User, slow_mail: list[bytes], settings: LazySettings
) -> None:
    settings.RATE_LIMITS = {"*": (1000, 60)}
    asked(client, "nobody@example.org")  # the first of all loads templates
    unknown, known = asked(client, "nobody@example.org"), asked(client, alice.email)
    assert unknown[1:] == known[1:]
    assert max(unknown[0], known[0]) < SLOW_SECONDS / 2
    wait_until(lambda: any(b"/password/new/" in line for line in slow_mail), 30)


def test_the_letter_comes_in_the_language_it_was_asked_for_in(client: Client, alice: User) -> None:
    client.post(reverse("password_reset"), {"email": alice.email}, headers={"Accept-Language": "de"})
    wait_until(lambda: mail.outbox, 20)
    assert "Passwort" in mail.outbox[0].subject + mail.outbox[0].body
    assert "http://testserver/password/new/" in mail.outbox[0].body
