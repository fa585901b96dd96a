"""A workbook. What was written is text, so that leading zeros stay and nothing is a formula; what it is worth stands
beside it as a number, date or time that a spreadsheet computes with."""

import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import BinaryIO

from django.utils import translation
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

from webapp.exports.about import lines, local
from webapp.exports.cells import Cell, cell
from webapp.exports.names import sheet_name
from webapp.exports.row import Row, columns, fetched, headings, rows_of
from webapp.exports.tally import Tally
from webapp.exports.wanted import ALL, Wanted
from webapp.models import Image
from webapp.models.image import picture_type
from webapp.models.images import ImageQuerySet

ROWS_A_SHEET = 1_000_000  # Excel ends at 1,048,576
LONGEST_TEXT = 32_767  # of a cell
# Each lies in memory until the workbook is closed.
MOST_THUMBNAILS = 5_000
THUMBNAIL_ROW = 36  # points
PIXELS_A_POINT = 96 / 72
PIECE = 256 * 1024
NARROW, MEDIUM, WIDE = 7, 17, 40
WIDTHS = {
    **dict.fromkeys(("page", "line", "place"), NARROW),
    **dict.fromkeys(("text", "value", "earlier", "checked at", "model text", "handed in"), MEDIUM),
    **dict.fromkeys(("reason", "error"), WIDE),
    **{"file": 28, "batch": 22, "model": 14},
}
VALUE = Row._fields.index("value")
PERCENT, MOMENT, COUNT = "0.0%", "yyyy-mm-dd hh:mm", "0"


def export(images: ImageQuerySet, wanted: Wanted = ALL) -> Iterator[bytes]:
    """The workbook is a ZIP whose parts are written last, so it is made in a file that nobody else can open."""
    with tempfile.TemporaryFile() as file:
        Book(file, wanted).write(images)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


class Book:
    """A sheet of rows and one about them; where a sheet is full the rows go on in another."""

    def __init__(self, file: BinaryIO, wanted: Wanted) -> None:
        self.book = Workbook(file, {"constant_memory": True})
        self.wanted = wanted
        self.columns = columns(wanted)
        self.formats: dict[tuple[str, bool], Format] = {}
        self.bold = self.book.add_format({"bold": True, "valign": "top"})
        self.tally = Tally()
        self.sheets: list[Worksheet] = []
        self.begin_sheet()
        self.about = self.book.add_worksheet("About")

    def write(self, images: ImageQuerySet) -> None:
        for image in fetched(images, self.wanted):
            self.add(image)
        self.end_sheet()
        with translation.override("en"):
            self.write_about()
        self.book.close()

    def begin_sheet(self) -> None:
        shown = headings(self.wanted) + ["picture"] * self.wanted.thumbnails
        sheet = self.book.add_worksheet(sheet_name(self.wanted, len(self.sheets) + 1))
        for column, heading in enumerate(shown):
            sheet.set_column(column, column, WIDTHS.get(heading, 12))
        sheet.write_row(0, 0, shown, self.bold)
        sheet.freeze_panes(1, 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(len(self.columns) - 1)}1048576"})
        self.sheets.append(sheet)
        self.place = 0  # of the last row; the head is 0

    def end_sheet(self) -> None:
        self.sheets[-1].autofilter(0, 0, self.place, len(self.columns) - 1)

    def add(self, image: Image) -> None:
        rows = rows_of(image, self.wanted)
        self.tally.count_picture(rows[0])
        for count, row in enumerate(rows):
            if self.place == ROWS_A_SHEET:
                self.end_sheet()
                self.begin_sheet()
            self.place += 1
            self.write_row(row, image)
            if self.wanted.thumbnails and not count and self.tally.pictures <= MOST_THUMBNAILS:
                insert_thumbnail(self.sheets[-1], self.place, len(self.columns), image)

    def write_row(self, row: Row, image: Image) -> None:
        worth = None if row.value is None else cell(row.value, row.text, image.batch.noted)
        self.tally.count_row(row, worth)
        if worth and worth.note:
            row = row._replace(reason=f"{row.reason} {worth.note}".strip())
        cells = {name: plain_cell(getattr(row, name)) for name in self.columns} | {"value": worth}
        if row.earlier is not None and self.wanted.earlier:
            cells["earlier"] = cell(row.earlier, image.earlier, image.batch.noted)
        for column, found in enumerate(cells.values()):
            if found:
                write_cell(self.sheets[-1], self.place, column, found, self.format(found.format))

    def format(self, shown: str, about: bool = False) -> Format:
        if (shown, about) not in self.formats:
            more = {"align": "left", "text_wrap": True} if about else {}
            self.formats[shown, about] = self.book.add_format({"num_format": shown, **more})
        return self.formats[shown, about]

    def write_about(self) -> None:
        self.about.set_column(0, 0, 38)
        self.about.set_column(1, 1, 60)
        for place, line in enumerate(lines(self.wanted, self.tally, self.values())):
            shown = self.format(line.cell.format, about=True)
            self.about.write_string(place, 0, line.label, self.bold)
            if line.formula:
                self.about.write_formula(place, 1, line.formula, shown, line.cell.value)
            else:
                write_cell(self.about, place, 1, line.cell, shown)

    def values(self) -> str:
        """Every place of a value, as a formula names them."""
        ends = [*[ROWS_A_SHEET] * (len(self.sheets) - 1), max(self.place, 1)]
        names = [quote_sheetname(sheet.get_name()) for sheet in self.sheets]
        return ",".join(f"{name}!{xl_range(1, VALUE, end, VALUE)}" for name, end in zip(names, ends, strict=True))


def plain_cell(value: object) -> Cell | None:
    if isinstance(value, datetime):
        return Cell(local(value), MOMENT)
    if isinstance(value, int | float):
        return Cell(value, COUNT if isinstance(value, int) else PERCENT)
    return Cell(str(value)) if value else None


def write_cell(sheet: Worksheet, row: int, column: int, written: Cell, shown: Format) -> None:
    value = written.value
    if isinstance(value, date | time):
        sheet.write_datetime(row, column, value, shown)
    elif isinstance(value, str):
        sheet.write_string(row, column, value[:LONGEST_TEXT], shown)
    else:
        sheet.write_number(row, column, value, shown)


def insert_thumbnail(sheet: Worksheet, place: int, column: int, image: Image) -> None:
    """The copy where it is a small PNG, else the glyphs that the model saw: a spreadsheet shows no WebP."""
    said = image.prediction
    copies = [bytes(data) for data in (said.copy, said.glyphs) if data] if said else []
    picture = next((copy for copy in copies if picture_type(copy) == "image/png" and len(copy) > 24), None)
    if picture is None:
        return
    height = int.from_bytes(picture[20:24])  # where a PNG's header has it
    scale = THUMBNAIL_ROW * PIXELS_A_POINT * 0.9 / max(height, 1)
    sheet.set_row(place, THUMBNAIL_ROW)
    options = {"image_data": io.BytesIO(picture), "x_scale": scale, "y_scale": scale, "object_position": 1}
    sheet.insert_image(place, column, f"{image.pk}.png", options)
