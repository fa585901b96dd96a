import json

import pytest

from recognizer.page import Box, Fault, Line, Word


def test_a_box_around_boxes_holds_all_of_them_and_no_more() -> None:
    one, other = Box(10, 40, 5, 20), Box(2, 50, 3, 30)
    assert Box.around([one, other]) == (2, 40, 13, 40)
    assert (Box.around([one, other]).right, Box.around([one, other]).bottom) == (15, 80)
    assert Box.around([one]) == one


def test_a_line_holds_its_words_and_is_right_where_all_of_them_are() -> None:
    line = Line((Word("40", Box(0, 10, 30, 20), 0.9), Word("7", Box(50, 5, 10, 20), 0.8)))
    assert line.text == "40 7"
    assert line.box == (0, 5, 60, 25)
    assert line.confidence == pytest.approx(0.72)


def test_a_line_in_json_is_its_words_each_with_its_place_and_confidence() -> None:
    line = Line((Word("-4", Box(0, 10, 30, 20), 0.9),))
    assert json.loads(json.dumps(line.as_json())) == [{"text": "-4", "box": [0, 10, 30, 20], "confidence": 0.9}]


def test_a_fault_is_a_code_with_values_in_json_and_in_a_log() -> None:
    fault = Fault("labels", why=[Fault("label_twice", line=3).as_json()])
    assert json.loads(json.dumps(fault.as_json())) == {
        "code": "labels",
        "values": {"why": [{"code": "label_twice", "values": {"line": 3}}]},
    }
    assert str(Fault("too_many_pages", most=100)) == "too_many_pages (most=100)"
    assert str(Fault("empty")) == "empty"
