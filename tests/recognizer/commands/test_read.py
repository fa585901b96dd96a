"""One row for every page of every file, whatever is in it."""

import json
import os
from pathlib import Path

import pytest

from recognizer.commands.read import answered, in_words, read_file, read_paths
from recognizer.learning.mnist import Digits
from recognizer.reader import Reader
from tests.conftest import png
from tests.recognizer.conftest import clear_digits
from tests.recognizer.documents import document, locked_pdf, pdf_without_its_second_page
from tests.recognizer.readings import read_as


def test_every_file_of_a_folder_gives_one_row_and_a_bad_one_stops_nothing(
    digits: Digits, reader: Reader, tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "digit.png").write_bytes(png(digits.images[0]))
    (tmp_path / ".hidden").write_bytes(b"not a picture")
    (tmp_path / "a.jpg").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "missing.png")
    os.mkfifo(tmp_path / "pipe.png")
    rows = list(read_paths([tmp_path, tmp_path / "gone.png"], reader))
    assert [Path(row["path"]).name for row in rows] == [
        ".hidden",
        "a.jpg",
        "nowhere.png",
        "pipe.png",
        "digit.png",
        "gone.png",
    ]
    assert [row["error"] is None for row in rows] == [False, False, False, False, True, False]
    assert rows[1]["error"] == "This file is empty."
    for row in rows:
        assert list(row) == ["path", "text", "confidence", "outcome", "digits", "lines", "notes", "error"]
        assert row["error"] is None or (row["text"], row["outcome"], row["confidence"]) == ("", None, 0.0)
        json.dumps(row)


def test_a_row_has_the_signs_beside_the_digits_and_each_number_in_its_line() -> None:
    row = json.loads(json.dumps(answered("a.png", read_as("-12,5 7\n1/4", **{"-12,5": 0.6}))))
    assert row["text"] == "-12,5 7\n1/4"
    assert [found["symbol"] for found in row["digits"]] == list("-12,571/4")
    assert [found["digit"] for found in row["digits"]] == [None, 1, 2, None, 5, 7, 1, None, 4]
    assert {len(found["probabilities"]) for found in row["digits"]} == {17}
    assert row["lines"] == [
        [
            {"text": "-12,5", "box": [0, 0, 100, 20], "confidence": 0.6},
            {"text": "7", "box": [100, 0, 20, 20], "confidence": 1.0},
        ],
        [{"text": "1/4", "box": [120, 20, 60, 20], "confidence": 1.0}],
    ]


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_a_file_of_several_pages_gives_one_row_a_page(
    digits: Digits, reader: Reader, tmp_path: Path, kind: str
) -> None:
    sheets = clear_digits(digits, reader, "407")
    (tmp_path / "several").write_bytes(document(kind, *sheets))
    (tmp_path / "one").write_bytes(document(kind, sheets[0]))
    rows = list(read_file(tmp_path / "several", reader))
    assert [(row["page"], row["text"]) for row in rows] == [(1, "4"), (2, "0"), (3, "7")]
    assert in_words(rows[1]).startswith(f"{tmp_path / 'several'}, page 2: 0  ")
    assert [("page" in row, row["text"]) for row in read_file(tmp_path / "one", reader)] == [(False, "4")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (locked_pdf(), "This PDF is locked with a password. Save it without one."),
        (b"%PDF-1.7 and no more", "This PDF is damaged and cannot be opened."),
    ],
)
def test_a_pdf_that_cannot_be_opened_gives_one_row_that_says_why(
    reader: Reader, tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "scan.pdf").write_bytes(data)
    (row,) = read_file(tmp_path / "scan.pdf", reader)
    assert (row["error"], row["outcome"], "page" in row) == (said, None, False)
    assert in_words(row) == f"{tmp_path / 'scan.pdf'}: {said}"


def test_a_page_that_cannot_be_drawn_is_said_beside_those_that_can(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(pdf_without_its_second_page())
    first, second = read_file(tmp_path / "scan.pdf", reader)
    assert (first["page"], first["outcome"], first["error"]) == (1, "blank", None)
    assert (second["page"], second["error"]) == (2, "This page of the PDF is damaged and cannot be drawn.")
