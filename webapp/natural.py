"""Names in the order in which people count: IMG_2 before IMG_10."""

import re
import unicodedata

# Of a name this much decides: an index entry has an end, and names have at most 255 characters.
KEY_BYTES = 600
NUMBER = re.compile("[0-9]+")
FOLDER, ENDING = "\x01", "\x00"  # before whatever a name has, so that what is in a folder stays together


def natural_key(name: str) -> bytes:
    """Bytes in whose order names sort as people count, in any database and whatever its collation.

    Case and accents do not count, nor do zeros before a number; an ending only where all else is the same, so that
    `scan.png` comes before `scan (2).png`.
    """
    folders, slash, last = name.replace("\\", "/").rpartition("/")
    stem, dot, ending = last.rpartition(".")
    ordered = f"{folders}{slash}{stem or last}{ENDING}{dot + ending if stem else ''}"
    letters = unicodedata.normalize("NFKD", ordered.replace("/", FOLDER)).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return NUMBER.sub(counted, plain).encode("utf-8", "replace")[:KEY_BYTES]


def counted(match: re.Match[str]) -> str:
    """A number with its length before it: the shorter one is the smaller one."""
    digits = match[0].lstrip("0")
    return f"{len(digits):03}{digits}"
