import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from itertools import product
from urllib.parse import unquote, urlencode

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from recognizer.learning.mnist import Digits
from tests.conftest import png
from tests.webapp.test_batch import a_prediction
from webapp.exports import FORMATS, xlsx
from webapp.exports.csv import cell, harmless
from webapp.exports.jsonl import exact
from webapp.forms import SelectionForm
from webapp.models import Batch, Image, Review, User
from webapp.notation import Value

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]
HEADINGS = next(
    csv.reader(
        [
            "file,text,value,state,reason,confidence,page,line,place,outcome,checked by,checked at,model text,model,"
            "batch,handed in,error"
        ]
    )
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
    assert answer["Content-Disposition"] == f'attachment; filename="meters.{kind}"'
    return b"".join(answer)


def workbook(data: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


def test_csv_has_a_line_for_each_picture(as_alice: Client, batch: Batch) -> None:
    text = taken(as_alice, batch, "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == HEADINGS
    assert [row["text"] for row in rows] == ["007", "7", ""]
    assert (rows[0]["checked by"], rows[0]["model text"], rows[0]["confidence"]) == ("alice", "7", "0.8000")
    assert [row["value"] for row in rows] == ["", "7", ""]
    assert [row["state"] for row in rows] == ["checked", "to check", "failed"]
    assert [row["reason"] for row in rows[1:]] == ["Less sure than your 99 %.", "This file is empty."]
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
        ("a,=1+1.png", "a,'=1+1.png"),  # and of one that writes 1.5, where semicolons part the file's
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
        ("-1,=1+1", "'-1,'=1+1"),
        ("-", "'-"),
    ],
)
def test_no_cell_is_a_formula_nor_comes_apart_into_one(name: str, shown: str) -> None:
    assert harmless(name) == shown


def test_a_workbook_keeps_leading_zeros_and_has_no_formulas(as_alice: Client, batch: Batch) -> None:
    data = taken(as_alice, batch, "xlsx")
    head, first, second, third = workbook(data)
    assert list(head) == HEADINGS
    assert first[:4] == ("a.png", "007", None, "checked")
    assert second[:3] == ("=HYPERLINK(1)", "7", 7)
    assert third[-1] == "This file is empty."
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
    assert [sheet.max_row for sheet in book if sheet.title != "About"] == [3, 2]


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
    assert answer["Content-Disposition"] == 'attachment; filename="meters-to-check-by-file-name.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row["file"] for row in rows] == ["a.png", "z.png"]
    with_pictures, by_number, plain = links_to("xlsx", shown)[1:]
    assert by_number.endswith("?show=doubtful&sort=name&rows=numbers")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(as_alice.get(with_pictures))))
    assert (book.sheetnames, book.active.max_row) == (["Meters, to check, by file name", "About"], 3)
    assert len(workbook(b"".join(as_alice.get(plain)))) == 4


def test_every_format_is_offered_with_what_a_batch_and_a_search_show(as_alice: Client, batch: Batch) -> None:
    of_batch = as_alice.get(batch.get_absolute_url()).content.decode()
    found = as_alice.get(reverse("history"), {"tab": "pictures"}).content.decode()
    for kind, form in FORMATS.items():
        for way in form.ways:
            query = f"?{urlencode(way.asked)}" if way.asked else ""
            assert f'href="/batches/{batch.pk}/answers.{kind}{query}" download>{way.label}</a>' in of_batch
            assert f'href="/history/answers.{kind}{query}" download>{way.label}</a>' in found


def test_the_surest_first_are_taken_away_surest_first(as_alice: Client, batch: Batch) -> None:
    batch.images.filter(index=1).update(confidence=0.99)
    answer = as_alice.get(reverse("answers-jsonl", args=[batch.pk]), {"sort": "sureness"})
    rows = [json.loads(line) for line in b"".join(answer).splitlines()]
    assert [row["file"] for row in rows] == ["=HYPERLINK(1)", "a.png", "empty.png"]


@pytest.mark.parametrize("asked", [{"show": "nonsense"}, {"page": "7"}, {"rows": "x", "csv": "x"}, {}])
def test_what_makes_no_sense_in_an_address_leaves_nothing_out(
    as_alice: Client, batch: Batch, asked: dict[str, str]
) -> None:
    answer = as_alice.get(reverse("answers-jsonl", args=[batch.pk]), asked)
    assert answer["Content-Disposition"] == 'attachment; filename="meters.jsonl"'
    assert len(b"".join(answer).splitlines()) == 3


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
        with django_assert_max_num_queries(6):
            taken(as_alice, batch, kind)


def test_a_table_for_other_countries_has_semicolons_and_commas(as_alice: Client, batch: Batch) -> None:
    batch.images.update(name="a;b,=1.png")
    text = taken(as_alice, batch, "csv", csv="semicolon").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert list(rows[0]) == HEADINGS
    assert (rows[0]["file"], rows[0]["confidence"]) == ("a;b,'=1.png", "0,8000")


@pytest.mark.parametrize(
    ("value", "table", "program"),
    [
        (12, "12", 12),
        (Decimal("-12.50"), "-12,50", -12.5),
        (2**53, "9007199254740992", 2**53),
        (2**53 + 1, "9007199254740993", "9007199254740993"),
        (Decimal("1234567890123.456"), "1234567890123,456", "1234567890123.456"),
        (Fraction(-7, 4), "-1,75", -1.75),
        (Fraction(1, 3), "0,333333333333333", "1/3"),
        (date(2024, 5, 12), "2024-05-12", "2024-05-12"),
        (time(7, 45), "07:45:00", "07:45:00"),
        ("007", "007", "007"),
        (None, "", None),
    ],
)
def test_a_value_is_exact_or_a_text(value: Value | None, table: str, program: object) -> None:
    assert cell(value, ",") == table
    assert exact(value) == program
    assert type(exact(value)) is type(program)


def test_numbers_can_be_taken_away_one_a_row(as_alice: Client, batch: Batch, alice: User) -> None:
    batch.images.first().correct(alice, "text", "12 13\n14")
    answer = as_alice.get(reverse("answers-jsonl", args=[batch.pk]), {"rows": "numbers"})
    assert answer["Content-Disposition"] == 'attachment; filename="meters-numbers.jsonl"'
    rows = [json.loads(line) for line in b"".join(answer).splitlines()]
    assert [(row["text"], row["line"], row["place"]) for row in rows[:3]] == [("12", 1, 1), ("13", 1, 2), ("14", 2, 1)]
    assert len(rows) == 5
    sheet = workbook(b"".join(as_alice.get(reverse("answers-xlsx", args=[batch.pk]), {"rows": "numbers"})))
    assert [row[1] for row in sheet[1:]] == ["12", "13", "14", "7", None]


@pytest.mark.parametrize(
    ("name", "plain", "shown"),
    [
        ("Zähler, Mai", "batch-{pk}.csv", "zähler-mai.csv"),
        ("数字" * 100, "batch-{pk}.csv", "数字" * 26 + "数.csv"),
        ('../"x"; filename=evil.exe', "x-filenameevilexe.csv", None),
        ("…", "batch-{pk}.csv", None),
    ],
)
def test_a_file_is_named_for_its_batch(
    as_alice: Client, batch: Batch, name: str, plain: str, shown: str | None
) -> None:
    Batch.objects.filter(pk=batch.pk).update(name=name)
    said = as_alice.get(reverse("answers-csv", args=[batch.pk]))["Content-Disposition"]
    names = re.fullmatch(r"""attachment; filename="([\w.-]+)"(?:; filename\*=UTF-8''([\w.%-]+))?""", said)
    assert names
    assert names[1] == plain.format(pk=batch.pk)
    assert (unquote(names[2]) if names[2] else None) == shown


def test_whatever_a_batch_shows_is_what_is_taken_away(as_alice: Client, batch: Batch) -> None:
    shows, orders = (dict(choices) for choices in (SelectionForm.SHOW, SelectionForm.SORT))
    for show, order, answer in product(shows, orders, ("", "7")):
        asked = {"show": show, "sort": order, "answer": answer}
        shown = [image.name for image in as_alice.get(batch.get_absolute_url(), asked).context["images"]]
        taken = b"".join(as_alice.get(reverse("answers-jsonl", args=[batch.pk]), asked)).splitlines()
        assert [json.loads(line)["file"] for line in taken] == shown, asked


@pytest.mark.parametrize("asked", [{}, {"answer": "0"}, {"outcome": "failed"}, {"reviewed": "no"}, {"name": "png"}])
def test_whatever_a_search_shows_is_what_is_taken_away(as_alice: Client, batch: Batch, asked: dict[str, str]) -> None:
    page = as_alice.get(reverse("history"), {"tab": "pictures", **asked})
    shown = [image.name for image in page.context["rows"].rows]
    (link,) = [link for link in links_to("jsonl", page.content.decode()) if "rows=" not in link]
    taken = b"".join(as_alice.get(link)).splitlines()
    assert [json.loads(line)["file"] for line in taken] == shown
    assert shown
