"""What can be written, as text: the alphabet, one way to compare two texts, and a text laid over marks."""

import re

DIGITS = "0123456789"
SIGNS = ".,-/:+%"
ALPHABET = DIGITS + SIGNS  # what a finder tells apart, in the order of its outputs

HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2212"  # two hyphens, three dashes, the minus sign
SLASHES = "\u2044\u2215"  # of fractions, of divisions
SPACES = "\u00a0\u2007\u2009\u202f\u3000"  # that part thousands, or are as wide as an East Asian letter
FULL_WIDTH = 0xFEE0  # so far behind a sign stands the one that East Asian keyboards type
# What people type, or copy from elsewhere, for the same sign.
OTHERWISE = {
    **dict.fromkeys(HYPHENS, "-"),
    **dict.fromkeys(SLASHES, "/"),
    **dict.fromkeys(SPACES, " "),
    **{chr(ord(sign) + FULL_WIDTH): sign for sign in ALPHABET},
}
MEANT = str.maketrans(OTHERWISE)


def typed(text: str) -> str:
    """The text with the signs that are meant by those typed; line breaks as all systems read them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(MEANT)


FIRST_DIGITS, ANY_DIGIT = re.compile("[0-9]+"), re.compile("[0-9]")


def pattern(text: str) -> str:
    """How a number is written: N for its first digits, however many, and d for each one after a sign; N,dd of 12,50."""
    first = FIRST_DIGITS.search(text)
    return f"{text[: first.start()]}N{ANY_DIGIT.sub('d', text[first.end() :])}" if first else text


def forbidden(allowed: str | None) -> list[int]:
    """The places in ALPHABET of signs that may not stand beside digits where only those `allowed` may; None for any."""
    if allowed is None:
        return []
    return [place for place, sign in enumerate(ALPHABET) if sign in SIGNS and sign not in allowed]


def squeezed(text: str) -> str:
    """A text without what only sets its signs apart: spaces and line breaks."""
    return "".join(text.split())


def is_aligned(found: str, said: str) -> bool:
    """Whether mark after mark of `found` stands for sign after sign of `said`, beyond doubt.

    Both are squeezed. Beyond doubt: there are as many, and no other reading of the difference (a mark too many
    here, one too few there) needs as few mistakes. "1234" for "2341" may be four wrong signs or one that slipped from
    the end to the front, so nothing is learned from it.
    """
    wrong = sum(a != b for a, b in zip(found, said, strict=False))
    return 0 < len(found) == len(said) and wrong < fewest_mistakes_slipping(found, said)


def fewest_mistakes_slipping(found: str, said: str) -> float:
    """The least number of signs changed, left out or put in, with at least one left out or put in (Levenshtein)."""
    # Costs up to here: without any slip, and with one or more.
    straight = {(0, 0): 0.0}
    slipped: dict[tuple[int, int], float] = {}
    far = float("inf")
    for i in range(len(found) + 1):
        for j in range(len(said) + 1):
            if i and j:
                change = found[i - 1] != said[j - 1]
                straight[i, j] = straight.get((i - 1, j - 1), far) + change
            else:
                change = True
            aside = [
                min(straight.get(place, far), slipped.get(place, far)) + 1
                for place in ((i - 1, j), (i, j - 1))
                if min(place) >= 0
            ]
            slipped[i, j] = min([slipped.get((i - 1, j - 1), far) + change, *aside])
    return slipped[len(found), len(said)]


def edit_distance(found: str, said: str) -> int:
    """How many signs were changed, left out or put in, at least (Levenshtein)."""
    changed = sum(a != b for a, b in zip(found, said, strict=True)) if len(found) == len(said) else float("inf")
    return int(min(changed, fewest_mistakes_slipping(found, said)))
