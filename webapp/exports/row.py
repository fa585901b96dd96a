"""A picture, or one of its numbers, as a row: what every format has in it, in this order."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.utils import translation

from webapp.exports.parts import Part, parts
from webapp.exports.reason import STATES, reason
from webapp.exports.wanted import ALL, Wanted
from webapp.models import Image
from webapp.models.images import ImageQuerySet
from webapp.notation import Value

ROWS_AT_ONCE = 2000
# Of what has pixels, or lines that may be a page long.
LONG_ROWS_AT_ONCE = 200
# As what is taken out of a PDF or TIFF is called (recognizer.files.piece.page_name).
PAGE = re.compile(r", page ([0-9]{1,9})\Z")


class Row(NamedTuple):
    file: str
    text: str  # as it is written: leading zeros count
    value: Value | None
    earlier: Value | None  # of a batch that has some
    state: str
    reason: str
    confidence: float | None
    page: int | None
    line: int | None
    place: int | None
    outcome: str
    checked_by: str
    checked_at: datetime | None
    model_text: str
    model: str
    batch: str
    handed_in: datetime
    error: str

    @classmethod
    def of(cls, image: Image, part: Part | None = None) -> "Row":
        """Of the whole picture, or of one of its numbers."""
        said, word = image.prediction, image.review
        text = part.text if part else image.answer
        sure = part.confidence if part else image.likely if said else None
        return cls(
            file=image.name,
            text=text,
            value=image.worth(text),
            earlier=image.earlier_value,
            state=STATES.get(image.standing, image.standing),
            reason=reason(image, text, part),
            confidence=None if sure is None else round(sure, 4),
            page=page_of(image.name),
            line=part.line if part else None,
            place=part.place if part else None,
            outcome=word.outcome if word else said.outcome if said else image.state,
            checked_by=str(word.reviewer or "") if word else "",
            checked_at=word.created_at if word else None,
            model_text=part.model_text if part else said.text if said else "",
            model=str(said.model_version) if said else "",
            batch=image.batch.name,
            handed_in=image.created_at,
            error=image.error,
        )


def page_of(name: str) -> int | None:
    match = PAGE.search(name)
    return int(match[1]) if match else None


def columns(wanted: Wanted) -> tuple[str, ...]:
    """The fields that are taken away."""
    return tuple(field for field in Row._fields if field != "earlier" or wanted.earlier)


def headings(wanted: Wanted) -> list[str]:
    """As a spreadsheet's head shows them."""
    return [column.replace("_", " ") for column in columns(wanted)]


def rows(images: ImageQuerySet, wanted: Wanted = ALL) -> Iterator[Row]:
    for image in fetched(images, wanted):
        yield from rows_of(image, wanted)


def fetched(images: ImageQuerySet, wanted: Wanted) -> Iterator[Image]:
    """However many pictures there are, only some of them are in memory, with no more than is asked for."""
    unneeded = ["prediction__digits"]
    if not wanted.by_number:
        unneeded.append("prediction__lines")
    if not wanted.thumbnails:
        unneeded += ["prediction__glyphs", "prediction__copy"]
    at_once = LONG_ROWS_AT_ONCE if wanted.by_number or wanted.thumbnails else ROWS_AT_ONCE
    return images.with_answers().defer(*unneeded).iterator(chunk_size=at_once)


def rows_of(image: Image, wanted: Wanted) -> list[Row]:
    """The same in every language."""
    with translation.override(None):
        several = parts(image) if wanted.by_number else []
        return [Row.of(image, part) for part in several] or [Row.of(image)]
