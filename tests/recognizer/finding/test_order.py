"""Boxes in, reading order out."""

import random

from recognizer.finding.order import reading_order

Written = tuple[str, int, int, int, int]  # a sign, its x, y, width and height


def said(*written: Written) -> str:
    """The signs as they are read, whatever the order in which they are found."""
    shuffled = random.Random(4).sample(written, len(written))
    text, before = "", 0
    for index, line in reading_order([box for _, *box in shuffled]):  # type: ignore[misc]
        text += "\n" * (line - before) + shuffled[index][0]
        before = line
    return text


def row(text: str, x: int, y: int, pitch: int = 30, width: int = 20, height: int = 30) -> list[Written]:
    return [(sign, x + pitch * number, y, width, height) for number, sign in enumerate(text)]


def test_nothing_has_no_order() -> None:
    assert reading_order([]) == []


def test_lines_are_read_from_top_to_bottom_and_each_from_left_to_right() -> None:
    assert said(*row("407", 50, 100), *row("1368", 10, 200), *row("5", 90, 0)) == "5\n407\n1368"


# Fails: of three marks of one height `_overlap` takes the first, not the last, for the end of a line.
def test_a_line_that_slopes_over_several_of_its_own_heights_stays_one() -> None:
    """By 15 degrees: a page that is held askew."""
    sloping = [(sign, 30 * number, 8 * number, 20, 30) for number, sign in enumerate("4079136852")]
    assert said(*sloping) == "4079136852"


def test_two_sloping_lines_beneath_each_other_stay_two() -> None:
    upper = [(sign, 30 * number, 6 * number, 20, 30) for number, sign in enumerate("407913")]
    lower = [(sign, 30 * number, 50 + 6 * number, 20, 30) for number, sign in enumerate("528460")]
    assert said(*upper, *lower) == "407913\n528460"


def test_a_point_low_behind_a_digit_stays_in_its_line_and_so_does_what_follows() -> None:
    assert said(("4", 0, 0, 20, 30), (".", 24, 26, 4, 5), ("2", 34, 2, 20, 30)) == "4.2"


def test_a_comma_that_hangs_below_the_line_stays_in_it() -> None:
    assert said(("4", 0, 0, 20, 30), (",", 23, 24, 6, 14), ("2", 34, 2, 20, 30), *row("77", 0, 50)) == "4,2\n77"


def test_a_minus_stands_before_its_number_on_the_same_line() -> None:
    assert said(("-", 0, 13, 14, 4), *row("42", 20, 0), ("-", 2, 63, 14, 4), *row("17", 20, 50)) == "-42\n-17"


def test_a_low_point_does_not_draw_the_line_below_into_its_own() -> None:
    assert said(("4", 0, 0, 20, 30), (".", 24, 28, 5, 5), ("2", 34, 0, 20, 30), *row("91", 30, 34)) == "4.2\n91"
