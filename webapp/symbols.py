"""What can be written, and what is typed for it. The same as the reader's (recognizer.symbols), which the site does not
load; a test compares."""

import re

DIGITS = "0123456789"
SIGNS = ".,-/:+%"
ALPHABET = DIGITS + SIGNS  # in the order of a mark's probabilities; what was read before there were signs has ten
WRITTEN = ALPHABET + " \n"  # what an answer is made of

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
