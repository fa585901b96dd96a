"""What files and sheets are called: as their batch, and by what was picked out of it."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from django.utils.text import slugify

from webapp.exports.wanted import Wanted

LONGEST_SHEET = 31  # of its name, in UTF-16
ROOM_FOR_PICKED = 20
NOT_IN_A_SHEET = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]")
RESERVED = {"history", "about"}  # Excel's own, and ours
LONGEST_FILE = 160  # bytes, so that its ending and a browser's own (2) fit whatever the disk


def units(text: str) -> int:
    """As Excel counts."""
    return len(text.encode("utf-16-le")) // 2


def fitting(text: str, room: int) -> str:
    while units(text) > room:
        text = text[:-1]
    return text.strip("' ")


def allowed(text: str) -> str:
    return " ".join(NOT_IN_A_SHEET.sub(" ", text).split()).strip("' ")


def sheet_name(wanted: Wanted, number: int) -> str | None:
    """As Excel takes it; None for its own."""
    more = f" {number}" if number > 1 else ""
    room = LONGEST_SHEET - len(more)
    name, picked = allowed(wanted.batch.name if wanted.batch else "Answers"), allowed(", ".join(wanted.picked))
    if name and picked:
        picked = fitting(picked, max(ROOM_FOR_PICKED, room - units(name) - 2))
        name = f"{fitting(name, room - units(picked) - 2)}, {picked}"
    name = fitting(name or picked, room)
    if name.lower() in RESERVED and not more:
        more = " 1"
    return name + more if name else None


def disposition(wanted: Wanted, ending: str) -> str:
    """Content-Disposition as RFC 6266 has it: the name, and one in ASCII for who does not know of others."""
    batch = wanted.batch
    names = [slugify(batch.name, allow_unicode=True) or f"batch-{batch.pk}" if batch else "answers"]
    name = stem([*names, *wanted.picked], wanted)
    if name.isascii():
        return f'attachment; filename="{name}.{ending}"'
    plain = stem([f"batch-{batch.pk}" if batch else "answers", *wanted.picked], wanted, allow_unicode=False)
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(f'{name}.{ending}')}"


def stem(words: Sequence[str], wanted: Wanted, allow_unicode: bool = True) -> str:
    said = [*words, "numbers" if wanted.by_number else ""]
    whole = "-".join(filter(None, (slugify(word, allow_unicode=allow_unicode) for word in said)))
    return whole.encode()[:LONGEST_FILE].decode(errors="ignore").strip("-")
