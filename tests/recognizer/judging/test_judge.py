"""What the networks say of each mark to what the picture says. The judge is made here, of one rule a layer."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, load
from recognizer.judging.evidence import OF_A_GAP, OF_A_MARK, OF_A_NUMBER, OF_AN_OPINION
from recognizer.judging.judge import EVIDENCE, FEW, MOST_ASKED, Ask, Judge, Layers
from recognizer.page import Box, Hints, Reading
from recognizer.recognising.candidate import Prepared
from recognizer.recognising.line_reader import NOTHING, Opinion
from recognizer.recognising.recogniser import Recognised
from recognizer.symbols import ALPHABET
from tests.recognizer.marks import recognised, written


def layers(inputs: tuple[str, ...], always: float = 0.5, **weights: float) -> Layers:
    """One hidden unit: a probability that is always the same, but for the evidence that is named."""
    hidden = np.array([[weights.get(name, 0.0)] for name in inputs])
    bias = math.log(always / (1 - always))
    return Layers(np.zeros(len(inputs)), np.ones(len(inputs)), hidden, np.zeros(1), np.array([3.0]), bias)


# What is likelier a mark than none to the finder is there; every mark is right by 0.9 and every number by 0.8.
# A gap of a digit's width or more ends a number.
JUDGE = Judge(
    layers(OF_A_MARK, heat=1.0),
    layers(OF_A_MARK, always=0.9),
    layers(OF_A_GAP, always=0.1, clear=2.0),
    layers(OF_A_NUMBER, always=0.8),
    layers(OF_AN_OPINION, always=0.4, same=1.0),
    layers(OF_AN_OPINION, always=0.6),
)
NOT_THERE = 0.4  # less likely there than not, and yet perhaps


def read(marks: list[Recognised], judge: Judge = JUDGE, ask: Ask | None = None, **hints: Any) -> Reading:
    prepared = Prepared(tuple(mark.candidate for mark in marks), "read", ("ruled",), hints=Hints(**hints))
    return judge.reading(prepared, marks, ask)


def saying(text: str) -> Ask:
    """Somebody who reads the same everywhere, sign by sign."""
    steps = [state for sign in text for state in (ALPHABET.index(sign), NOTHING)] or [NOTHING]
    return lambda box: Opinion(np.eye(len(ALPHABET) + 2)[steps])


def not_there(marks: list[Recognised], *places: int, heat: float = NOT_THERE) -> list[Recognised]:
    return [
        replace(mark, candidate=replace(mark.candidate, heat=heat)) if place in places else mark
        for place, mark in enumerate(marks)
    ]


def test_marks_become_words_and_lines_and_the_text_that_they_say() -> None:
    reading = read(written("40 -7,5\n136"))
    assert reading.text == "40 -7,5\n136"
    assert [[word.text for word in line.words] for line in reading.lines] == [["40", "-7,5"], ["136"]]
    assert "".join(mark.symbol for mark in reading.marks) == "40-7,5136"
    assert (reading.outcome, reading.notes) == ("read", ("ruled",))


def test_a_word_lies_where_its_marks_do_and_a_reading_is_as_sure_as_all_its_words() -> None:
    reading = read(written("40 7"))
    first, second = reading.lines[0].words
    assert (first.box, second.box) == (Box(0, 0, 50, 30), Box(90, 0, 20, 30))
    assert (first.confidence, second.confidence) == pytest.approx((0.8, 0.8))
    assert reading.confidence == pytest.approx(0.64)


def test_a_number_is_as_sure_as_its_judge_says_of_its_marks() -> None:
    by_length = replace(JUDGE, numbers=layers(OF_A_NUMBER, marks=-1.0))
    assert read(written("40791"), by_length).confidence < read(written("40"), by_length).confidence


def test_what_is_judged_not_there_is_left_out() -> None:
    reading = read(not_there(written("407"), 1))
    assert reading.text == "47"
    assert len(reading.marks) == 2


@pytest.mark.parametrize(
    ("text", "left_out", "said"),
    [("40 71", 2, "40 1"), ("40\n71", 2, "40\n1"), ("4\n0 7", 1, "4\n7"), ("40\n7", 0, "0\n7"), ("4 0", 0, "0")],
)
def test_what_set_a_mark_apart_that_is_left_out_sets_the_next_one_apart(text: str, left_out: int, said: str) -> None:
    assert read(not_there(written(text), left_out)).text == said


def test_where_no_mark_is_there_the_picture_is_unclear_and_still_shows_what_was_found() -> None:
    marks = written("40")
    reading = read(not_there(marks, 0, 1))
    assert (reading.text, reading.confidence, reading.outcome, reading.lines) == ("", 0.0, "unclear", ())
    assert reading.marks == tuple(mark.mark for mark in marks)


def test_where_nothing_is_likelier_there_than_not_a_number_is_told_that_a_reader_of_lines_makes_likely() -> None:
    marks = not_there(written("40"), 0, 1)
    believing, doubting = (replace(JUDGE, other=layers(OF_AN_OPINION, weight)) for weight in (0.9, 0.4))
    assert read(marks, believing, saying("48")).text == "48"
    assert read(marks, doubting, saying("48")).outcome == "unclear"


@pytest.mark.parametrize(("text", "said"), [("- 42", "42"), ("42 % 7", "42 7"), ("4\n- 7", "4\n7"), ("4\n-", "4")])
def test_a_sign_alone_is_no_number(text: str, said: str) -> None:
    reading = read(written(text))
    assert reading.text == said
    assert "".join(mark.symbol for mark in reading.marks) == "".join(said.split())


def test_nothing_but_signs_is_unclear() -> None:
    assert (read(written("-\n+")).text, read(written("-")).outcome) == ("", "unclear")


@pytest.mark.parametrize("outcome", ["blank", "unclear"])
def test_without_a_mark_the_finder_s_word_stands(outcome: str) -> None:
    reading = JUDGE.reading(Prepared((), outcome, ("ruled",)), [])  # type: ignore[arg-type]
    assert reading == Reading("", 0.0, outcome, notes=("ruled",))  # type: ignore[arg-type]


def test_a_tiny_picture_is_as_sure_as_the_digit_network_alone() -> None:
    mark = recognised("4", sure=0.7)
    tiny = replace(mark, candidate=replace(mark.candidate, symbols=None))
    reading = read([tiny])
    assert reading.text == "4"
    assert reading.confidence == pytest.approx(float(tiny.symbols.max()))


def test_signs_that_may_not_stand_there_are_left_out() -> None:
    assert read(written("-42,5"), signs="").text == "425"
    assert read(written("-42,5"), signs=",").text == "42,5"
    assert read(written("-42,5"), signs=None).text == "-42,5"


def test_a_number_that_is_not_surely_whole_says_so() -> None:
    unsure = replace(JUDGE, apart=layers(OF_A_GAP, always=0.45), numbers=layers(OF_A_NUMBER, always=0.9, joined=1.0))
    surely = replace(unsure, apart=layers(OF_A_GAP, always=0.01))
    assert read(written("40"), unsure).text == read(written("40"), surely).text == "40"
    assert read(written("40"), unsure).confidence < read(written("40"), surely).confidence


def test_of_numbers_with_so_many_digits_the_likeliest_so_many_are_kept() -> None:
    marks = not_there(written("4079"), 2)
    assert read(marks).text == "409"
    assert read(marks, digits=4).text == "4079"
    assert len(read(marks, digits=2).text) == 2


def test_how_many_digits_there_are_makes_none_out_of_nothing() -> None:
    assert read(not_there(written("407"), 2, heat=0.001), digits=3).text == "40"


def test_what_cannot_be_by_what_somebody_knows_is_sure_to_go_to_a_person() -> None:
    reading = read(written("407 1234"), digits=4)
    assert (reading.text, reading.confidence) == ("407 1234", 0.0)
    assert [word.confidence for word in reading.lines[0].words] == [0.0, pytest.approx(0.8)]


def test_how_many_digits_there_are_is_said_of_each_number_and_not_of_signs() -> None:
    marks = not_there(written("-40 -79"), 2, 5)
    assert read(marks).text == "-4 -7"
    assert read(marks, digits=2).text == "-40 -79"


def test_a_number_that_a_reader_of_lines_reads_alike_is_surer_than_one_that_it_reads_otherwise() -> None:
    alike, otherwise = (read(written("407"), ask=saying(text)) for text in ("407", "-"))
    assert alike.text == otherwise.text == "407"
    assert alike.confidence > otherwise.confidence == pytest.approx(0.4)


def test_what_is_heard_is_said_where_it_is_likelier_and_the_marks_stay_what_they_were() -> None:
    reading = read(written("407"), ask=saying("40.7"))
    assert (reading.text, reading.confidence) == ("40.7", pytest.approx(0.6))
    assert "".join(mark.symbol for mark in reading.marks) == "407"


@pytest.mark.parametrize(("hints", "said"), [({"signs": ""}, "407"), ({"digits": 4}, "407"), ({"digits": 3}, "40.7")])
def test_what_is_heard_must_be_what_may_stand_there(hints: dict[str, Any], said: str) -> None:
    assert read(written("407"), ask=saying("40.7"), **hints).text == said


@pytest.mark.parametrize(("count", "said"), [(FEW, "40.7"), (FEW + 1, "407")])
def test_where_there_are_many_numbers_nobody_is_asked_of_those_that_are_sure(count: int, said: str) -> None:
    sure = replace(JUDGE, numbers=layers(OF_A_NUMBER, always=0.97))
    page = written("\n".join(["407"] * count))
    assert set(read(page, sure, ask=saying("40.7")).text.split()) == {said}
    assert set(read(page, ask=saying("40.7")).text.split()) == {"40.7"}


def test_of_very_many_doubtful_numbers_the_most_doubtful_are_asked_about() -> None:
    asked: list[Box] = []

    def ask(box: Box) -> Opinion:
        asked.append(box)
        return saying("40.7")(box)

    by_heat = replace(JUDGE, numbers=layers(OF_A_NUMBER, always=0.8, heat=0.1))
    page = written("\n".join(["407"] * (MOST_ASKED + 10)))
    page = [
        replace(one, candidate=replace(one.candidate, heat=0.6 + 0.005 * (one.candidate.line % 60))) for one in page
    ]
    reading = read(page, by_heat, ask=ask)
    assert len(asked) == MOST_ASKED
    assert reading.text.split() == ["40.7"] * MOST_ASKED + ["407"] * 10


def test_a_line_is_the_number_and_the_ink_beside_it_up_to_the_next_number() -> None:
    asked: list[Box] = []

    def ask(box: Box) -> Opinion:
        asked.append(box)
        return saying("1")(box)

    wide = [
        replace(one, candidate=replace(one.candidate, reach=(one.candidate.box.x - 100, one.candidate.box.x + 120)))
        for one in written("40 7\n9")
    ]
    read(wide, ask=ask)
    assert asked == [Box(-108, -8, 178, 46), Box(70, -8, 148, 46), Box(-108, 32, 236, 46)]


def test_of_marks_that_stand_on_no_upright_line_nobody_is_asked() -> None:
    marks = [replace(one, candidate=replace(one.candidate, reach=None)) for one in written("407")]
    assert read(marks, ask=saying("1")).text == "407"


def test_layers_answer_as_a_small_network_of_tanh_and_sigmoid() -> None:
    small = Layers(
        np.array([1.0, 0.0]), np.array([2.0, 1.0]), np.array([[1.0], [-1.0]]), np.array([0.5]), np.array([2.0]), -1.0
    )
    expected = [1 / (1 + math.exp(-(2 * math.tanh((x - 1) / 2 - y + 0.5) - 1))) for x, y in ((3, 0.5), (0, 9))]
    np.testing.assert_allclose(small.probabilities(np.array([[3, 0.5], [0, 9]])), expected)


def test_the_judge_that_ships_survives_being_written_and_read_again() -> None:
    judge = load(DEFAULT_MODEL).judge()
    again = Judge.from_json(json.dumps(judge.as_json()).encode())
    assert again.as_json() == judge.as_json()
    assert read(written("40 -7,5"), again) == read(written("40 -7,5"), judge)


@pytest.mark.parametrize("name", list(Layers.__dataclass_fields__))
def test_layers_of_another_shape_are_refused(name: str) -> None:
    values = JUDGE.there.as_json()
    assert Layers.from_json(values, len(OF_A_MARK)).as_json() == values
    with pytest.raises(ValueError, match="shapes"):
        Layers.from_json(values | {name: [[0.0, 1.0, 2.0]]}, len(OF_A_MARK))


def test_layers_for_other_evidence_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        Layers.from_json(JUDGE.there.as_json(), len(OF_A_NUMBER))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", json.dumps({name: {} for name in EVIDENCE}).encode()])
def test_nonsense_is_no_judge(content: bytes) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Judge.from_json(content)


def test_what_is_known_of_others_decides_where_nobody_is_sure() -> None:
    judge = replace(
        JUDGE, drawn={"N": 900, "N,d": 50, "N.d": 50}, other=layers(OF_AN_OPINION, always=0.4, as_many=-0.3)
    )
    marks = written("407,5")
    assert read(marks, judge, saying("407.5")).text == "407,5"
    assert read(marks, judge, saying("407.5"), patterns={"N.d": 16}).text == "407.5"
    unsigned = read(written("4075"), judge, saying("4075"), patterns={"N,d": 16})
    assert unsigned.text == "407,5"
    assert unsigned.confidence < 0.95


def test_what_is_sure_stays_whatever_is_known_of_others() -> None:
    judge = replace(JUDGE, drawn={"N": 900, "N,d": 100}, own=layers(OF_AN_OPINION, always=0.96))
    assert read(written("4075"), judge, saying("4075"), patterns={"N,d": 16}).text == "4075"


def test_a_judge_that_does_not_know_what_was_drawn_goes_by_itself_alone() -> None:
    known = read(written("4075"), JUDGE, saying("4075"), patterns={"N,d": 16})
    assert known.lines == read(written("4075"), JUDGE, saying("4075")).lines
