import numpy as np

from recognizer.page import Box
from recognizer.recognising.normalisation import normalize_glyph
from recognizer.seeing.candidate import Prepared
from recognizer.seeing.found import Finding, Found


def found(x: int, line: int = 0, gap_before: bool = False) -> Found:
    ink = np.zeros((60, 40), np.uint8)
    ink[10:50, 15:25] = 255
    return Found(Box(x, 0, 40, 60), ink, line, gap_before, np.full(17, 1 / 17, np.float32), 0.8, 0.7, 1.2, 0.3)


def test_marks_are_set_apart_by_spaces_and_line_breaks_as_they_were_found() -> None:
    marks = (found(0, gap_before=True), found(50), found(150, gap_before=True), found(0, line=1), found(50, line=1))
    prepared = Prepared.of(Finding(marks, ("light_ink",), "read"), ("rotated",))
    assert [candidate.separator for candidate in prepared.candidates] == ["", "", " ", "\n", ""]
    assert (prepared.outcome, prepared.notes) == ("read", ("rotated", "light_ink"))


def test_a_candidate_carries_what_the_finder_says_of_it_and_what_the_network_sees() -> None:
    mark = found(7)
    (candidate,) = Prepared.of(Finding((mark,), (), "read"), ()).candidates
    np.testing.assert_array_equal(candidate.glyph, normalize_glyph(mark.ink))
    for name in ("box", "symbols", "heat", "held", "size", "beside"):
        assert getattr(candidate, name) is getattr(mark, name)
    assert candidate.pixels == 60
