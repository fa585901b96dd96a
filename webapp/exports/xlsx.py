"""A workbook. Cells are text where they look like text, so that leading zeros stay and nothing is a formula."""

import io
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from webapp.exports.row import HEADINGS, ROWS_AT_ONCE, Row
from webapp.models import Image
from webapp.models.image import picture_type
from webapp.models.images import ImageQuerySet

ROWS_A_SHEET = 1_000_000  # Excel ends at 1,048,576
# Each lies in memory until the workbook is closed.
MOST_THUMBNAILS = 5_000
THUMBNAIL_ROW = 36  # points
PIXELS_A_POINT = 96 / 72
PIECE = 256 * 1024
LONGEST_NAME = 31  # of a sheet
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
WIDTHS = {"file": 28, "text": 14, "checked at": 17, "model": 14, "batch": 22, "handed in": 17, "error": 40}


def export(images: ImageQuerySet, thumbnails: bool = False, title: str = "") -> Iterator[bytes]:
    """The workbook is a ZIP whose parts are written last, so it is made in a file that nobody else can open."""
    with tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
        write(book, images, thumbnails, title)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def write(book: Workbook, images: ImageQuerySet, thumbnails: bool, title: str) -> None:
    sheet, place = None, 0
    percent, written = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "@"})
    found = images.with_answers()
    found = found.defer("prediction__digits", "prediction__lines") if thumbnails else found.without_pixels()
    for count, image in enumerate(found.iterator(chunk_size=200 if thumbnails else ROWS_AT_ONCE)):
        place = count % ROWS_A_SHEET + 1
        if place == 1:
            sheet = new_sheet(book, thumbnails, title)
        assert sheet is not None
        write_row(sheet, place, Row.of(image), percent, written)
        if thumbnails and count < MOST_THUMBNAILS:
            insert_thumbnail(sheet, place, image)
    if sheet is None:
        new_sheet(book, thumbnails, title)
    book.close()


def sheet_name(title: str, number: int) -> str | None:
    """As Excel takes it; None for its own."""
    more = f" {number}" if number > 1 else ""
    name = NOT_IN_A_NAME.sub(" ", title)[: LONGEST_NAME - len(more)].strip("' ")
    return name + more if name else None


def new_sheet(book: Workbook, thumbnails: bool, title: str) -> Worksheet:
    sheet = book.add_worksheet(sheet_name(title, len(book.worksheets()) + 1))
    headings = (*HEADINGS, "picture") if thumbnails else HEADINGS
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, WIDTHS.get(heading, 12))
    sheet.write_row(0, 0, headings, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:K1048576"})
    return sheet


def write_row(sheet: Worksheet, place: int, row: Row, percent: object, written: object) -> None:
    for column, value in enumerate(row):
        if isinstance(value, datetime):
            sheet.write_datetime(place, column, timezone.localtime(value).replace(tzinfo=None))
        elif isinstance(value, float):
            sheet.write_number(place, column, value, percent)
        elif value:
            sheet.write_string(place, column, str(value), written)


def insert_thumbnail(sheet: Worksheet, place: int, image: Image) -> None:
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
    sheet.insert_image(place, len(HEADINGS), f"{image.pk}.png", options)
