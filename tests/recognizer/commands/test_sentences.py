"""Whatever can go wrong with a file has a sentence on the command line."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from recognizer.commands.sentences import LOOKS_LIKE, SENTENCES, sentence
from recognizer.files.formats import STRANGERS
from recognizer.page import Fault
from tests.environment import ROOT

# Only archives meet these, and the command line opens none.
OF_ARCHIVES = {"zip.py", "labels.py", "unpack.py"}
Raised = tuple[str, frozenset[str]]  # a code, and the names of its values


def raised(path: Path) -> Iterator[Raised]:
    """Every Fault that a module makes."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault":
            names = frozenset(str(keyword.arg) for keyword in node.keywords)
            yield from ((code, names) for code in codes(node.args[0]))


def codes(named: ast.expr) -> list[str]:
    if isinstance(named, ast.IfExp):
        return [*codes(named.body), *codes(named.orelse)]
    assert isinstance(named, ast.Constant), "the code of a fault is written where it is raised"
    return [named.value]


def names_in(code: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(SENTENCES[code]) if name)


def test_every_fault_of_a_file_has_a_sentence_that_names_exactly_its_values_and_no_sentence_is_idle() -> None:
    modules = [*ROOT.glob("recognizer/files/*.py"), *ROOT.glob("recognizer/commands/*.py")]
    of_files = {fault for path in modules if path.name not in OF_ARCHIVES for fault in raised(path)}
    assert of_files == {(code, names_in(code)) for code in SENTENCES}


def test_what_archives_share_with_files_names_the_same_values() -> None:
    of_archives = {fault for name in OF_ARCHIVES for fault in raised(ROOT / "recognizer/files" / name)}
    assert ("archive_hostile", frozenset({"why"})) in of_archives
    assert all(names == names_in(code) for code, names in of_archives if code in SENTENCES)


def test_no_fault_is_made_elsewhere() -> None:
    elsewhere = {path for path in ROOT.glob("recognizer/**/*.py") if list(raised(path))}
    assert {path.parent.name for path in elsewhere} <= {"files", "commands"}


def test_everything_that_a_file_may_look_like_has_words() -> None:
    assert set(LOOKS_LIKE) == {name for _, name in STRANGERS} | {"video", "text", ""}


@pytest.mark.parametrize("looks_like", LOOKS_LIKE)
def test_what_a_file_looks_like_is_said(looks_like: str) -> None:
    said = sentence(Fault("not_a_picture", looks_like=looks_like))
    assert said == f"This file is not a picture we can read{LOOKS_LIKE[looks_like]}."


def test_values_are_shown_as_people_write_them() -> None:
    fault = Fault("too_many_pixels", width=65_535, height=9_400, most=50)
    assert sentence(fault) == "This picture is 65,535 × 9,400 pixels; the limit is 50 megapixels."
