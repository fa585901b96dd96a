"""`python manage.py up`, whole, and what it does first."""

import http.cookiejar
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recognizer.learning import mnist as dataset
from tests.conftest import png, wait_until
from tests.environment import ROOT
from tests.webapp.test_supervisor import gone
from webapp.queue_server import QueueServer
from webapp.sockets import LONGEST_SOCKET_PATH
from webapp.supervision import addresses
from webapp.supervision.leftovers import kill_group
from webapp.supervision.machine import healthy, web
from webapp.supervision.program import GRACE_SECONDS, Stage

# What this test run set for itself, and what whoever runs it may have set.
OURS = {
    *("VAR_DIR", "REDIS_URL", "DATABASE_URL", "STORAGE_URL", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "HOST", "PORT"),
    *("EMAIL_URL", "DJANGO_ALLOW_ASYNC_UNSAFE"),
}


def surroundings(var_dir: Path) -> dict[str, str]:
    """A fresh machine's environment: nothing of this test run's own."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | {"VAR_DIR": str(var_dir)}


def manage(var_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=surroundings(var_dir), capture_output=True, text=True
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A real `up` on a port and a folder of its own."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.output = var_dir.parent / "up.txt"
        with self.output.open("w") as output:
            command = [sys.executable, "manage.py", "up", "--port", str(self.port)]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=surroundings(var_dir), stdout=output, stderr=output, start_new_session=True
            )
        wait_until(lambda: answers(self), 120)  # `up` itself says after a while that it waits no longer
        wait_until(lambda: len(self.pids) == 8, 60)

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def password(self) -> str:
        found = re.search(r"admin, password (\S+)", self.said)
        assert found
        return found[1]

    @property
    def pids(self) -> dict[str, int]:
        found = {}
        for path in (self.var_dir / "run").glob("*.pid"):
            if told := re.search(r'"pid": (\d+)', path.read_text()):
                found[path.stem] = int(told[1])
        return found

    def log(self, name: str) -> str:
        return (self.var_dir / "log" / f"{name}.log").read_text()

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait()
        return time.monotonic() - began


def new_browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def group_of(pid: int) -> list[int]:
    told = subprocess.run(["ps", "-eo", "pid=,pgid="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in told.splitlines() if int(line.split()[1]) == pid]


def everyone_of(site: Site) -> list[int]:
    return [pid for leader in site.pids.values() for pid in group_of(leader)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site") / "var")
    yield site
    if site.process.poll() is None:
        site.stop()


def test_the_first_page_is_there_and_asks_who_is_there(site: Site) -> None:
    with new_browser().open(site.address) as page:
        assert "/sign-in/" in page.url


def signed_in(site: Site, password: str) -> urllib.request.OpenerDirector:
    browser = new_browser()
    fields = {"csrfmiddlewaretoken": token(browser, f"{site.address}/sign-in/")}
    fields |= {"username": "admin", "password": password}
    with browser.open(f"{site.address}/sign-in/", urllib.parse.urlencode(fields).encode()) as page:
        assert "/sign-in/" not in page.url
    return browser


def token(browser: urllib.request.OpenerDirector, url: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.open(url).read().decode())
    assert found
    return found[1]


def hand_in(site: Site, browser: urllib.request.OpenerDirector, pictures: list[bytes]) -> None:
    parts = [b'name="csrfmiddlewaretoken"\r\n\r\n' + token(browser, site.address).encode()]
    for i, picture in enumerate(pictures):
        parts.append(f'name="pictures"; filename="{i}.png"\r\nContent-Type: image/png\r\n\r\n'.encode() + picture)
    body = b"".join(b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    with browser.open(urllib.request.Request(f"{site.address}/", body, headers)) as page:
        assert "/batches/" in page.url


def states(site: Site) -> dict[str, int]:
    with closing(sqlite3.connect(site.var_dir / "db.sqlite3")) as database:
        return dict(database.execute("SELECT state, COUNT(*) FROM webapp_image GROUP BY state").fetchall())


def test_the_password_it_printed_signs_the_admin_in_and_is_kept_nowhere(site: Site) -> None:
    signed_in(site, site.password)
    assert site.password not in "".join(site.log(name) for name in site.pids)
    assert site.password.encode() not in (site.var_dir / "db.sqlite3").read_bytes()


def test_what_was_handed_in_before_stopping_is_read_after_starting_again(
    tmp_path: Path, digits: dataset.Digits
) -> None:
    site = Site(tmp_path / "var")
    hand_in(site, signed_in(site, site.password), [png(picture) for picture in digits.images[:300]])
    assert site.stop(signal.SIGTERM) < 10
    assert sum(states(site).values()) == 300
    again = Site(tmp_path / "var")
    wait_until(lambda: states(again) == {"read": 300}, 30)
    assert "password" not in again.said
    again.stop()


def test_only_its_owner_may_look_into_its_folder(site: Site) -> None:
    names = ("", "secret_key", "valkey.sock", "web.sock", "front")
    modes = {name: (site.var_dir / name).stat().st_mode & 0o777 for name in names}
    assert modes == {"": 0o700, "secret_key": 0o600, "valkey.sock": 0o700, "web.sock": 0o700, "front": 0o700}


def test_a_second_start_is_refused_and_told_where_the_first_one_is(site: Site) -> None:
    answer = manage(site.var_dir, "up", "--port", str(free_port()))
    assert answer.returncode == 1
    assert f"already running at {site.address} (pid {site.process.pid})" in answer.stderr


def test_a_taken_port_is_named_with_the_way_out(site: Site, tmp_path: Path) -> None:
    answer = manage(tmp_path, "up", "--port", str(site.port))
    assert answer.returncode == 1
    assert f"Port {site.port} is taken" in answer.stderr
    assert f"make up PORT={site.port + 1}" in answer.stderr
    assert not (tmp_path / "db.sqlite3").exists()


@pytest.mark.parametrize("name", ["prediction", "web", "front", "valkey"])
def test_whatever_is_killed_comes_back_and_works(site: Site, name: str) -> None:
    before = site.pids[name]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: site.pids.get(name, before) != before, 10)
    assert f"{name} ended (killed by SIGKILL)" in site.said
    works = {"prediction": ready_again, "web": answers, "front": answers, "valkey": takes_commands}
    wait_until(lambda: works[name](site), 30)
    wait_until(lambda: gone(before), 5)


def ready_again(site: Site) -> bool:
    return site.log("prediction").count("ready.") == 2


def answers(site: Site) -> bool:
    try:
        with new_browser().open(f"{site.address}/healthz") as page:
            return bool(page.status == 200)
    except OSError:  # refused, or cut off where it is just being killed
        return False


def takes_commands(site: Site) -> bool:
    return QueueServer.within(site.var_dir).answers()


def test_ctrl_c_ends_every_process_within_ten_seconds(site: Site) -> None:
    wait_until(lambda: len(everyone_of(site)) >= 16, 30)
    everyone = everyone_of(site)
    assert site.stop(signal.SIGINT) < 10
    assert site.process.returncode == 0
    assert all(gone(pid) for pid in everyone)
    assert "in time" not in site.said


@pytest.fixture
def web_server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The web server as `up` starts it, on a port of its own."""
    port = free_port()
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(
            web(f"127.0.0.1:{port}").command, cwd=ROOT, env=surroundings(tmp_path), stderr=log, start_new_session=True
        )
    wait_until(lambda: healthy("127.0.0.1", port, "localhost"), 60)
    yield process, port
    kill_group(process.pid)


def sent(port: int, request: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(request.replace("\n", "\r\n").encode())
    return connection


def test_the_web_server_ends_within_its_grace_whoever_holds_on_to_it(
    web_server: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = web_server
    kept = [sent(port, "GET /healthz HTTP/1.1\nHost: localhost\n\n") for _ in range(8)]
    assert all(connection.recv(100).startswith(b"HTTP/1.1 200") for connection in kept)
    form = "POST /sign-in/ HTTP/1.1\nHost: localhost\nContent-Type: application/x-www-form-urlencoded\n"
    kept += [sent(port, f"{form}Content-Length: 1000000\n\nnever the rest") for _ in range(4)]
    kept += [sent(port, "GET /sign-in/ HT"), sent(port, "")]
    began = time.monotonic()
    process.terminate()
    assert process.wait(30) == 0
    assert time.monotonic() - began < GRACE_SECONDS[Stage.FRONT]
    for connection in kept:
        connection.close()


# Loads the site, forks as the web server does, and tells what coming and what the forked one's leaving has cost.
COME_AND_GO = """
import importlib, os, sys
importlib.import_module(sys.argv[1])
coming = sum(os.times()[:2])
if not (pid := os.fork()):
    sys.exit()
leaving = os.wait4(pid, 0)[2]
print(coming, leaving.ru_utime + leaving.ru_stime)"""


@pytest.mark.parametrize("loaded", ["webapp.wsgi", "worker.celery"])
def test_a_process_leaves_without_taking_apart_all_that_was_loaded(tmp_path: Path, loaded: str) -> None:
    """On a busy machine it would not be done before it is killed."""
    command = [sys.executable, "-c", COME_AND_GO, loaded]
    told = subprocess.run(command, cwd=ROOT, env=surroundings(tmp_path), capture_output=True, text=True)
    coming, leaving = map(float, told.stdout.split())
    assert leaving < coming / 5, "0.07 of it; 0.3 to 0.45 where all is taken apart"


def test_preparing_again_makes_no_second_admin_and_copies_the_database_before_changing_it(tmp_path: Path) -> None:
    assert "User admin, password" in manage(tmp_path, "prepare").stdout
    assert not (tmp_path / "backups").exists()
    manage(tmp_path, "migrate", "sessions", "zero")
    for _ in range(2):
        again = manage(tmp_path, "prepare")
        assert (again.returncode, again.stdout) == (0, "")
    (copy,) = (tmp_path / "backups").iterdir()
    tables = "SELECT name FROM sqlite_master"
    assert ("django_session",) not in sqlite3.connect(copy).execute(tables).fetchall()
    assert ("django_session",) in sqlite3.connect(tmp_path / "db.sqlite3").execute(tables).fetchall()


def test_a_socket_path_too_long_for_the_system_moves_to_a_short_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 25)
    deep.mkdir()
    server = QueueServer.within(deep)
    assert len(str(server.socket)) < LONGEST_SOCKET_PATH
    assert server.socket.parent.stat().st_mode & 0o777 == 0o700
    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)
    wait_until(server.answers, 10)
    process.terminate()
    process.wait()
    assert (deep / "valkey" / "appendonlydir").exists()
    server.tidy()
    assert not server.socket.parent.exists()


def test_listening_everywhere_lets_others_on_the_network_in() -> None:
    assert addresses.allowed_hosts("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]
    allowed = addresses.allowed_hosts("0.0.0.0")  # noqa: S104
    assert socket.gethostname().lower() in allowed
    shown = addresses.urls("0.0.0.0", 8000)  # noqa: S104
    assert all(urllib.parse.urlsplit(url).hostname in allowed for url in shown)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(addresses.CannotListen, match="Choose another HOST"):
        addresses.refuse_unusable("192.0.2.1", 8000)
    with pytest.raises(addresses.CannotListen, match="not an address"):
        addresses.refuse_unusable("no-such-machine.invalid", 8000)


def test_what_is_removed_below_a_running_site_is_noticed_and_mended(tmp_path: Path) -> None:
    site = Site(tmp_path / "var")
    lock, before = site.var_dir / "up.lock", site.pids["valkey"]
    lock.unlink()
    wait_until(lambda: lock.exists() and "up.lock was removed; it is there again" in site.said, 20)
    answer = manage(site.var_dir, "up", "--port", str(free_port()))
    assert f"already running at {site.address} (pid {site.process.pid})" in answer.stderr
    wait_until(lambda: len(site.pids) == 8, 20)  # whose work the killed guard left alone
    shutil.rmtree(site.var_dir / "valkey")
    wait_until(lambda: site.pids.get("valkey", before) != before and takes_commands(site), 30)
    assert "the queue starts anew, and nothing is lost" in site.said
    wait_until(lambda: (site.var_dir / "valkey" / "appendonlydir").is_dir(), 20)
    (site.var_dir / "web.sock").unlink()
    assert not answers(site)
    wait_until(lambda: answers(site), 30)
    assert "web.sock was removed; the web starts anew" in site.said
    everyone = everyone_of(site)
    assert site.stop() < 10
    assert all(gone(pid) for pid in everyone)
