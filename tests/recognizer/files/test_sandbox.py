"""The process in which everything foreign is opened: what it may take, how it ends, and that nobody else notices."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer.files import decode, pages
from recognizer.files import pdf as pdf_files
from recognizer.files.confinement import MOST_DATA
from recognizer.files.sandbox import ENVIRONMENT, Sandbox, sandbox
from recognizer.page import Fault
from tests.environment import ROOT
from tests.recognizer.documents import (
    pdf,
    pdf_of_many_references,
    pdf_that_draws,
    pdf_whose_pages_multiply,
    tiff_of,
)
from tests.recognizer.files.test_bad_pictures import photo

AT_ITS_START = 110 * 2**20  # more than the libraries take on any system that was seen


def white(kind: str, **options: object) -> bytes:
    """49 megapixels in a few kilobytes."""
    file = io.BytesIO()
    Image.new("RGB", (7_000, 7_000), (255, 255, 254)).save(file, kind, **options)
    return file.getvalue()


def said(data: bytes) -> list[str]:
    """Of each page its size, or the code of why there is none."""
    return [page.code if isinstance(page, Fault) else f"{page.width} × {page.height}" for page in pages(data)]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_is_used_again_while_it_behaves() -> None:
    decode(photo("JPEG"))
    before = sandbox().pid
    with pytest.raises(Fault):
        decode(photo("JPEG")[:1000])
    assert said(pdf(2)) == ["417 × 556"] * 2
    decode(photo("JPEG"))
    assert sandbox().pid == before


def test_one_that_died_is_replaced() -> None:
    decode(photo("JPEG"))
    before = sandbox().pid
    assert before
    os.kill(before, signal.SIGKILL)
    assert decode(photo("WEBP")).width == 60
    assert sandbox().pid != before


def test_a_file_that_was_in_it_when_another_s_damage_showed_is_opened_in_a_fresh_one() -> None:
    decode(photo("JPEG"))
    pid = sandbox().pid
    assert pid
    killing = threading.Timer(0.1, os.kill, (pid, signal.SIGSEGV))
    killing.start()
    assert said(pdf_that_draws(b"0 0 600 800 re f\n" * 400)) == ["1667 × 2223"] * 2
    killing.join()
    assert sandbox().pid != pid


def test_a_process_that_forks_leaves_it_to_its_parent() -> None:
    decode(photo("JPEG"))
    pid, child = sandbox().pid, os.fork()
    if not child:
        os._exit(0 if sandbox().pid is None and decode(photo("JPEG")).width == 60 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert decode(photo("JPEG")).width == 60
    assert sandbox().pid == pid


def test_it_ends_with_whoever_started_it() -> None:
    code = "from recognizer.files.sandbox import *; sandbox().start(); print(sandbox().pid, flush=True); input()"
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, cwd=ROOT, text=True)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    assert is_alive(pid)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 60
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_knows_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:secret@somewhere/")
    ours = Sandbox()
    ours.start()
    names = {line.partition(b"=")[0].decode() for line in Path(f"/proc/{ours.pid}/environ").read_bytes().split(b"\0")}
    ours.close()
    assert names - {""} <= {*ENVIRONMENT, "PYTHONPATH", "LC_CTYPE"}


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("os.write(os.memfd_create('a file'), b'a byte')", "OSError"),
        ("bytearray(10**9)", "MemoryError"),
        ("[open('/dev/null') for _ in range(20)]", "OSError"),
        ("exec('import mmap; mmap.mmap(-1, 10**9)')", "OSError"),
    ],
)
def test_it_may_neither_write_nor_take_much(what: str, error: str) -> None:
    code = f"""
import os
from recognizer.files.confinement import confine
confine()
try:
    {what}
except (OSError, MemoryError) as error:
    print("OSError" if isinstance(error, OSError) else "MemoryError")
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert told.stdout.strip() == error, told.stderr


def test_it_reaches_no_network_where_the_kernel_can_keep_it_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
import ctypes, os, socket
from recognizer.files.confinement import *
if not os.fork():
    os._exit(ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET) & 1)
allowed = os.wait()[1] == 0
confine()
print(allowed, socket.socket().connect_ex(("127.0.0.1", {server.getsockname()[1]})) == 0)
"""
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert told.stdout.split() in (["True", "False"], ["False", "True"]), told.stderr


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (pdf_of_many_references(4_000_000), "crashed"),
        (tiff_of(bytes(1000), 100, 100, tile=(16_384, 32_000)), "tile_too_large"),
        (white("WEBP", lossless=True, method=0), "too_large"),
        (white("AVIF", speed=10, subsampling="4:4:4"), "too_large"),
    ],
    ids=["references", "tile", "webp", "avif"],
)
def test_a_file_that_asks_for_too_much_memory_is_told_so_and_gets_no_more(data: bytes, code: str) -> None:
    """The sum of what it starts with and what it may have; what dies is measured by the system."""
    again = """
import os, resource, sys
from recognizer.files import pages, pdf, sandbox
pdf.PDF_SECONDS = 60  # on a slow machine time would be up before memory is
print([page.code for page in pages(sys.stdin.buffer.read())])
sandbox().close()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""
    told = subprocess.run([sys.executable, "-c", again], input=data, capture_output=True, cwd=ROOT, check=True)
    codes, most = told.stdout.decode().splitlines()
    assert codes == f"['{code}']"
    assert int(most) < AT_ITS_START + MOST_DATA


def test_pages_that_multiply_cost_their_file_and_the_next_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "PDF_SECONDS", 0.3)
    assert said(pdf_whose_pages_multiply()) == ["pdf_too_slow"]
    assert said(pdf(1)) == ["417 × 556"]


def test_a_picture_that_takes_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (3_000, 4_000), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=95)
    monkeypatch.setitem(decode.__globals__, "PICTURE_SECONDS", 0.02)
    assert said(file.getvalue()) == ["picture_too_slow"]


def test_the_largest_photo_that_phones_write_is_still_read() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8_192, 6_144), (250, 250, 240)).save(file, "JPEG", progressive=True, subsampling=0)
    assert said(file.getvalue()) == ["8192 × 6144"]


def test_pages_that_share_one_strip_are_each_read_and_none_outlives_its_turn() -> None:
    assert said(tiff_of(bytes(2_000 * 2_000), 2_000, 2_000, pages=12)) == ["2000 × 2000"] * 12
