"""Whatever a worker, a trainer or the site writes down has a sentence, and the sentence names what was written."""

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from django.utils import translation

from recognizer.commands import sentences as command_line
from recognizer.exams.gate import Comparison, Margins, compare, judge
from recognizer.files import formats
from recognizer.page import Fault
from tests.environment import ROOT
from webapp import faults
from webapp.faults import Count, Sentence, coded, in_words, sentence
from webapp.file_faults import OneOf
from webapp.models.claimable import Claimable
from worker.tasks.train import NAMED_FAULTS

# What takes a code and its values by name, and where the code stands among its arguments.
MAKERS = dict.fromkeys(
    ["Fault", "Reason", "Skipped", "NotTheSameData", "WrongModel", "NoRoom", "BatchFull", "BadTable", "coded"], 0
) | {"fail": 2, "fail_pictures": 2}
ROOMS = ["recognizer/files", "recognizer/exams", "recognizer/learning", "worker", "webapp"]


class Written(NamedTuple):
    """A code as it stands in a source, with the values that go with it."""

    code: str
    values: dict[str, ast.expr | None]
    whole: bool  # no further values come from elsewhere
    where: str


def sources(rooms: list[str]) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def written() -> Iterator[Written]:
    for path, tree in sources(ROOMS):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                arguments = node.args[MAKERS.get(name, 99) :]
                if arguments and isinstance(arguments[0], ast.Constant):
                    values = {word.arg: word.value for word in node.keywords if word.arg}
                    whole = all(word.arg for word in node.keywords)
                    yield Written(arguments[0].value, values, whole, f"{path}:{node.lineno}")


class Names(dict[str, Any]):
    """What a sentence asks for."""

    def __missing__(self, name: str) -> Count:
        self[name] = Count(2)
        return self[name]


def named_by(code: str) -> set[str]:
    said, names = faults.SENTENCES[code], Names()
    if isinstance(said, OneOf):
        return {said.name}
    _ = said.words % names
    return set(names)


def test_every_code_that_is_written_down_has_a_sentence_that_names_its_values() -> None:
    found = list(written())
    assert len({one.code for one in found}) > 60
    assert [one for one in found if one.code not in faults.SENTENCES] == []
    wrong = [one for one in found if one.whole and set(one.values) != named_by(one.code)]
    assert [(one.where, one.code, named_by(one.code)) for one in wrong] == []


def test_every_value_that_chooses_a_sentence_has_one() -> None:
    for one in written():
        said = faults.SENTENCES[one.code]
        if isinstance(said, OneOf) and isinstance(value := one.values[said.name], ast.Constant):
            assert value.value in said.sentences, one.where
    looks_like = faults.SENTENCES["not_a_picture"]
    assert isinstance(looks_like, OneOf)
    guesses = {name for _, name in formats.STRANGERS} | {
        formats.looks_like(head) for head in (b"\0\0\0\x18ftypisom", b"plain words", b"\x00\x01\x02\xff")
    }
    assert set(looks_like.sentences) == guesses


def test_codes_that_are_not_written_as_calls_have_sentences_too() -> None:
    for model in Claimable.__subclasses__():
        assert named_by(model.GAVE_UP) == set(), model
    for code in (*NAMED_FAULTS.values(), "storage_away"):
        assert named_by(code) == {"error"}
    lessons = (ROOT / "recognizer/learning/lessons.py").read_text()
    assert set(re.findall(r'left_out\["(.+?)"\]', lessons)) == set(faults.LEFT_OUT)


def test_each_code_has_one_sentence() -> None:
    names = [name for name in vars(faults) if name.isupper() and name not in ("ALL", "SENTENCES", "TYPE_CHECKING")]
    assert sum(len(getattr(faults, name)) for name in names) == len(faults.SENTENCES)


def noted() -> Iterator[str]:
    """Every note in the reader's rooms: a tuple of one, one more in a tuple of others, or one that a list is given."""
    for _, tree in sources(["recognizer/files", "recognizer/finding", "recognizer/recognising"]):
        for node in ast.walk(tree):
            parts: list[ast.expr] = []
            if isinstance(node, ast.Tuple) and (
                len(node.elts) == 1 or any(isinstance(one, ast.Starred) for one in node.elts)
            ):
                parts = node.elts
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "notes.append":
                parts = node.args
            yield from (one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_every_note_of_the_reader_has_a_sentence() -> None:
    assert set(noted()) == set(faults.NOTES) == set(command_line.NOTES)


@pytest.mark.parametrize("code", sorted(command_line.SENTENCES.keys() & faults.SENTENCES.keys()))
def test_the_site_s_english_is_that_of_the_command_line(code: str) -> None:
    said = faults.SENTENCES[code]
    if isinstance(said, OneOf):
        for value in said.sentences:
            assert command_line.sentence(Fault(code, **{said.name: value})) == sentence(code, {said.name: value})
    else:
        values = dict.fromkeys(named_by(code), 1234)
        assert command_line.sentence(Fault(code, **values)) == sentence(code, values)


def answered(name: str, count: int, gained: int, lost: int, digit: int | None = None) -> Comparison:
    champion = np.arange(count) >= gained
    challenger = champion.copy()
    challenger[:gained], challenger[gained : gained + lost] = True, False
    return compare(name, champion, challenger, digit=digit)


@pytest.mark.parametrize("home", [answered("held_out", 19, 9, 0), answered("held_out", 100, 3, 3)])
def test_all_that_the_gate_says_is_said_on_the_site(home: Comparison) -> None:
    suites = {name: answered(name, 1000, 0, 90) for name in ("clean", "corruptions", "numbers")}
    verdict = judge(home, suites, [answered("digit", 500, 0, 90, digit=7)], Margins())
    assert [reason.code for reason in verdict.against][1:] == [*["may_lose"] * 3, "worse", "may_lose"]
    for reason in verdict.against:
        assert set(reason.values) == named_by(reason.code)
        assert re.fullmatch(r"[A-Z][^%(_]*( \(p = [\d.]+\))?.*\.", in_words(reason.as_json()))
    said = in_words([reason.as_json() for reason in verdict.against])
    assert "On clean digits it reads 91.00% instead of 100.00%, and may lose 10." in said
    assert "On the digit 7 it reads" in said


def test_what_passes_the_gate_is_said_in_the_reader_s_language() -> None:
    suites = {name: answered(name, 1000, 3, 0) for name in ("clean", "numbers")}
    verdict = judge(answered("held_out", 1000, 200, 10), suites, [], Margins())
    assert in_words([reason.as_json() for reason in verdict.for_it]) == (
        "Better on the site's own pictures: 99.0% instead of 80.0% of 1,000 held-out pictures right. "
        "Not worse than the margins on clean digits, drawn numbers or on any digit."
    )
    with translation.override("de"):
        said = in_words(verdict.for_it[0].as_json())
        assert "99,0% statt 80,0% von 1.000" in said


def test_numbers_are_written_as_the_reader_s_language_writes_them() -> None:
    large = coded("too_many_pixels", width=9000, height=8000, most=50)
    assert in_words(large) == "This picture is 9,000 × 8,000 pixels; the limit is 50 megapixels."
    with translation.override("de"):
        assert in_words(large) == "Dieses Bild hat 9.000 × 8.000 Pixel; höchstens 50 Megapixel gehen."
    full = coded("share_full", used=1_610_612_736, most=2 * 2**30)
    assert "take up 1.5\xa0GB of your 2.0\xa0GB" in in_words(full)


def test_one_is_said_of_one_and_several_of_several() -> None:
    assert sentence("few_corrections", {"missing": 1, "count": 19, "fewest": 20}).startswith("1 more correction is")
    assert sentence("few_corrections", {"missing": 1001, "count": 0, "fewest": 1001}).startswith(
        "1,001 more corrections are"
    )
    assert sentence("labels_cells", {"line": 1234, "count": 1, "columns": 2}) == "line 1,234 has 1 cell instead of 2"


def test_faults_inside_a_fault_are_said_one_after_the_other() -> None:
    twice = coded("label_twice", line=3, name="a 100%.png")
    several = coded("labels", table="labels.csv", why=[twice, coded("file_without_label", name="b.png")])
    assert in_words(several) == (
        "Nothing was taken in, because of labels.csv: line 3 names a 100%.png once more; b.png has no line."
    )
    with translation.override("de"):
        assert "Zeile 3 nennt a 100%.png noch einmal; b.png hat keine Zeile." in in_words(several)


def test_what_another_release_has_written_is_shown_by_its_code() -> None:
    assert sentence("not_invented_yet", {"count": 1}) == "not_invented_yet"
    assert sentence("too_many_pixels", {"side": 9}) == "too_many_pixels"
    assert sentence("archive_hostile", {"why": "not_invented_yet"}) == "archive_hostile"
    assert isinstance(faults.SENTENCES["other"], Sentence)
    assert sentence("other", {"text": "100 % of it, as it was."}) == "100 % of it, as it was."
