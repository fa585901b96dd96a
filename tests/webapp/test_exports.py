import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from recognizer.learning.mnist import Digits
from tests.conftest import png
from tests.webapp.test_batch import a_prediction
from webapp.exports import FORMATS, xlsx
from webapp.exports.csv import harmless
from webapp.models import Batch, Image, Review, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]
HEADINGS = (
    "file text confidence outcome checked_by checked_at model_text model batch handed_in error".replace(" ", "|")
    .replace("_", " ")
    .split("|")
)


@pytest.fixture
def batch(alice: User, hand_in: HandIn, champion: None, digits: Digits) -> Batch:
    """One corrected to 007, one with a name that looks like a formula, one that failed."""
    batch = hand_in(alice, files=[("a.png", b"x"), ("=HYPERLINK(1)", b"x"), ("empty.png", b"")])
    first, second, third = batch.images.order_by("index")
    for image in (first, second):
        prediction = a_prediction(image, 0.8)
        prediction.copy = png(digits.images[0])
        Image.objects.record(Image.objects.claim([image.pk]), [prediction])
    Image.objects.all().fail(Image.objects.claim([third.pk]), [third.pk], "empty")
    Image.objects.get(pk=first.pk).correct(alice, "text", "007")
    return batch


def taken(client: Client, batch: Batch, kind: str, **asked: str) -> bytes:
    answer = client.get(reverse(f"answers-{kind}", args=[batch.pk]), asked)
    assert answer["Content-Disposition"] == f'attachment; filename="batch-{batch.pk}.{kind}"'
    return b"".join(answer)


def workbook(data: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


def test_csv_has_a_line_for_each_picture(as_alice: Client, batch: Batch) -> None:
    text = taken(as_alice, batch, "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == HEADINGS
    assert [row["text"] for row in rows] == ["007", "7", ""]
    assert (rows[0]["checked by"], rows[0]["model text"], rows[0]["confidence"]) == ("alice", "7", "0.8000")
    assert rows[0]["checked at"].startswith("20")
    assert rows[1]["file"] == "'=HYPERLINK(1)"
    assert (rows[2]["outcome"], rows[2]["error"]) == ("failed", "This file is empty.")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("\t=1", "'\t'=1"),
        ("a;=1+1.png", "a;'=1+1.png"),  # Excel of a language that writes 1,5 begins a cell there
        ("1\n-2+1", "1\n'-2+1"),
        ("12\n34", "12\n34"),
        ("a-b=c.png", "a-b=c.png"),
        # What is plainly a number stays as it is written.
        ("-182", "-182"),
        ("+3.5", "+3.5"),
        ("-1.234,50", "-1.234,50"),
        ("-7%", "-7%"),
        ("12:30 3/4", "12:30 3/4"),
        ("12\n-34\n+5", "12\n-34\n+5"),
        ("12 -34", "12 -34"),
        # What a spreadsheet would compute, or take for rows of its own, does not.
        ("-2+3", "'-2+3"),
        ("-2/3", "'-2/3"),
        ("+1:3", "'+1:3"),
        ("-2 -3", "'-2 -3"),
        ("-2\n-3", "'-2\n-3"),
        ("-2\n", "'-2\n"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("7\n-1+cmd|'x'!A0", "7\n'-1+cmd|'x'!A0"),
        ("-1;=1+1", "'-1;'=1+1"),
        ("-", "'-"),
    ],
)
def test_no_cell_is_a_formula_nor_comes_apart_into_one(name: str, shown: str) -> None:
    assert harmless(name) == shown


def test_a_workbook_keeps_leading_zeros_and_has_no_formulas(as_alice: Client, batch: Batch) -> None:
    data = taken(as_alice, batch, "xlsx")
    head, first, second, third = workbook(data)
    assert list(head) == HEADINGS
    assert first[:4] == ("a.png", "007", 0.8, "read")
    assert second[0] == "=HYPERLINK(1)"
    assert third[10] == "This file is empty."
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


def test_a_workbook_and_a_table_have_signs_as_they_are_written(as_alice: Client, batch: Batch, alice: User) -> None:
    for index, text in enumerate(["-012,50", "=1"]):
        image = batch.images.get(index=index)
        image.correct(alice, "text", text)
    rows = workbook(taken(as_alice, batch, "xlsx"))
    assert [row[1] for row in rows[1:3]] == ["-012,50", "=1"]
    lines = list(csv.DictReader(io.StringIO(taken(as_alice, batch, "csv").decode("utf-8-sig"))))
    assert [line["text"] for line in lines[:2]] == ["-012,50", "'=1"]


def test_a_workbook_has_pictures_if_asked(as_alice: Client, batch: Batch) -> None:
    def pictures(data: bytes) -> int:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
        return sum(name.startswith("xl/drawings/drawing") for name in names)

    assert pictures(taken(as_alice, batch, "xlsx")) == 0
    data = taken(as_alice, batch, "xlsx", thumbnails="1")
    assert pictures(data) == 1
    assert workbook(data)[0][-1] == "picture"
    drawing = zipfile.ZipFile(io.BytesIO(data)).read("xl/drawings/drawing1.xml")
    assert drawing.count(b"<xdr:pic>") == 2


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS_A_SHEET", 2)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx.export(batch.images.order_by("index")))))
    assert [sheet.max_row for sheet in book] == [3, 2]


def test_json_lines_have_what_csv_has(as_alice: Client, batch: Batch) -> None:
    rows = [json.loads(line) for line in taken(as_alice, batch, "jsonl").splitlines()]
    assert [row["text"] for row in rows] == ["007", "7", ""]
    assert rows[0]["confidence"] == 0.8
    assert rows[1]["file"] == "=HYPERLINK(1)"
    assert rows[2]["confidence"] is None


def links_to(kind: str, page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(rf'href="([^"]*answers\.{kind}[^"]*)"', page)]


def test_what_the_page_shows_is_what_is_taken_away_in_that_order_and_says_so(as_alice: Client, batch: Batch) -> None:
    for index, name in enumerate(["z.png", "a.png"]):
        batch.images.filter(index=index).update(name=name)
    Review.objects.all().delete()  # both that were read are to check again
    shown = as_alice.get(batch.get_absolute_url(), {"show": "doubtful", "sort": "name"}).content.decode()
    assert "2 pictures: to check, by file name" in shown
    link = links_to("csv", shown)[0]
    assert link.endswith("?show=doubtful&sort=name")
    answer = as_alice.get(link)
    assert answer["Content-Disposition"] == f'attachment; filename="batch-{batch.pk}-to-check-by-file-name.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row["file"] for row in rows] == ["a.png", "z.png"]
    with_pictures, plain = links_to("xlsx", shown)[1], links_to("xlsx", shown)[-1]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(as_alice.get(with_pictures))))
    assert (book.sheetnames, book.active.max_row) == (["to check, by file name"], 3)
    assert len(workbook(b"".join(as_alice.get(plain)))) == 4


def test_every_format_is_offered_with_what_a_batch_and_a_search_show(as_alice: Client, batch: Batch) -> None:
    of_batch = as_alice.get(batch.get_absolute_url()).content.decode()
    found = as_alice.get(reverse("history"), {"tab": "pictures"}).content.decode()
    for kind, form in FORMATS.items():
        assert re.search(rf'href="/batches/{batch.pk}/answers\.{kind}\??" download>{form.label}</a>', of_batch)
        assert re.search(rf'href="/history/answers\.{kind}\??" download>{form.label}</a>', found)


def test_the_surest_first_are_taken_away_surest_first(as_alice: Client, batch: Batch) -> None:
    batch.images.filter(index=1).update(confidence=0.99)
    answer = as_alice.get(reverse("answers-jsonl", args=[batch.pk]), {"sort": "sureness"})
    rows = [json.loads(line) for line in b"".join(answer).splitlines()]
    assert [row["file"] for row in rows] == ["=HYPERLINK(1)", "a.png", "empty.png"]


@pytest.mark.parametrize("asked", [{"show": "nonsense"}, {"page": "7"}, {}])
def test_what_makes_no_sense_in_an_address_leaves_nothing_out(
    as_alice: Client, batch: Batch, asked: dict[str, str]
) -> None:
    answer = as_alice.get(reverse("answers-jsonl", args=[batch.pk]), asked)
    assert answer["Content-Disposition"] == f'attachment; filename="batch-{batch.pk}.jsonl"'
    assert len(b"".join(answer).splitlines()) == 3


@pytest.mark.parametrize("title", ["answer has [1]/2:*", "'", "x" * 40])
def test_any_words_name_a_sheet(batch: Batch, title: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx.export(batch.images.order_by("index"), title=title))))
    assert book.active.max_row == 4


@pytest.mark.parametrize("kind", FORMATS)
def test_what_a_search_finds_can_be_taken_away(as_alice: Client, batch: Batch, kind: str) -> None:
    answer = as_alice.get(reverse(f"found-{kind}"), {"answer": "00"})
    data = b"".join(answer)
    names = [str(row[0]) for row in workbook(data)[1:]] if kind == "xlsx" else [data.decode()]
    assert len(names) == 1
    assert "a.png" in names[0]
    assert "empty.png" not in names[0]


def test_an_empty_search_is_an_empty_workbook(as_alice: Client, batch: Batch) -> None:
    data = b"".join(as_alice.get(reverse("found-xlsx"), {"answer": "999"}))
    assert len(workbook(data)) == 1


def test_a_batch_of_any_size_is_taken_away_with_few_questions(
    as_alice: Client, batch: Batch, django_assert_max_num_queries: Callable
) -> None:
    for kind in FORMATS:
        with django_assert_max_num_queries(4):
            taken(as_alice, batch, kind)
