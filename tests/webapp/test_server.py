"""The real web server, with the site's own options: no header changes who one is, one's address or the scheme."""

import http.client
from collections.abc import Iterator
from itertools import product
from urllib.parse import urlencode

import pytest
from axes.models import AccessAttempt
from django.test import Client, RequestFactory
from gunicorn import config

from tests.conftest import Processes, wait_until
from tests.environment import ROOT
from tests.webapp.test_up import free_port
from webapp.middleware import TokenMiddleware
from webapp.models import ApiToken, User
from webapp.supervision.machine import healthy, web

pytestmark = pytest.mark.django_db(transaction=True)

# What gunicorn itself knows, and what proxies and frameworks are known to send.
MAPPED = {*config.SecureSchemeHeader.default, *config.ForwarderHeaders.default.split(",")} | {
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-User"),
    *("X-Forwarded-Server", "X-Forwarded-Scheme", "X-Scheme", "X-Url-Scheme", "Front-End-Https", "Forwarded", "Via"),
    *("X-Real-Ip", "X-Client-Ip", "Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Original-Url", "X-Rewrite-Url"),
    *("Remote-User", "Remote-Addr", "Remote-Host", "Script-Name", "Path-Info", "Request-Uri", "Server-Name", "Https"),
    *("X-Script-Name", "Wsgi.Url-Scheme", "Wsgi-Url-Scheme", "Raw-Uri", "Http-Authorization", "Script-Url"),
    *("Redirect-Url", "Http-X-Forwarded-Proto"),
}
NAMES = sorted({spelt for name in MAPPED for spelt in (name.upper(), name.replace("-", "_"), name.replace("_", "-"))})
VALUES = ("/api", "/api/", "https", "on", "ssl", "203.0.113.9", "alice", "for=203.0.113.9;proto=https;host=evil")


class Server:
    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body or None, form | headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, text


@pytest.fixture
def server(processes: Processes) -> Iterator[Server]:
    port = free_port()
    processes.start(*web(f"127.0.0.1:{port}").command[1:])
    wait_until(lambda: healthy("127.0.0.1", port, "localhost"))
    return Server(port)


def test_no_header_makes_a_session_of_a_token(server: Server, alice: User) -> None:
    bearer = {"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"}
    assert server.ask("GET", "/api/batches", **bearer)[0] == 200
    paths = ("/account/", "/api/account/", "//api/account/", "/account/?/api/")
    for name, value, path in product(NAMES, ("/api", "/api/", "/api/account/"), paths):
        status, _page = server.ask("GET", path, **bearer, **{name: value})
        assert status in (302, 404), (name, value, path)


def test_no_header_signs_anybody_in_or_moves_a_page(server: Server, alice: User) -> None:
    usual = server.ask("GET", "/who/")
    for name, value in product(NAMES, VALUES):
        status, text = server.ask("GET", "/who/", **{name: value})
        assert (status, '"person": ""' in text) == (usual[0], True), (name, value)


def test_no_header_changes_the_scheme_or_the_host(server: Server, as_alice: Client) -> None:
    session = {"Cookie": f"sessionid={as_alice.cookies['sessionid'].value}"}
    for value, start in product(VALUES, range(0, len(NAMES), 20)):  # many at once: this page takes its time
        sent = dict.fromkeys(NAMES[start : start + 20], value)
        status, page = server.ask("GET", "/api/", **session, **sent)
        assert status == 200, sent
        assert f"http://127.0.0.1:{server.port}/api/" in page, sent
        assert "https://" not in page, sent


def test_no_header_changes_the_address_that_is_locked_out(server: Server, alice: User) -> None:
    """Else who guesses passwords has as many addresses as they like."""
    status, page = server.ask("GET", "/sign-in/")
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    cookies = {"Cookie": f"csrftoken={token}"}
    for name in ("X-Forwarded-For", "X_Forwarded_For", "X-Real-Ip", "REMOTE_ADDR", "Forwarded"):
        form = urlencode({"username": "alice", "password": "wrong", "csrfmiddlewaretoken": token})
        status, _page = server.ask("POST", "/sign-in/", form, **cookies, **{name: "203.0.113.9"})
        assert status in (200, 429), name
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"127.0.0.1"}


def test_a_line_of_the_proxy_protocol_is_no_request(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.connect()
    connection.sock.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\nGET /who/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b" 200 " not in connection.sock.recv(200)
    connection.close()


def test_behind_any_server_a_token_opens_what_the_path_in_the_site_says(alice: User) -> None:
    """Whatever has mapped SCRIPT_NAME: the site may be mounted below a path, and `request.path` begins with that."""
    bearer = {"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"}
    seen = []
    middleware = TokenMiddleware(lambda request: seen.append(getattr(request, "user", None)))  # type: ignore[arg-type, func-returns-value]
    middleware(RequestFactory().get("/account/", headers=bearer, SCRIPT_NAME="/api"))
    middleware(RequestFactory().get("/api/batches", headers=bearer, SCRIPT_NAME="/digits"))
    assert seen == [None, alice]


def test_containers_serve_by_the_same_rules() -> None:
    assert '"gunicorn", "webapp.wsgi", "--config", "python:webapp.server"' in (ROOT / "Dockerfile").read_text()
    assert "--config python:webapp.server" in " ".join(web("127.0.0.1:8000").command)
