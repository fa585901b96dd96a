from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.exams import report_card
from recognizer.exams.report_card import Answer
from recognizer.reader import Reader
from recognizer.symbols import edit_distance

PICTURE = np.zeros((10, 10), np.uint8)


def answer(wanted: str, said: str, confidence: float = 0.9) -> Answer:
    return Answer("a source", PICTURE, wanted, said, confidence if said else 0.0)


@pytest.mark.parametrize(
    ("found", "said", "distance"),
    [("4079", "4079", 0), ("", "", 0), ("4079", "", 4), ("4079", "4070", 1), ("12345", "2345", 1), ("2341", "1234", 2)],
)
def test_edits_are_counted(found: str, said: str, distance: int) -> None:
    assert edit_distance(found, said) == edit_distance(said, found) == distance


def test_numbers_are_scored_as_a_whole_and_digit_by_digit() -> None:
    """One without an answer has no digit right."""
    line = report_card.summary("numbers", [answer("4079", "4079"), answer("123", "1223"), answer("16", "")])
    assert " 1 of      3   33.33%" in line
    assert "+1 -1" in line
    assert line.endswith("digits 6 of 9, 66.67%")


def test_no_more_digits_are_wrong_than_there_are() -> None:
    assert report_card.summary("numbers", [answer("12", "345678")]).endswith("digits 0 of 2, 0.00%")


def test_single_digits_are_not_scored_twice() -> None:
    line = report_card.summary("digits", [answer("4", "4"), answer("7", "")])
    assert "digits " not in line.removeprefix("digits")


def test_the_level_is_that_of_the_single_digits_that_were_answered() -> None:
    digits = [answer("1", "1", 0.9), answer("2", "2", 0.6), answer("3", "")]
    numbers = [answer("4079", "4079", 0.3)]
    assert report_card.level_of(digits + numbers) == 0.6
    assert report_card.level_of(numbers) == 0.3


def test_labelled_pictures_are_read_and_the_worst_drawn(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((60, 60), 255, np.uint8))
    (tmp_path / "labels.csv").write_text("file,label,kind\nblank.png,5,paper\n")
    answers = report_card.labelled(Reader.load("seed"), tmp_path / "labels.csv")
    assert [(one.source, one.wanted, one.said, one.right) for one in answers] == [("labels: paper", "5", "", False)]
    sheet = cv2.imdecode(np.frombuffer(report_card.contact_sheet(answers), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert sheet.shape == (140, 120)
