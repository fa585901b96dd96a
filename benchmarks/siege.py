"""One person who stops at nothing, and another who only wants one picture read.

    python -m benchmarks.siege [--attacks PATH] [--seconds 120] [--only NAME]
    TEST_DATABASE=postgresql python -m benchmarks.siege

The site runs as `make up` runs it. Under each attack in turn, and under all at once, an honest person hands in single
pictures, small batches, and opens pages; printed are how long they waited (median, 95 %, worst), how many requests
failed on the site's side, how many of its processes died, and the most memory that one worker with what it had started,
and all of them together, had. PATH is a folder of files that are made to hurt. All of it goes to this machine alone,
and stops by itself.
"""

import argparse
import json
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import stack  # first: it sets the environment that the site starts with
from benchmarks.visitor import Visitor
from recognizer.learning.mnist import load_mnist

# isort: split
import cv2

PASSWORD = secrets.token_urlsafe()
MAKE_PEOPLE = """
from webapp.models import ApiToken, User
for name in ("honest", "attacker"):
    person = User.objects.create_user(name, password={password!r})
    print("token", name, ApiToken.make(person, "siege"))
"""
PAGES = ("/", "/history/", "/account/", "/draw/")
BETWEEN = 1.0  # seconds from one thing that the honest person does to the next
TIMEOUT = 20.0
SMALL = 5  # pictures of a small batch


@dataclass
class Site:
    port: int
    tokens: dict[str, str]
    process: "subprocess.Popen[bytes]"

    def ask(self, method: str, path: str, who: str, files: Iterable[tuple[str, bytes]] = (), **fields: str) -> "Answer":
        boundary = secrets.token_hex()
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()
        ]
        for name, data in files:
            head = f'Content-Disposition: form-data; name="pictures"; filename="{name}"\r\n'
            parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + data)
        body = (
            b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
        )
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body if parts else None, method=method)
        request.add_header("Authorization", f"Bearer {self.tokens[who]}")
        request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return Answer(answer.status, json.load(answer))
        except urllib.error.HTTPError as error:
            return Answer(error.code, {})
        except (OSError, ValueError):
            return Answer(0, {})


@dataclass
class Answer:
    status: int
    said: dict[str, object]


@dataclass
class Seen:
    """What the honest person saw: seconds for one picture, for a small batch and for a page, and what went wrong."""

    picture: list[float] = field(default_factory=list)
    batch: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def start_site() -> Site:
    port = stack.free_port()
    process = stack.start(sys.executable, "manage.py", "up", "--port", str(port))
    site = Site(port, {}, process)
    deadline = time.monotonic() + 120
    while not is_well(port):
        if time.monotonic() > deadline:
            raise RuntimeError(f"The site did not start; {stack.VAR_DIR / 'processes.log'} may say why.")
        time.sleep(0.2)
    said = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", MAKE_PEOPLE.format(password=PASSWORD)],
        cwd=stack.ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    site.tokens.update(line.split()[1:] for line in said.splitlines() if line.startswith("token "))
    return site


def is_well(port: int) -> bool:
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).status == 200)
    except OSError:
        return False


def wait_for_answer(site: Site, answer: Answer, who: str) -> bool:
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        state = site.ask("GET", f"/api/batches/{answer.said['id']}", who)
        if state.said.get("state") == "done":
            return True
        time.sleep(0.05)
    return False


def live_honestly(site: Site, seconds: float, seen: Seen) -> None:
    digits, number = load_mnist().train.images, 0
    visitor = Visitor(site.port, "honest", PASSWORD)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for kind, count in (("picture", 1), ("batch", SMALL)):
            files = [(f"{k}.png", cv2.imencode(".png", digits[number + k])[1].tobytes()) for k in range(count)]
            number += count
            began = time.monotonic()
            answer = site.ask("POST", "/api/batches", "honest", files, name="honest")
            if answer.status == 201 and wait_for_answer(site, answer, "honest"):
                getattr(seen, kind).append(time.monotonic() - began)
            else:
                seen.wrong.append(f"{kind} {answer.status}")
            time.sleep(BETWEEN)
        for page in PAGES:
            if time.monotonic() > until:
                break
            began = time.monotonic()
            status, _ = visitor.ask(urllib.request.Request(f"{visitor.address}{page}"))
            (seen.page.append(time.monotonic() - began) if status == 200 else seen.wrong.append(f"{page} {status}"))
            time.sleep(BETWEEN / len(PAGES))


Attack = Callable[[Site, threading.Event], None]


def hand_in_again_and_again(files: list[tuple[str, bytes]]) -> Attack:
    def attack(site: Site, over: threading.Event) -> None:
        while not over.wait(0.1):
            site.ask("POST", "/api/batches", "attacker", files, name="attack", again="1")

    return attack


def tens_of_thousands(site: Site, over: threading.Event) -> None:
    digits = load_mnist().train.images
    for start in range(0, 50_000, 500):
        if over.is_set():
            return
        files = [(f"{k}.png", cv2.imencode(".png", digits[k])[1].tobytes()) for k in range(start, start + 500)]
        site.ask("POST", "/api/batches", "attacker", files, name="many")


def opened(site: Site, text: str) -> socket.socket | None:
    with suppress(OSError):
        connection = socket.create_connection(("127.0.0.1", site.port), timeout=5)
        connection.sendall(text.format(token=site.tokens["attacker"], port=site.port).encode())
        return connection
    return None


def slow_talkers(site: Site, over: threading.Event) -> None:
    """Forty uploads of ten bytes every two seconds, eighteen slow bodies to the sign-in, twenty that do not read."""
    upload = (
        "POST /api/batches HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\n"
    )
    form = (
        "POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000\r\n\r\nusername="
    )
    reader = "GET /api/openapi.json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
    held: list[tuple[str, socket.socket | None]] = [
        (text, None) for text in [upload] * 40 + [form] * 18 + [reader] * 20
    ]
    while not over.is_set():
        for place, (text, connection) in enumerate(held):
            try:
                if connection is None:
                    raise OSError
                if text is not reader:
                    connection.sendall(b"aaaaaaaaaa")
            except OSError:
                held[place] = (text, opened(site, text))
        over.wait(2)
    for _, connection in held:
        if connection:
            connection.close()


def attacks(folder: Path | None) -> dict[str, Attack]:
    made: dict[str, Attack] = {
        "nobody": lambda _site, over: over.wait() and None,
        "tens of thousands": tens_of_thousands,
    }
    files = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())] if folder else []
    for file in files:
        made[file[0]] = hand_in_again_and_again([file] * (200 if len(file[1]) < 100_000 else 5))
    made["slow talkers"] = slow_talkers
    everything = list(made.values())[1:]

    def all_at_once(site: Site, over: threading.Event) -> None:
        threads = [threading.Thread(target=one, args=(site, over)) for one in everything]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return made | {"all at once": all_at_once}


def memory(site: Site) -> tuple[float, float, set[int]]:
    """Of the site and its children: all of it and the largest one with its own children, in MB, and who they are.

    What several share counts in parts (Pss): processes that were forked share most of what they have loaded.
    """
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    ours = {site.process.pid}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    sizes = {pid: megabytes(pid) for pid in ours}
    workers = [pid for pid in ours if parents.get(parents.get(pid, 0), 0) == site.process.pid]
    together = [sizes[pid] + sum(sizes[child] for child in ours if parents[child] == pid) for pid in workers]
    return sum(sizes.values()), max(together, default=0), ours


def megabytes(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def besiege(site: Site, name: str, attack: Attack, seconds: float) -> None:
    over, seen = threading.Event(), Seen()
    attacker = threading.Thread(target=attack, args=(site, over))
    honest = threading.Thread(target=live_honestly, args=(site, seconds, seen))
    all_of_it, largest, before = memory(site)
    dead: set[int] = set()
    attacker.start()
    honest.start()
    known = before
    while honest.is_alive():
        honest.join(0.5)
        whole, one, now = memory(site)
        all_of_it, largest = max(all_of_it, whole), max(largest, one)
        dead |= known - now
        known = now
    over.set()
    attacker.join()
    print(
        f"{name:28}" + "".join(said(getattr(seen, kind)) for kind in ("picture", "batch", "page"))
        + f" wrong {len(seen.wrong):3}  ended {len(dead):3}  {largest:5.0f} / {all_of_it:5.0f} MB",
        flush=True,
    )  # fmt: skip
    for what in sorted(set(seen.wrong)):
        print(f"    {what}: {seen.wrong.count(what)}", flush=True)


def said(seconds: list[float]) -> str:
    if not seconds:
        return f"{'nothing':>24}"
    ordered = sorted(seconds)
    return f"{statistics.median(ordered):8.2f}{ordered[int(0.95 * (len(ordered) - 1))]:8.2f}{ordered[-1]:8.2f}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--attacks", type=Path)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--only", action="append")
    args = options.parse_args()
    site = start_site()
    try:
        print(f"{'':28}{'one picture':>24}{'small batch':>24}{'page':>24}   seconds: median, 95 %, worst")
        for name, attack in attacks(args.attacks).items():
            if not args.only or name in args.only:
                besiege(site, name, attack, args.seconds)
                empty(site)
    finally:
        site.process.send_signal(signal.SIGTERM)
        site.process.wait(60)


def empty(site: Site) -> None:
    """What the attacker left behind is cancelled: each attack begins on a quiet site."""
    batches = site.ask("GET", "/api/batches", "attacker").said
    while isinstance(found := batches.get("batches"), list) and found:
        for batch in found:
            site.ask("DELETE", f"/api/batches/{batch['id']}", "attacker")
        batches = site.ask("GET", "/api/batches", "attacker").said


if __name__ == "__main__":
    main()
