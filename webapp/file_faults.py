"""What is wrong with a file, in sentences: with a picture's, and with one that holds several pictures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Values = Mapping[str, Any]


class OneOf:
    """A sentence for each word that the value of this name may be."""

    def __init__(self, name: str, sentences: "dict[str, _StrPromise]") -> None:
        self.name = name
        self.sentences = sentences

    def of(self, values: Values) -> str:
        return str(self.sentences[values[self.name]])


PICTURES = {
    "empty": _("This file is empty."),
    "file_too_large": _("This file is %(size)s MB; the limit is %(most)s MB."),
    "not_a_picture": OneOf(
        "looks_like",
        {
            "": _("This file is not a picture we can read."),
            "pdf": _("This file is not a picture we can read (it looks like a PDF: hand in its pages as pictures)."),
            "postscript": _("This file is not a picture we can read (it looks like PostScript)."),
            "zip": _(
                "This file is not a picture we can read (it looks like a zip archive: unpack it and "
                "hand in the folder)."
            ),
            "svg": _("This file is not a picture we can read (it looks like an SVG drawing)."),
            "xml": _("This file is not a picture we can read (it looks like XML)."),
            "html": _("This file is not a picture we can read (it looks like a web page)."),
            "video": _("This file is not a picture we can read (it looks like a video)."),
            "text": _("This file is not a picture we can read (it looks like text)."),
        },
    ),
    "too_many_pages": _("Only the first %(most)s pages of a file are read."),
    "too_large": _("This picture is larger than we can open."),
    "damaged_header": _("This picture is damaged: its header makes no sense."),
    "damaged": _("This picture is damaged and cannot be opened."),
    "truncated": _("This picture is incomplete: the end of the file is missing."),
    "no_size": _("This picture is damaged: it has no width or no height."),
    "too_many_pixels": _("This picture is %(width)s × %(height)s pixels; the limit is %(most)s megapixels."),
    "wrong_checksum": _("This picture is damaged: a checksum inside it is wrong."),
    "too_many_chunks": _("This picture is damaged: it is made of too many pieces."),
    "too_much_metadata": _("This picture carries more hidden text than picture."),
    "too_many_scans": _("This picture is stored in more passes than we can follow."),
    "tile_too_large": _(
        "This picture is stored in tiles of %(width)s × %(height)s pixels; the limit is %(most)s megapixels."
    ),
    "picture_too_slow": _("Opening this picture takes more than %(seconds)s seconds."),
    "crashed": _("This file is damaged or asks for too much: opening it took more memory than a file may, or crashed."),
    "file_lost": _("The stored file of this picture is missing, so it cannot be read."),
    "file_closed": _("The stored file of this picture could not be opened. Try again later."),
    "reader_broke": _(
        "Something went wrong on our side while reading this picture. It has been written down; try again later."
    ),
    "gave_up": _("Reading this picture stopped the reader again and again, so it was set aside."),
    "rereading_gave_up": _("Reading this picture again stopped the reader again and again, so it was left as it is."),
}
ARCHIVES = {
    "not_a_pdf": _("This file is not a PDF, whatever its name says."),
    "not_an_archive": _("This file is not a zip archive, whatever its name says."),
    "archive_empty": _("There is no picture in this archive."),
    "archive_damaged": _("This archive is damaged or incomplete: its table of contents cannot be read."),
    "archive_too_large": _("This archive would unpack to far more than pictures need."),
    "archive_locked": _("This archive is locked with a password. Pack it without one."),
    "archive_nested": _("An archive inside an archive is not opened."),
    "package": OneOf(
        "kind",
        {
            "word": _("This is a Word document, not a picture or an archive of pictures. Export it as PDF."),
            "excel": _("This is an Excel workbook, not a picture or an archive of pictures. Export it as PDF."),
            "powerpoint": _(
                "This is a PowerPoint presentation, not a picture or an archive of pictures. Export it as PDF."
            ),
            "opendocument": _(
                "This is an OpenDocument file, not a picture or an archive of pictures. Export it as PDF."
            ),
            "book": _("This is an e-book, not a picture or an archive of pictures. Export it as PDF."),
            "android": _("This is an Android app, not a picture or an archive of pictures."),
            "java": _("This is a Java program, not a picture or an archive of pictures."),
        },
    ),
    "archive_hostile": OneOf(
        "why",
        {
            "no_name": _("This archive is refused: an entry has no name."),
            "leads_out": _("This archive is refused: an entry's name leads out of its folder."),
            "link": _("This archive is refused: it holds a link or a device instead of a file."),
            "overlap": _("This archive is refused: its entries overlap."),
        },
    ),
    "file_too_slow": _("To open what is in this file takes more time than one file may."),
    "entry_too_large": _("This file is larger than %(most)s MB."),
    "entry_damaged": _("This entry of the archive is damaged."),
    "too_many_pictures": _("This file holds more than %(most)s pictures. Hand it in in parts."),
    "pdf_locked": _("This PDF is locked with a password. Save it without one."),
    "pdf_damaged": _("This PDF is damaged and cannot be opened."),
    "pdf_too_many_pages": _("This PDF has %(count)s pages; at most %(most)s are read."),
    "pdf_too_slow": _("Opening this PDF takes more than %(seconds)s seconds: it is damaged, or made to take long."),
    "pdf_empty": _("This PDF has no pages."),
    "page_damaged": _("This page of the PDF is damaged and cannot be drawn."),
    "page_too_slow": _("Drawing this page of the PDF takes more than %(seconds)s seconds. Hand it in as a picture."),
    "page_not_drawn": _("This page was not drawn, because another page of the same file took too long."),
    "budget_spent": _("This was not opened: what stands before it in the same file took more time than one file may."),
    "opening_share_spent": _(
        "Opening your files has taken %(minutes)s minutes of this hour, as much as one person may. Try it again in the "
        "next hour: it goes on where it stopped."
    ),
    "unpacking_broke": _(
        "Something went wrong on our side while unpacking this file. It has been written down; try again later."
    ),
    "unpacking_gave_up": _("Unpacking this file stopped the worker again and again, so it was set aside."),
}
