"""What people type for a sign, and the sign that it is taken for."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recognizer import symbols as of_the_reader
from webapp.forms.review import why_no_number, why_no_other_text
from webapp.symbols import ALPHABET, OTHERWISE, WRITTEN, pattern, typed


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("−5", "-5"),
        ("12–13—14", "12-13-14"),
        ("1\u201112", "1-12"),
        ("１２，５０", "12,50"),
        ("－１．５％", "-1.5%"),
        ("＋３：０５　１／２", "+3:05 1/2"),
        ("3⁄4 3∕4", "3/4 3/4"),
        ("1\u00a0234\u202f567\u2009890", "1 234 567 890"),
        ("1\r\n2\r3\n4", "1\n2\n3\n4"),
    ],
)
def test_what_is_typed_otherwise_is_taken_as_the_sign_that_is_meant(text: str, meant: str) -> None:
    assert typed(text) == meant


@pytest.mark.parametrize("text", ["١٢", "1٫5", "1'234", "1’234", "½", "²", "①", "Ⅻ", "ｋｇ", "n/a", "12 kg"])
def test_what_is_none_of_the_signs_stays_as_it_is(text: str) -> None:
    assert typed(text) == text


@given(some.text(some.characters() | some.sampled_from([*OTHERWISE, *WRITTEN, "\r"])))
def test_once_is_enough(text: str) -> None:
    assert typed(typed(text)) == typed(text)


@given(some.text(some.sampled_from(WRITTEN)))
def test_of_what_an_answer_is_made_of_nothing_changes(text: str) -> None:
    assert typed(text) == text


@given(some.text(some.characters() | some.sampled_from([*OTHERWISE, *WRITTEN])))
def test_each_sign_stays_in_its_place(text: str) -> None:
    text = text.replace("\r", "")
    pairs = list(zip(text, typed(text), strict=True))
    assert all(was == now or (was in OTHERWISE and now in WRITTEN) for was, now in pairs)


@given(some.text(some.characters() | some.sampled_from([*OTHERWISE, *WRITTEN]), max_size=120))
def test_no_text_is_a_number_and_some_other_text(text: str) -> None:
    text = text.strip()
    assert why_no_number(typed(text).strip()) or why_no_other_text(text)


def test_the_reader_takes_every_character_as_the_site_does() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert of_the_reader.typed(everything) == typed(everything)
    assert set(OTHERWISE.values()) == {*ALPHABET, " "}


@given(some.text(ALPHABET + " "))
def test_both_see_one_pattern_in_a_text(text: str) -> None:
    assert pattern(text) == of_the_reader.pattern(text)
