"""Docs that cannot lie: what they name exists, and what exists is named."""

import re
from pathlib import Path

import pytest

from tests.environment import ROOT

DOCS = sorted(ROOT.glob("docs/*.md"))
PAGES = [ROOT / "README.md", *DOCS]


def read(path: str) -> str:
    return (ROOT / path).read_text()


def test_every_setting_is_documented() -> None:
    names = re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z_]+)""", read("webapp/settings.py"))
    assert len(names) > 15
    running = read("docs/running.md")
    assert [name for name in names if f"`{name}`" not in running] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))
    named = {name for page in PAGES for name in re.findall(r"(?:`| {4})make ([a-z-]+)", page.read_text())}
    assert named
    assert named <= targets


def test_every_module_that_is_named_exists() -> None:
    named = {
        name for page in PAGES for name in re.findall(r"-m (benchmarks\.\w+|recognizer|docs\.\w+)", page.read_text())
    }
    assert "benchmarks.throughput" in named
    for name in named:
        path = ROOT / name.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_in_backticks_are_there(page: Path) -> None:
    for name in re.findall(
        r"`((?:recognizer|webapp|worker|tests|benchmarks|docs|requirements)/[\w./]*)`", page.read_text()
    ):
        assert (ROOT / name).exists(), name


def test_the_readme_has_the_two_commands() -> None:
    commands = re.findall(r"^ {4}(.+)$", read("README.md"), re.M)
    assert commands == ["make up", "make test"]
