"""A picture as a row: what every format has in it, in this order."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from webapp.models import Image
from webapp.models.images import ImageQuerySet

ROWS_AT_ONCE = 2000


class Row(NamedTuple):
    file: str
    text: str  # as it is written, never a value: leading zeros count
    confidence: float | None
    outcome: str
    checked_by: str
    checked_at: datetime | None
    model_text: str
    model: str
    batch: str
    handed_in: datetime
    error: str

    @classmethod
    def of(cls, image: Image) -> "Row":
        said, word = image.prediction, image.review
        return cls(
            file=image.name,
            text=image.answer,
            confidence=round(said.confidence, 4) if said else None,
            outcome=word.outcome if word else said.outcome if said else image.state,
            checked_by=str(word.reviewer or "") if word else "",
            checked_at=word.created_at if word else None,
            model_text=said.text if said else "",
            model=str(said.model_version) if said else "",
            batch=image.batch.name,
            handed_in=image.created_at,
            error=image.error,
        )


# As a spreadsheet's head shows them.
HEADINGS = tuple(field.replace("_", " ") for field in Row._fields)


def rows(images: ImageQuerySet) -> Iterator[Row]:
    """However many pictures there are, only some of them are in memory."""
    for image in images.with_answers().without_pixels().iterator(chunk_size=ROWS_AT_ONCE):
        yield Row.of(image)
