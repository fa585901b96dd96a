"""Slow talkers, and who claims to be somebody else, before a real gunicorn and the front, started as `up` does."""

import http.client
import http.cookiejar
import json
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from django.conf import LazySettings
from django.test import Client
from playwright.sync_api import Browser

from tests.conftest import Processes, wait_until
from tests.environment import ROOT
from tests.webapp.test_browser import chromium, fits  # noqa: F401 (fixtures)
from tests.webapp.test_up import free_port
from tests.webapp.test_up import token as csrf_token
from webapp import sockets
from webapp.front import nginx
from webapp.front.nginx import Front
from webapp.models import ApiToken, Batch, User
from webapp.supervision.machine import healthy, web
from webapp.supervision.program import Program

HandIn = Callable[..., Batch]
LOOPBACK = "127.0.0.1"
# A page takes hundredths of a second; the machine may be busy with other things.
GENEROUS = 10.0


@dataclass
class Site:
    port: int
    folder: Path

    def connect(self, source: str = LOOPBACK) -> socket.socket:
        return socket.create_connection((LOOPBACK, self.port), timeout=GENEROUS, source_address=(source, 0))

    def begun(self, head: str, body: bytes = b"", **options: str) -> socket.socket:
        """A request of which more may come."""
        connection = self.connect(**options)
        lines = f"{head}\nHost: {LOOPBACK}:{self.port}\n\n"
        connection.sendall(lines.replace("\n", "\r\n").encode() + body)
        return connection

    def ask(self, method: str, path: str, body: bytes = b"", source: str = LOOPBACK, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=GENEROUS, source_address=(source, 0))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, named)
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, said

    def visit(self, cookie: str, seconds: float) -> list[int]:
        """What somebody sees who looks around for so long. A page that does not come in time raises."""
        seen = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            seen += [self.ask("GET", path, Cookie=cookie)[0] for path in ("/healthz", "/", "/static/webapp/site.css")]
            time.sleep(0.1)
        return seen


def cookie_of(user: User) -> str:
    """A sign-in of its own."""
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


def started(processes: Processes, program: Program, log: Path, **told: str) -> subprocess.Popen[bytes]:
    """As `up` starts it."""
    command = program.command
    if command[0] == sys.executable:
        return processes.start(*command[1:], ALLOWED_HOSTS=f"localhost,{LOOPBACK}", **program.environment, **told)
    with log.open("wb") as output:
        front = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    processes.running.append(front)
    return front


@pytest.fixture
def site(processes: Processes, tmp_path: Path) -> Iterator[Site]:
    path, port = sockets.within(tmp_path, "web.sock"), free_port()
    started(processes, web(f"unix:{path}"), tmp_path)
    front = Front(LOOPBACK, port, f"unix:{path}", tmp_path / "front").program()
    started(processes, front, tmp_path / "front.log")
    wait_until(lambda: healthy(LOOPBACK, port, "localhost"), 60)
    yield Site(port, tmp_path / "front")
    sockets.tidy(path, tmp_path)


UPLOAD = "POST / HTTP/1.1\nContent-Type: multipart/form-data; boundary=edge\nContent-Length: 5000000\nCookie: "
SIGN_IN = "POST /sign-in/ HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 50000"


def refuse_to_read(site: Site, cookie: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((LOOPBACK, site.port))
    connection.sendall(f"GET /account/data.zip HTTP/1.1\r\nHost: {LOOPBACK}\r\nCookie: {cookie}\r\n\r\n".encode())
    return connection


def test_slow_talkers_hold_up_nobody(site: Site, alice: User, bob: User, hand_in: HandIn) -> None:
    hand_in(alice, files=[(f"{i}.png", b"\x89PNG\r\n\x1a\n" + secrets.token_bytes(2_000_000)) for i in range(4)])
    sign_ins = [cookie_of(alice) for _ in range(10)]
    slow = [site.begun(UPLOAD + sign_ins[i % 10], b"--edge\r\n") for i in range(40)]
    slow += [site.begun(SIGN_IN, b"username=") for _ in range(18)]
    readers = [refuse_to_read(site, sign_ins[i % 10]) for i in range(20)]
    visitor = cookie_of(bob)
    for _ in range(3):
        for talker in slow:
            talker.sendall(b"0123456789")
        assert set(site.visit(visitor, 2)) == {200}
    assert [reader.recv(12) for reader in readers] == [b"HTTP/1.1 200"] * 20
    for connection in (*slow, *readers):
        connection.close()


def pictures(i: int, picture: bytes) -> bytes:
    """A hand-in by a program, padded to what a phone's photo takes a second or two for."""
    head = f'Content-Disposition: form-data; name="pictures"; filename="{i}.png"\r\nContent-Type: image/png'
    padding = b'--edge\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"x" * 40
    return b"--edge\r\n" + head.encode() + b"\r\n\r\n" + picture + b"\r\n" + padding + b"\r\n--edge--\r\n"


def test_sixteen_uploads_from_slow_networks_are_not_noticed_and_arrive(site: Site, alice: User, bob: User) -> None:
    token, arrived = ApiToken.make(alice, "scanner"), []
    kind = f"Authorization: Bearer {token}\nContent-Type: multipart/form-data; boundary=edge"

    def upload(i: int) -> None:
        body = pictures(i, b"\x89PNG\r\n\x1a\n" + secrets.token_bytes(60_000 + 30_000 * (i % 3)))
        connection = site.begun(f"POST /api/batches HTTP/1.1\n{kind}\nContent-Length: {len(body)}")
        for start in range(0, len(body), 5_000):
            connection.sendall(body[start : start + 5_000])
            time.sleep(0.25)
        arrived.append(connection.recv(12))
        connection.close()

    uploads = [threading.Thread(target=upload, args=(i,)) for i in range(16)]
    for one in uploads:
        one.start()
    assert set(site.visit(cookie_of(bob), 4)) == {200}
    for one in uploads:
        one.join()
    assert arrived == [b"HTTP/1.1 201"] * 16
    assert Batch.objects.filter(owner=alice).count() == 16


def test_what_is_larger_than_memory_comes_and_goes_unharmed(site: Site, alice: User) -> None:
    sent = b"\x89PNG\r\n\x1a\n" + secrets.token_bytes(5_000_000)
    token, kind = ApiToken.make(alice, "scanner"), "multipart/form-data; boundary=edge"
    told = {"Authorization": f"Bearer {token}", "Content_Type": kind}
    assert site.ask("POST", "/api/batches", pictures(0, sent), **told)[0] == 201
    stored = Batch.objects.get().images.get()
    with stored.file.open() as file:
        assert file.read() == sent
    assert list((site.folder / "bodies").iterdir()) == []


def test_whoever_sends_too_much_at_once_is_told_to_wait_and_others_are_let_in(
    site: Site, alice: User, bob: User
) -> None:
    cookie = cookie_of(alice)
    slow = [site.begun(UPLOAD + cookie, b"--edge") for _ in range(nginx.SENDING_PER_PERSON)]

    def is_refused() -> bool:
        slow.append(site.begun(UPLOAD + cookie, b"--edge"))  # where one was refused because the question came first
        return site.ask("POST", "/who/", b"x", Cookie=cookie)[0] == 429

    wait_until(is_refused, 10)
    connection = http.client.HTTPConnection(LOOPBACK, site.port, timeout=GENEROUS)
    connection.request("POST", "/", b"x", {"Cookie": cookie, "X-Requested-With": "fetch", "Accept-Language": "de"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
    assert json.loads(answer.read())["error"].startswith("Von Ihnen kommt")
    assert site.ask("GET", "/", Cookie=cookie)[0] == 200
    assert site.ask("POST", "/sample/", b"x", Cookie=cookie_of(bob))[0] != 429
    for one in slow:
        one.close()
    wait_until(lambda: site.ask("POST", "/who/", b"x", Cookie=cookie)[0] != 429, 10)


def test_a_stranger_s_long_body_is_refused_before_it_comes(site: Site) -> None:
    connection = site.begun(UPLOAD + "sessionid=" + "a" * 32)
    assert connection.recv(12) == b"HTTP/1.1 401"
    connection.close()
    chunked = "POST / HTTP/1.1\nContent-Type: multipart/form-data; boundary=edge\nTransfer-Encoding: chunked"
    connection = site.begun(chunked)
    assert connection.recv(12) == b"HTTP/1.1 401"
    connection.close()
    assert list((site.folder / "bodies").iterdir()) == []


def wrong_password(site: Site, source: str, forwarded: str) -> int:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := http.cookiejar.CookieJar()))
    token = csrf_token(browser, f"http://{LOOPBACK}:{site.port}/sign-in/")
    form = urllib.parse.urlencode({"username": "alice", "password": "wrong", "csrfmiddlewaretoken": token}).encode()
    told = {"Content_Type": "application/x-www-form-urlencoded", "X_Forwarded_For": forwarded}
    cookie = "; ".join(f"{one.name}={one.value}" for one in jar)
    return site.ask("POST", "/sign-in/", form, source, Cookie=cookie, **told)[0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127/8")
def test_a_lock_out_is_for_the_address_that_somebody_has_and_not_for_the_one_they_name(site: Site, alice: User) -> None:
    for i in range(5):
        status = wrong_password(site, LOOPBACK, f"192.0.2.{i}")
    assert status == 429
    assert wrong_password(site, "127.0.0.2", LOOPBACK) == 200


class Recorder:
    """Stands where the site does, and keeps what the front passes on."""

    def __init__(self, path: Path) -> None:
        self.heads: list[str] = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed
                return
            with connection:
                self.heads.append(connection.recv(65_536).decode())
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nStrict-Transport-Security: max-age=9\r\n\r\nok"
                )


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path / "web.sock")
    yield recorder
    recorder.listener.close()


@pytest.fixture
def front(tmp_path: Path, recorder: Recorder) -> Iterator[Callable[[], Site]]:
    """The front alone, as the settings of a test have it."""
    running = []

    def front() -> Site:
        port, folder = free_port(), tmp_path / "front"
        program = Front(LOOPBACK, port, f"unix:{tmp_path / 'web.sock'}", folder, ("localhost", LOOPBACK)).program()
        running.append(subprocess.Popen(program.command, cwd=ROOT))
        wait_until(lambda: healthy(LOOPBACK, port, "localhost"), 30)
        recorder.heads.clear()
        return Site(port, folder)

    yield front
    for process in running:
        process.send_signal(signal.SIGQUIT)
        assert process.wait(30) == 0


# What gunicorn, its predecessors and other servers take from whoever stands before them.
BELIEVED = (
    *nginx.DROPPED,
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR"),
    *("REMOTE_USER", "X_Forwarded_For", "X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR", "wsgi.url_scheme"),
)


@pytest.mark.django_db(databases=[])
def test_nothing_that_a_server_believes_goes_through_from_a_visitor(
    front: Callable[[], Site], recorder: Recorder
) -> None:
    site = front()
    lines = "\n".join(f"{name}: forged" for name in BELIEVED)
    with site.begun(f"GET / HTTP/1.1\n{lines}") as connection:
        assert connection.recv(12) == b"HTTP/1.1 200"
    (head,) = recorder.heads
    assert "forged" not in head
    assert {f"X-Forwarded-For: {LOOPBACK}", "X-Forwarded-Proto: http"} <= set(head.split("\r\n"))


def test_behind_a_proxy_its_last_word_is_who_asks(
    front: Callable[[], Site], recorder: Recorder, settings: LazySettings
) -> None:
    settings.BEHIND_PROXY = settings.HTTPS = True
    site = front()
    site.ask("GET", "/", X_Forwarded_For="192.0.2.1, 192.0.2.2", X_Forwarded_Proto="https")
    told = set(recorder.heads[0].split("\r\n"))
    assert {"X-Forwarded-For: 192.0.2.2", "X-Forwarded-Proto: https"} <= told


def test_https_is_by_an_authority_of_its_own_that_outlives_a_start(
    front: Callable[[], Site], recorder: Recorder, settings: LazySettings
) -> None:
    settings.HTTPS = True
    site = front()
    authority = (site.folder / "ca.crt").read_bytes()
    trusting = ssl.create_default_context(cafile=str(site.folder / "ca.crt"))
    trusting.set_alpn_protocols(["h2"])
    for name in ("localhost", LOOPBACK):
        with trusting.wrap_socket(site.connect(), server_hostname=name) as connection:
            assert connection.selected_alpn_protocol() == "h2"
    trusting = ssl.create_default_context(cafile=str(site.folder / "ca.crt"))
    asked = http.client.HTTPSConnection("localhost", site.port, context=trusting, timeout=GENEROUS)
    asked.request("GET", "/")
    answer = asked.getresponse()
    assert (answer.status, answer.headers["Strict-Transport-Security"]) == (200, None)
    assert "X-Forwarded-Proto: https" in recorder.heads[0]
    assert site.ask("GET", "/account/")[0] == 302
    assert {(site.folder / name).stat().st_mode & 0o777 for name in ("ca.key", "site.key")} == {0o600}
    front()
    assert (site.folder / "ca.crt").read_bytes() == authority


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(19, 23, 31)")])
def test_its_own_pages_look_like_the_site_where_that_does_not_answer(
    front: Callable[[], Site],
    tmp_path: Path,
    chromium: Browser,  # noqa: F811
    scheme: Literal["light", "dark"],
    paper: str,
) -> None:
    """Their policy forbids whatever it does not name, a style of their own too."""
    site = front()
    (tmp_path / "web.sock").unlink()
    page = chromium.new_page(color_scheme=scheme, viewport={"width": 390, "height": 700})
    answer = page.goto(f"http://{LOOPBACK}:{site.port}/")
    assert answer
    assert answer.status == 503
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    assert fits(page)
    page.close()


def test_in_a_container_it_stands_before_a_site_elsewhere_and_stops_when_asked(
    processes: Processes, tmp_path: Path
) -> None:
    elsewhere, port = free_port(), free_port()
    started(processes, web(f"{LOOPBACK}:{elsewhere}"), tmp_path)
    words = f"manage.py front --site {LOOPBACK}:{elsewhere} --host {LOOPBACK} --port {port} --grace 20"
    front = processes.start(*words.split(), VAR_DIR=str(tmp_path), SECRET_KEY=secrets.token_hex(32))
    wait_until(lambda: healthy(LOOPBACK, port, "localhost"), 60)
    front.send_signal(signal.SIGQUIT)
    assert front.wait(30) == 0
