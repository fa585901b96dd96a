from dataclasses import replace

import numpy as np

from recognizer.finding.found import Finding, Found
from recognizer.page import Box, Picture
from recognizer.recognising.candidate import Prepared
from recognizer.recognising.normalisation import normalize_glyph

PICTURE = Picture.drawn(np.zeros((120, 200), np.uint8))


def found(x: int, line: int = 0) -> Found:
    ink = np.zeros((60, 40), np.uint8)
    ink[10:50, 15:25] = 255
    return Found(
        Box(x, 0, 40, 60), line, np.full(17, 1 / 17, np.float32), 0.8, 0.7, 1.2, 0.3, reach=(x - 9, x + 60), ink=ink
    )


def test_marks_keep_their_lines_and_pages_their_notes() -> None:
    marks = (found(0), found(50), found(0, line=1))
    picture = replace(PICTURE, notes=("rotated",))
    prepared = Prepared.of(Finding(marks, ("light_ink",), "read"), picture)
    assert [candidate.line for candidate in prepared.candidates] == [0, 0, 1]
    assert (prepared.outcome, prepared.notes) == ("read", ("rotated", "light_ink"))


def test_a_candidate_carries_what_the_finder_says_of_it_and_what_the_network_sees() -> None:
    mark = found(7)
    (candidate,) = Prepared.of(Finding((mark,), (), "read"), PICTURE).candidates
    np.testing.assert_array_equal(candidate.glyph, normalize_glyph(mark.ink))
    for name in ("box", "symbols", "heat", "held", "size", "beside", "reach"):
        assert getattr(candidate, name) is getattr(mark, name)
    assert candidate.pixels == 60


def test_where_nothing_is_found_nothing_is_kept_for_a_second_look() -> None:
    assert Prepared.of(Finding((), (), "unclear"), PICTURE).view is None
