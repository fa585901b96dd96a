"""What cannot start says in a sentence what is wrong and how to mend it, and shows no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.webapp.test_up import free_port, surroundings
from webapp.environment import Environment


def refused(var_dir: Path, *words: str, **told: str) -> str:
    """What `up` says to this, having ended by itself."""
    environment = surroundings(var_dir) | told
    command = [sys.executable, "manage.py", "up", *(words or ("--port", str(free_port())))]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize(
    ("setting", "value", "mend"),
    [
        ("PORT", "abc", "Set PORT to a number"),
        ("PORT", "80000", "ports are 1 to 65535"),
        ("TIME_ZONE", "Mars/Base", "such as Europe/Berlin"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO, WARNING, ERROR"),
        ("MAX_FILE_BYTES", "many", "Set MAX_FILE_BYTES to a number"),
        ("DATABASE_URL", "garbage", "postgres://user:password@host/name"),
        ("DATABASE_URL", "postgres://host:x/name", "postgres://user:password@host/name"),
        ("EMAIL_URL", "garbage", "smtp+tls://"),
        ("STORAGE_URL", "s3://key:secret@host:port/bucket", "Set STORAGE_URL"),
        ("REDIS_URL", "garbage", "redis://:password@host:6379/0"),
        ("REDIS_URL", "redis://host:notaport", "redis://:password@host:6379/0"),
        ("SITE_URL", "digits.example.org", "https://digits.example.org"),
        ("HTTPS", "maybe", "Set HTTPS to true or false"),
        ("LOG_JSON", "2", "Set LOG_JSON to true or false"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, setting: str, value: str, mend: str) -> None:
    said = refused(tmp_path / "var", **{setting: value})
    assert setting in said
    assert mend in said


def test_a_password_in_a_setting_is_not_repeated(tmp_path: Path) -> None:
    said = refused(tmp_path / "var", REDIS_URL="redis://:hunter2@host:notaport")
    assert "REDIS_URL is “redis://…@host:notaport”, which names no queue server" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(("word", "means"), [("true", True), ("1", True), ("False", False), ("0", False), ("", False)])
def test_true_and_false_may_be_written_in_several_ways(word: str, means: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS", word)
    assert Environment().bool("HTTPS", default=False) is means


def test_a_port_that_there_is_not_is_refused(tmp_path: Path) -> None:
    """`getaddrinfo` makes 14464 of 80000, and the web server then died again and again."""
    assert "There is no port 80000: choose one" in refused(tmp_path / "var", "--port", "80000")


def test_an_empty_key_is_refused_and_not_made_anew(tmp_path: Path) -> None:
    """Another key would sign everybody out; whoever emptied the file may have a copy."""
    (tmp_path / "secret_key").touch()
    assert "secret_key, which signs sessions and links, is empty" in refused(tmp_path)
    assert (tmp_path / "secret_key").read_text() == ""


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    assert "that is a file" in refused(tmp_path / "var")


def test_a_folder_that_cannot_be_written_to_is_refused() -> None:
    """Rights do not hold for root, which tests may run as; nobody can keep files in /proc."""
    assert "cannot be written to" in refused(Path("/proc"))


def test_a_database_that_is_none_is_named_with_the_way_back(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").write_bytes(bytes(range(1, 256)) * 40)
    said = refused(tmp_path)
    assert f"{tmp_path}/db.sqlite3 (file is not a database)" in said
    assert "Put a copy from the folder backups in its place" in said
    assert (tmp_path / "db.sqlite3").stat().st_size == 255 * 40


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    said = refused(tmp_path, DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/digits")
    assert "the one that DATABASE_URL names" in said


@pytest.mark.parametrize("name", ["up.lock", "log", "run"])
def test_something_else_in_the_place_of_a_file_is_named(tmp_path: Path, name: str) -> None:
    if name == "up.lock":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).touch()
    assert f"{tmp_path}/{name}" in refused(tmp_path)
