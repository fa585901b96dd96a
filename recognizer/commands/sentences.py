"""What is said of a fault on the command line, in English; the site has these sentences in its visitors' languages."""

from collections.abc import Mapping
from typing import Any

from recognizer.page import Fault

SENTENCES = {
    "empty": "This file is empty.",
    "file_too_large": "This file is {size:,} MB; the limit is {most:,} MB.",
    "not_a_picture": "This file is not a picture we can read{looks_like}.",
    "too_many_pages": "Only the first {most:,} pages of a file are read.",
    "too_large": "This picture is larger than we can open.",
    "damaged_header": "This picture is damaged: its header makes no sense.",
    "damaged": "This picture is damaged and cannot be opened.",
    "truncated": "This picture is incomplete: the end of the file is missing.",
    "no_size": "This picture is damaged: it has no width or no height.",
    "too_many_pixels": "This picture is {width:,} × {height:,} pixels; the limit is {most:,} megapixels.",
    "wrong_checksum": "This picture is damaged: a checksum inside it is wrong.",
    "too_many_chunks": "This picture is damaged: it is made of too many pieces.",
    "too_much_metadata": "This picture carries more hidden text than picture.",
    "too_many_scans": "This picture is stored in more passes than we can follow.",
    "tile_too_large": (
        "This picture is stored in tiles of {width:,} × {height:,} pixels; the limit is {most:,} megapixels."
    ),
    "picture_too_slow": "Opening this picture takes more than {seconds:,} seconds.",
    "crashed": "This file is damaged or asks for too much: opening it took more memory than a file may, or crashed.",
    "budget_spent": "This was not opened: what stands before it in the same file took more time than one file may.",
    "pdf_too_slow": "Opening this PDF takes more than {seconds:,} seconds: it is damaged, or made to take long.",
    "pdf_locked": "This PDF is locked with a password. Save it without one.",
    "pdf_damaged": "This PDF is damaged and cannot be opened.",
    "pdf_too_many_pages": "This PDF has {count:,} pages; at most {most:,} are read.",
    "pdf_empty": "This PDF has no pages.",
    "page_too_slow": "Drawing this page of the PDF takes more than {seconds:,} seconds. Hand it in as a picture.",
    "page_not_drawn": "This page was not drawn, because another page of the same file took too long.",
    "page_damaged": "This page of the PDF is damaged and cannot be drawn.",
    "cannot_be_opened": "This file cannot be opened: {reason}.",
}
LOOKS_LIKE = {
    "": "",
    "pdf": " (it looks like a PDF: hand in its pages as pictures)",
    "postscript": " (it looks like PostScript)",
    "zip": " (it looks like a zip archive: unpack it and hand in the folder)",
    "svg": " (it looks like an SVG drawing)",
    "xml": " (it looks like XML)",
    "html": " (it looks like a web page)",
    "video": " (it looks like a video)",
    "text": " (it looks like text)",
}
NOTES = {
    "light_ink": "light ink on dark paper",
    "low_contrast": "low contrast",
    "touches_edge": "touches the edge",
    "more_marks": "more marks than are read of one picture; the rest was left out",
    "turned_by_camera": "turned as the camera noted",
    "turned_page": "the page was turned",
    "transparent": "transparent",
    "fully_transparent": "fully transparent",
}


def sentence(fault: Fault) -> str:
    values: Mapping[str, Any] = fault.values
    if fault.code == "not_a_picture":
        values = {"looks_like": LOOKS_LIKE[values["looks_like"]]}
    return SENTENCES[fault.code].format_map(values)
