"""Docs that cannot lie: what they name exists, and what exists is named."""

import re
from pathlib import Path

import pytest
import yaml

from docs import architecture
from tests.environment import ROOT
from webapp.models.claimable import State

DOCS = sorted(ROOT.glob("docs/*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


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


def test_what_a_recipe_names_is_in_the_files_that_it_names() -> None:
    recipes = read("CONTRIBUTING.md").split("\n### ")[1:]
    assert len(recipes) == 7
    for recipe in recipes:
        files = [ROOT / name for name in re.findall(r"`(\w+/[\w./]+\.\w+)`", recipe)]
        text = "".join(file.read_text() for file in files)
        names = re.findall(r"`(\w+)`", recipe)
        assert names, recipe
        assert [name for name in names if name not in text] == []


def test_the_readme_has_the_two_commands() -> None:
    commands = re.findall(r"^ {4}(.+)$", read("README.md"), re.M)
    assert commands == ["make up", "make test"]


def test_the_picture_of_the_rooms_is_what_the_import_contracts_say() -> None:
    drawn = architecture.drawn(architecture.contracts())
    assert drawn == architecture.PICTURE.read_text(), "python -m docs.architecture"
    assert drawn.count("what serves:") == 1


def test_a_room_that_a_contract_gets_is_in_the_picture() -> None:
    contracts = architecture.contracts()
    assert ">cellar<" not in architecture.drawn(contracts)
    for contract in contracts:
        if contract.get("containers") == ["recognizer"]:
            contract["layers"].append("cellar")
    assert ">cellar<" in architecture.drawn(contracts)


def test_the_life_of_a_picture_has_its_states() -> None:
    life = read("docs/architecture.md").partition("## The life of a picture")[2]
    diagram = " ".join(re.findall(r"^ {4}(.+)$", life, re.M))
    assert set(re.findall(r"(?:^|[ >])([a-z]+)(?= |$)", diagram)) >= set(State.values)


def test_the_hooks_run_what_make_check_runs() -> None:
    hooks = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    commands = [hook["entry"].removeprefix("env ") for hook in hooks if hook["language"] == "system"]
    made = read("Makefile").replace("$(BIN)", ".venv/bin")
    assert len(commands) > 4
    assert [command for command in commands if command not in made] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_for_issues_asks_for_something(form: Path) -> None:
    asked = yaml.safe_load(form.read_text())
    assert asked["name"]
    assert asked["description"]
    assert [field["id"] for field in asked["body"] if field["type"] in ("textarea", "input", "dropdown")]
