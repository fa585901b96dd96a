"""All that is kept of one person, as a ZIP that is sent while it is made."""

import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder

from webapp.access import owned
from webapp.exports.jsonl import as_object
from webapp.exports.row import ROWS_AT_ONCE, rows_of
from webapp.exports.wanted import ALL
from webapp.models import ApiToken, EarlierValue, Image, Review, User

PIECE = 256 * 1024


class Spill:
    """A file that only grows, and hands over what has been written since."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def archive(user: User) -> Iterator[bytes]:
    """Who one is here, every answer and correction, and every picture exactly as it was handed in."""
    spill = Spill()
    with zipfile.ZipFile(spill, "w") as bag:  # type: ignore[call-overload]
        bag.writestr("account.json", line(about(user)))
        yield from lines(bag, spill, "answers.jsonl", answers(user))
        yield from lines(bag, spill, "reviews.jsonl", reviews(user))
        yield from lines(bag, spill, "earlier.jsonl", earlier(user))
        for image in owned(Image.objects.all(), user).order_by("pk").iterator(chunk_size=ROWS_AT_ONCE):
            yield from picture(bag, spill, image)
    yield spill.taken()


def line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode() + b"\n"


def about(user: User) -> dict[str, Any]:
    kept = ("username", "email", "first_name", "last_name", "date_joined", "last_login", "mail_when_done")
    tokens = list(owned(ApiToken.objects.all(), user).values("name", "scopes", "created_at", "expires_at", "used_at"))
    return {field: getattr(user, field) for field in kept} | {"api_tokens": tokens}


def answers(user: User) -> Iterator[dict[str, Any]]:
    images = owned(Image.objects.all(), user).order_by("pk").with_answers().without_pixels()
    for image in images.iterator(chunk_size=ROWS_AT_ONCE):
        yield from ({"picture": path(image), **as_object(row, ALL)} for row in rows_of(image, ALL))


def reviews(user: User) -> Iterator[dict[str, Any]]:
    rows = owned(Review.objects.all(), user)
    said = ("verdict", "text", "model_said", "sampled", "beside", "created_at")
    fields = ("image_id", "image__name", "reviewer__username", *said)
    yield from rows.order_by("pk").values(*fields).iterator(chunk_size=ROWS_AT_ONCE)


def earlier(user: User) -> Iterator[dict[str, Any]]:
    """What pictures had the last time, those that never came, too."""
    rows = owned(EarlierValue.objects.all(), user).order_by("pk")
    for batch, name, text in rows.values_list("batch", "name", "text").iterator(chunk_size=ROWS_AT_ONCE):
        yield {"batch": batch, "name": name, "text": text}


def lines(bag: zipfile.ZipFile, spill: Spill, name: str, rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    with bag.open(name, "w", force_zip64=True) as entry:
        for row in rows:
            entry.write(line(row))
            if len(spill.pieces) > ROWS_AT_ONCE:
                yield spill.taken()
    yield spill.taken()


def path(image: Image) -> str:
    """Numbers first, so that two files of one name stay two; nothing in it that could lead out of the folder."""
    name = re.sub(r"[^\w.-]", "_", image.name)[-100:]
    return f"pictures/{image.batch_id}/{image.index:05}-{name}"


def picture(bag: zipfile.ZipFile, spill: Spill, image: Image) -> Iterator[bytes]:
    try:
        file = default_storage.open(image.key)
    except FileNotFoundError:
        return
    with file, bag.open(path(image), "w", force_zip64=True) as entry:
        while piece := file.read(PIECE):
            entry.write(piece)
            yield spill.taken()
    yield spill.taken()
