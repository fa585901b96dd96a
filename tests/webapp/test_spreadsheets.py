"""What spreadsheets make of what is taken away: openpyxl reads the file, LibreOffice opens it as people do."""

import csv
import io
import random
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook

from tests.webapp.conftest import BatchOf, Office
from tests.webapp.promise.conftest import HandIn, drawn, look, read
from webapp.exports import csv as tables
from webapp.exports import xlsx
from webapp.exports.row import headings
from webapp.exports.wanted import ALL, Wanted
from webapp.models import Batch, User
from webapp.models.hints import Hints
from webapp.notation import AS_WRITTEN, Kind, Notation

pytestmark = pytest.mark.django_db
HEADINGS = headings(ALL)
VALUE, REASON = HEADINGS.index("value"), HEADINGS.index("reason")
# Each sheet as a file of its own, cells as they look.
EACH_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,true,false,false,-1"
NUMBER, GERMAN = Notation(Kind.NUMBER), Notation(Kind.NUMBER, decimal=",", thousands=".")


def workbook(batch: Batch, wanted: Wanted | None = None) -> bytes:
    return b"".join(xlsx.export(batch.images.order_by("index"), wanted or Wanted(batch=batch)))


def opened(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def values(data: bytes) -> list[Cell]:
    return [row[VALUE] for row in opened(data).worksheets[0].iter_rows(min_row=2)]


def about(data: bytes) -> dict[object, object]:
    return dict(opened(data)["About"].iter_rows(values_only=True))


def sheet(folder: Path, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO((folder / f"{name}.csv").read_text("utf-8-sig"))))


@pytest.mark.parametrize(
    ("notation", "text", "value", "format"),
    [
        (AS_WRITTEN, "4079", 4079, "0"),
        (AS_WRITTEN, "-12.50", -12.5, "0.00"),
        (NUMBER, "007", 7, "000"),
        (NUMBER, "+3.5", 3.5, "+0.0;-0.0"),
        (NUMBER, "12,5 %", 0.125, r"0.0\ %"),
        (NUMBER, "50%", 0.5, "0%"),
        (NUMBER, "1 234", 1234, "#,##0"),
        (GERMAN, "1.234,50", 1234.5, "#,##0.00"),
        (Notation(Kind.NUMBER, unit="m³"), "12,50", 12.5, '0.00" m³"'),
        (Notation(Kind.NUMBER, unit='5" [Red]'), "12", 12, r'0" 5"\"" [Red]"'),
        (NUMBER, "123456789012345", 123456789012345, "0"),
        (NUMBER, "1" + "0" * 30, 1e30, "0"),
        (Notation(Kind.FRACTION), "-1 3/4", -1.75, "# ?/4"),
        (Notation(Kind.FRACTION), "7/12", 7 / 12, "?/12"),
        (Notation(Kind.DATE), "1. 2. 1999", datetime(1999, 2, 1), r"d\.\ m\.\ yyyy"),
        (Notation(Kind.DATE, date_order="mdy"), "12/05/24", datetime(2024, 12, 5), r"mm\/dd\/yy"),
        (Notation(Kind.DATE, date_order="mdy", year=2024), "12/5", datetime(2024, 12, 5), r"mm\/d"),
        (Notation(Kind.DATE), "2024-05-12", datetime(2024, 5, 12), r"yyyy\-mm\-dd"),
        (Notation(Kind.TIME), "7:45", time(7, 45), "h:mm"),
        (Notation(Kind.TIME), "07.45.10", time(7, 45, 10), r"hh\.mm\.ss"),
        (Notation(Kind.CODE), "0 12", "012", "@"),
    ],
)
def test_a_value_is_a_real_number_or_date_that_looks_as_it_was_written(
    batch_of: BatchOf, notation: Notation, text: str, value: object, format: str
) -> None:
    (cell,) = values(workbook(batch_of([text], notation)))
    assert (cell.value, cell.number_format) == (value, format)


@pytest.mark.parametrize(
    ("notation", "text", "value", "why"),
    [
        (NUMBER, "1234567890123456", "1234567890123456", "15 digits"),
        (NUMBER, "-12345678901234,56", "-12345678901234.56", "15 digits"),
        (NUMBER, "1" + "0" * 400, "1" + "0" * 400, "15 digits"),
        (NUMBER, "0." + "0" * 40 + "1", "0." + "0" * 40 + "1", "15 digits"),
        (Notation(Kind.FRACTION), "1/33333", "1/33333", "15 digits"),
        (Notation(Kind.DATE), "28.2.1900", "1900-02-28", "March 1900"),
    ],
)
def test_what_no_spreadsheet_can_hold_stays_text_and_says_so(
    batch_of: BatchOf, notation: Notation, text: str, value: str, why: str
) -> None:
    data = workbook(batch_of([text], notation))
    (row,) = opened(data).worksheets[0].iter_rows(min_row=2)
    assert (row[VALUE].value, row[VALUE].data_type) == (value, "s")
    assert why in str(row[REASON].value)


def test_what_was_written_stays_text(batch_of: BatchOf) -> None:
    cell = opened(workbook(batch_of(["007"], NUMBER))).worksheets[0].cell(2, HEADINGS.index("text") + 1)
    assert (cell.value, cell.data_type, cell.number_format) == ("007", "s", "@")


def test_a_sheet_is_ready_to_work_with(batch_of: BatchOf) -> None:
    batch = batch_of(["1", "2"])
    book = opened(workbook(batch, Wanted(batch=batch, picked=("to check", "by file name"))))
    first = book.worksheets[0]
    assert book.sheetnames == ["Meters, to check, by file name", "About"]
    assert first.freeze_panes == "B2"
    assert first.auto_filter.ref == "A1:Q3"
    assert book.active is first


def test_about_says_what_the_rows_are(batch_of: BatchOf) -> None:
    batch = batch_of(["1,50", "2,25", "x"], Notation(Kind.NUMBER, decimal=",", unit="€"))
    batch.know(Hints(signs=",", digits=3))
    found = about(workbook(batch, Wanted(batch=batch, picked=("accepted",))))
    assert found["Batch"] == "Meters"
    assert found["Only these"] == "accepted"
    assert (found["Pictures"], found["Pictures: checked"]) == (3, 3)
    assert found["Accepted at an expected precision of"] == batch.precision
    assert found["That is from a confidence of"] == batch.sure_from
    assert found["Known before reading"] == "no signs but “,”, 3 digits in each number"
    assert found["Notation"] == "numbers, decimal comma, in €"
    assert found["Sum of the column value"] == "=SUM('Meters, accepted'!C2:C4)"
    assert found["The exact sum"] == 3.75
    assert "Certificate" not in found, "nobody has looked"


def test_about_says_what_is_promised(alice: User, hand_in: HandIn, champion: None) -> None:
    batch = read(hand_in(alice, count=40), [0.999] * 40)
    drawn(batch, alice)
    look(batch, alice, 39, 7)
    promised = batch.certificate_sentence
    assert promised.startswith("At most 1 of the 40 answers accepted on ")
    with translation.override("de"):
        assert about(workbook(batch))["Certificate"] == promised


def test_days_are_not_added_up(batch_of: BatchOf) -> None:
    assert not [label for label in about(workbook(batch_of(["1.2.2024"], Notation(Kind.DATE)))) if "sum" in str(label)]


def test_what_is_too_long_for_a_spreadsheet_is_added_up_all_the_same(batch_of: BatchOf) -> None:
    found = about(workbook(batch_of(["9" * 20, "1", "0,5"], NUMBER)))
    assert found["The exact sum"] == "1" + "0" * 20 + ".5"
    assert found["Values that are text, so not in this sum"] == 1


def test_fractions_that_would_fill_pages_are_not_added_up(batch_of: BatchOf) -> None:
    batch = batch_of([f"1/{n}" for n in range(1, 300)], Notation(Kind.FRACTION))
    assert about(workbook(batch))["The exact sum"] == "too long to be written down"


@pytest.mark.parametrize(
    ("name", "sheets"),
    [
        ("About", ["About 1", "About"]),
        ("History", ["History 1", "About"]),
        ("May [1]/2: 'x'", ["May 1 2 'x", "About"]),
        ("'", ["Sheet1", "About"]),
        ("😀" * 30, ["😀" * 15, "About"]),
    ],
)
def test_any_batch_names_a_sheet(batch_of: BatchOf, name: str, sheets: list[str]) -> None:
    assert opened(workbook(batch_of(["1"], name=name))).sheetnames == sheets


def test_the_sum_is_of_all_sheets(
    batch_of: BatchOf, monkeypatch: pytest.MonkeyPatch, office: Office, tmp_path: Path
) -> None:
    monkeypatch.setattr(xlsx, "ROWS_A_SHEET", 2)
    data = workbook(batch_of(["1", "2", "4", "8", "16"], name="It's 1"))
    assert opened(data).sheetnames == ["It's 1", "About", "It's 1 2", "It's 1 3"]
    (tmp_path / "sheets.xlsx").write_bytes(data)
    told = dict(sheet(office.convert([tmp_path / "sheets.xlsx"], EACH_SHEET), "sheets-About"))
    assert told["Sum of the column value"] == told["The exact sum"] == "31"


def written(amount: Decimal, chance: random.Random) -> str:
    """As people write it: with or without a sign between thousands."""
    said = f"{amount:,.2f}" if chance.random() < 0.5 else f"{amount:.2f}"
    return said.translate({ord(","): ".", ord("."): ","})


def test_a_thousand_amounts_add_up_to_the_cent(batch_of: BatchOf, office: Office, tmp_path: Path) -> None:
    chance = random.Random(20261129)
    amounts = [Decimal(chance.randint(-(10**8), 10**9)) / 100 for _ in range(1000)]
    total = sum(amounts)
    data = workbook(batch_of([written(amount, chance) for amount in amounts], GERMAN, name="Amounts"))
    assert [Decimal(str(cell.value)) for cell in values(data)] == amounts
    assert Decimal(str(about(data)["The exact sum"])) == total
    assert about(data)["Sum of the column value"] == "=SUM(Amounts!C2:C1001)"
    (tmp_path / "amounts.xlsx").write_bytes(data)
    told = dict(sheet(office.convert([tmp_path / "amounts.xlsx"], EACH_SHEET), "amounts-About"))
    assert told["Sum of the column value"] == told["The exact sum"] == f"{total:,.2f}"


LOOKS = {
    "numbers": (
        GERMAN,
        {"1.234,50": "1,234.50", "12,5 %": "12.5 %", "-3": "-3", "+7": "+7", "0,125": "0.125", "05": "05"},
    ),
    "units": (Notation(Kind.NUMBER, unit="kWh"), {"12,50": "12.50 kWh"}),
    "fractions": (Notation(Kind.FRACTION), {"3/4": "3/4", "2/4": "2/4", "-1 3/16": "-1 3/16"}),
    "days": (
        Notation(Kind.DATE, year=2024),
        {"1. 2. 1999": "1. 2. 1999", "12/05/24": "12/05/24", "31.12.": "31.12.", "2024-05-06": "2024-05-06"},
    ),
    "times": (Notation(Kind.TIME), {"7:45": "7:45", "07.45": "07.45", "23:59:58": "23:59:58"}),
    "codes": (Notation(Kind.CODE), {"007": "007", "0 12": "012", "12345678901234567890": "12345678901234567890"}),
}


def test_cells_look_as_they_were_written(batch_of: BatchOf, office: Office, tmp_path: Path) -> None:
    files = []
    for name, (notation, texts) in LOOKS.items():
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(workbook(batch_of(list(texts), notation, name)))
    folder = office.convert(files, EACH_SHEET)
    for name, (_, texts) in LOOKS.items():
        shown = sheet(folder, f"{name}-{name}")[1:]
        assert {row[HEADINGS.index("text")]: row[VALUE].strip() for row in shown} == texts


def table(batch: Batch, semicolons: bool) -> bytes:
    return b"".join(tables.export(batch.images.order_by("index"), Wanted(semicolons=semicolons)))


ENGLISH, GERMANY = "1033", "1031"


@pytest.mark.parametrize(("semicolons", "separator", "country"), [(False, 44, ENGLISH), (True, 59, GERMANY)])
def test_a_table_opens_in_its_country_with_numbers_and_dates(
    batch_of: BatchOf, office: Office, tmp_path: Path, semicolons: bool, separator: int, country: str
) -> None:
    amounts, days = tmp_path / "amounts.csv", tmp_path / "days.csv"
    amounts.write_bytes(table(batch_of(["1.234,50", "-0,05", "12,5 %"], GERMAN), semicolons))
    days.write_bytes(table(batch_of(["12.5.2024"], Notation(Kind.DATE)), semicolons))
    folder = office.convert([amounts, days], "xlsx", f"--infilter=CSV:{separator},34,76,1,,{country},false,true")
    assert [cell.value for cell in values((folder / "amounts.xlsx").read_bytes())] == [1234.5, -0.05, 0.125]
    (day,) = values((folder / "days.xlsx").read_bytes())
    assert day.is_date
    assert day.value.date() == date(2024, 5, 12)


FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "a,=1+1",
    "a;=1+1",
    "a\t=1+1",
    "-1;=1+1",
    "-1,=1+1",
    "x\n=1+1",
    '"=1+1',
    '",=1+1',
    '";=1+1',
]


@pytest.mark.parametrize("separator", [44, 59])
def test_no_table_has_a_formula_whatever_parts_its_cells(
    batch_of: BatchOf, office: Office, tmp_path: Path, separator: int
) -> None:
    batch = batch_of(["1"] * len(FORMULAS))
    for image, name in zip(batch.images.order_by("index"), FORMULAS, strict=True):
        batch.images.filter(pk=image.pk).update(name=name)
    files = [tmp_path / "commas.csv", tmp_path / "semicolons.csv"]
    for semicolons, file in enumerate(files):
        file.write_bytes(table(batch, bool(semicolons)))
    folder = office.convert(
        files, "xlsx", f"--infilter=CSV:{separator},34,76,1,,{ENGLISH},false,true,false,false,false,-1,true"
    )
    for file in files:
        cells = [cell for row in opened((folder / f"{file.stem}.xlsx").read_bytes()).active for cell in row]
        assert len(cells) > 2 * len(FORMULAS)
        assert [cell.value for cell in cells if cell.data_type == "f"] == []
