"""A short siege: `python -m benchmarks.chaos` is the long one."""

import subprocess
import sys

import pytest
from django.db import connection

from tests.environment import ROOT

QUICK = "--images 200 --times 1 --lease 3 --resend 1 --sweep 1"


@pytest.mark.both_databases
@pytest.mark.django_db
def test_killed_readers_a_killed_queue_and_swallowed_messages_lose_and_double_nothing() -> None:
    words = f"-m benchmarks.chaos --only 1 3 --database {connection.vendor} {QUICK}"
    ended = subprocess.run([sys.executable, *words.split()], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-4000:]
    assert f"{connection.vendor}, 0 broken" in ended.stdout
