import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from recognizer.drawing.paper import paper, photographed
from recognizer.finding import MAX_MARKS, Finding, find_marks, marks
from recognizer.finding.paper import departure_from_paper
from recognizer.page import Picture
from tests.recognizer.paper import PATTERNS, patterned

INK = 60


def picture(grey: np.ndarray) -> Picture:
    return Picture.drawn(grey)


def found(grey: np.ndarray) -> Finding:
    return find_marks(picture(grey))


def blank_sheet(height: int = 400, width: int = 600, seed: int = 1) -> np.ndarray:
    """Paper with grain under a light that falls off to the right."""
    grain = np.random.default_rng(seed).normal(0, 2, (height, width))
    return np.clip(np.linspace(220, 150, width)[None, :] + grain, 0, 255).astype(np.uint8)


def write(grey: np.ndarray, text: str, x: int, y: int, size: float = 3, ink: int = INK, pen: int = 5) -> np.ndarray:
    for character in text:
        cv2.putText(grey, character, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, ink, pen, cv2.LINE_AA)
        x += round(25 * size)
    return grey


def layout(finding: Finding) -> list[int]:
    """How many marks each line has."""
    lines = [mark.line for mark in finding.marks]
    return [lines.count(number) for number in range(max(lines, default=-1) + 1)]


def test_one_digit_under_uneven_light_is_found_where_it_was_written() -> None:
    finding = found(write(blank_sheet(), "5", 250, 250))
    (mark,) = finding.marks
    assert finding.outcome == "read"
    x, y, width, height = mark.box
    assert 240 < x < 265
    assert 170 < y < 195
    assert 60 < height < 80
    assert width < height


def test_boxes_are_in_pixels_of_the_upright_original() -> None:
    grey = write(blank_sheet(), "5", 250, 250)
    whole, shrunk = find_marks(picture(grey)), find_marks(Picture(grey, None, (), 6000, 4000))
    assert np.allclose(np.array(shrunk.marks[0].box), 10 * np.array(whole.marks[0].box), atol=15)


def test_light_ink_on_dark_paper_is_found_and_noted() -> None:
    finding = found(255 - write(blank_sheet(), "37", 200, 250))
    assert layout(finding) == [2]
    assert "light_ink" in finding.notes


def test_digits_come_in_reading_order_with_lines_and_word_spaces() -> None:
    grey = write(blank_sheet(500, 900), "120", 50, 150)
    write(grey, "47", 500, 155)
    write(grey, "38", 60, 350)
    finding = found(grey)
    assert layout(finding) == [5, 2]
    assert [mark.gap_before for mark in finding.marks] == [False, False, False, True, False, False, False]
    starts = [mark.box.x for mark in finding.marks]
    assert starts == sorted(starts[:5]) + sorted(starts[5:])


def test_a_line_that_slopes_stays_one_line() -> None:
    grey = blank_sheet(600, 1000)
    for number in range(8):
        write(grey, "2", 60 + 110 * number, 200 + 35 * number)
    assert layout(found(grey)) == [8]


def test_ruled_lines_are_taken_out_and_the_digit_stays() -> None:
    grey = blank_sheet(800, 600)
    for y in range(60, 800, 90):
        cv2.line(grey, (0, y), (599, y + 9), 110, 3, cv2.LINE_AA)
    finding = found(write(grey, "8", 250, 400))
    (mark,) = finding.marks
    assert 60 < mark.box.height < 90
    assert "ruled" in finding.notes


def test_a_grid_is_taken_out_and_the_digit_stays() -> None:
    grey = blank_sheet(800, 800)
    for place in range(50, 800, 100):
        cv2.line(grey, (0, place), (799, place), 140, 2)
        cv2.line(grey, (place, 0), (place, 799), 140, 2)
    (mark,) = found(write(grey, "6", 300, 480, size=6, pen=10)).marks
    assert 120 < mark.box.height < 160


def test_the_stem_of_a_one_is_no_ruled_line() -> None:
    grey = np.full((400, 300), 255, np.uint8)
    cv2.line(grey, (150, 10), (150, 390), 0, 3)
    finding = found(grey)
    assert len(finding.marks) == 1
    assert "ruled" not in finding.notes


def test_the_bar_of_a_five_that_does_not_touch_it_belongs_to_it() -> None:
    grey = np.full((300, 300), 255, np.uint8)
    cv2.ellipse(grey, (140, 180), (50, 50), 0, -100, 130, 0, 8)
    cv2.line(grey, (110, 110), (190, 106), 0, 8)
    (mark,) = found(grey).marks
    assert mark.box.y < 110


def test_dust_is_no_digit() -> None:
    grey = write(blank_sheet(), "5", 250, 250)
    for x, y in ((60, 60), (500, 100), (90, 330), (320, 245)):
        cv2.circle(grey, (x, y), 2, 40, -1)
    assert layout(found(grey)) == [1]


def test_the_dark_table_around_a_sheet_is_no_digit() -> None:
    grey = write(blank_sheet(), "5", 250, 250)
    grey[:70] = 35 + np.random.default_rng(2).integers(0, 20, (70, 600))
    (mark,) = found(grey).marks
    assert mark.box.y > 150


def test_other_marks_are_not_in_a_mark_s_ink() -> None:
    grey = np.full((200, 300), 255, np.uint8)
    cv2.line(grey, (100, 40), (100, 160), 0, 8)
    cv2.line(grey, (112, 40), (160, 160), 0, 8)
    first, second = found(grey).marks
    assert (int(first.ink.sum()), int(second.ink.sum())) == pytest.approx((255 * 9 * 121, 255 * 9 * 129), rel=0.2)


def test_a_mark_wide_enough_for_two_digits_offers_the_pieces_between_its_cuts() -> None:
    grey = np.full((200, 500), 255, np.uint8)
    cv2.circle(grey, (100, 100), 40, 0, 8)
    cv2.circle(grey, (180, 100), 40, 0, 8)
    cv2.line(grey, (350, 50), (350, 150), 0, 8)
    touching, one = found(grey).marks
    pairs = [
        (left, right)
        for left in touching.pieces
        for right in touching.pieces
        if left.span[0] == 0 and left.span[1] == right.span[0] and abs(left.box.width - right.box.width) < 12
    ]
    assert any(left.box.right <= right.box.x + 8 for left, right in pairs)
    assert not one.pieces


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_constant_picture_is_blank(level: int) -> None:
    assert found(np.full((64, 64), level, np.uint8)).outcome == "blank"


def test_empty_paper_with_grain_shadow_and_dust_is_blank() -> None:
    grey = blank_sheet(1000, 1400)
    cv2.circle(grey, (300, 300), 2, 60, -1)
    assert found(grey).outcome == "blank"


def test_a_crease_and_a_spot_on_empty_paper_are_blank() -> None:
    grey = blank_sheet(1000, 1400)
    cv2.line(grey, (200, 300), (500, 900), 150, 12)
    grey = cv2.addWeighted(cv2.GaussianBlur(grey, (0, 0), 12), 0.15, blank_sheet(1000, 1400), 0.85, 0)
    cv2.circle(grey, (900, 500), 12, 60, -1)
    assert found(grey).outcome == "blank"


def test_a_dash_is_unclear() -> None:
    grey = np.full((200, 300), 255, np.uint8)
    cv2.line(grey, (100, 100), (200, 100), 0, 6)
    finding = found(grey)
    assert (finding.outcome, finding.marks) == ("unclear", ())


def test_scraps_of_some_other_thing_are_unclear() -> None:
    grey = write(blank_sheet(), "1", 250, 250).astype(float)
    assert found(grey.astype(np.uint8)).outcome == "read"
    waves = 25 * np.sin(np.arange(600) / 15)[None, :] * np.ones((400, 1))
    finding = found(np.clip(grey + waves, 0, 255).astype(np.uint8))
    assert (finding.marks, finding.outcome) == ((), "unclear")


def test_small_digits_on_a_large_sheet_in_the_soft_shadow_of_a_hand_are_read() -> None:
    sheet = write(blank_sheet(1200, 1000), "37", 150, 200, size=2, pen=4)
    shadow = np.zeros(sheet.shape, np.float32)
    cv2.ellipse(shadow, (800, 900), (160, 250), 30, 0, 360, 0.09, -1)
    cv2.ellipse(shadow, (250, 950), (120, 160), 0, 0, 360, 0.07, -1)
    shaded = sheet * (1 - cv2.GaussianBlur(shadow, (0, 0), 30))
    assert layout(found(shaded.astype(np.uint8))) == [2]


def test_where_more_is_ink_than_paper_nothing_is_read() -> None:
    randomness = np.random.default_rng(3)
    assert sum(bool(found(woven(randomness)).marks) for _ in range(60)) <= 5


def woven(randomness: np.random.Generator) -> np.ndarray:
    """Waves crossed with waves, some of them sharp."""
    height, width = randomness.integers(60, 800, 2)
    rows, columns = np.mgrid[:height, :width]
    waves = np.zeros((height, width))
    for angle in randomness.uniform(0, np.pi, randomness.integers(1, 4)):
        pitch = min(height, width) * randomness.uniform(0.03, 0.25)
        waves += np.sin(2 * np.pi * (np.cos(angle) * columns + np.sin(angle) * rows) / pitch)
    grain = randomness.normal(0, randomness.uniform(0, 15), waves.shape)
    waves = np.tanh(randomness.uniform(0.5, 4) * waves)
    return np.clip(128 + randomness.uniform(20, 110) * waves + grain, 0, 255).astype(np.uint8)


def test_more_marks_than_any_number_has_are_unclear() -> None:
    grey = np.full((1200, 1200), 255, np.uint8)
    for number in range(400):
        cv2.line(grey, (20 + 60 * (number % 20), 20 + 60 * (number // 20)), (20 + 60 * (number % 20), 50), 0, 5)
        cv2.circle(grey, (25 + 58 * (number % 20), 25 + 58 * (number // 20)), 12, 0, 4)
    finding = found(grey)
    assert finding.outcome == "unclear" or len(finding.marks) <= MAX_MARKS


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 28), (28, 1), (2, 2), (3, 500), (28, 28), (41, 40), (1, 2400), (2400, 1), (1600, 2400)]
)
@pytest.mark.parametrize("kind", PATTERNS)
def test_any_picture_is_answered_in_bounded_time(shape: tuple[int, int], kind: str) -> None:
    grey = patterned(kind, shape)
    begun = time.process_time()
    finding = found(grey)
    assert time.process_time() - begun < 3
    assert len(finding.marks) <= MAX_MARKS
    for mark in finding.marks:
        x, y, width, height = mark.box
        assert 0 <= x <= x + width <= shape[1]
        assert 0 <= y <= y + height <= shape[0]


def test_the_edge_of_a_shadow_is_no_digit() -> None:
    grey = blank_sheet().astype(np.float32)
    rows, columns = np.mgrid[:400, :600]
    grey *= np.where(columns + rows > 550, 0.7, 1.0)
    assert found(grey.astype(np.uint8)).outcome == "blank"


@pytest.mark.parametrize("step", [40, 90])
def test_ruled_paper_with_nothing_on_it_is_blank(step: int) -> None:
    lines = np.zeros((700, 900), np.float32)
    for place in range(25, 900, step):
        cv2.line(lines, (0, place), (899, place + 6), 0.35, 2, cv2.LINE_AA)
        cv2.line(lines, (place, 0), (place - 5, 699), 0.35, 2, cv2.LINE_AA)
    grey = (blank_sheet(700, 900) * (1 - lines)).astype(np.uint8)
    assert found(grey).marks == ()


def test_empty_boxes_of_a_form_are_blank_and_what_is_in_them_is_found() -> None:
    grey = blank_sheet(400, 900)
    for left in (100, 300, 500):
        cv2.rectangle(grey, (left, 100), (left + 200, 300), 90, 3)
    assert found(grey).marks == ()
    assert layout(found(write(write(grey, "4", 160, 245), "7", 560, 245))) == [2]


def test_two_rings_that_lean_over_each_other_are_cut_where_they_touch() -> None:
    grey = np.full((300, 600), 255, np.uint8)
    cv2.ellipse(grey, (200, 150), (45, 90), 25, 0, 360, 0, 10)
    cv2.ellipse(grey, (296, 150), (45, 90), 25, 0, 360, 0, 10)
    cv2.line(grey, (500, 50), (500, 250), 0, 10)
    touching, _ = found(grey).marks
    halves = [piece for piece in touching.pieces if 0.35 < piece.ink.sum() / touching.ink.sum() < 0.65]
    assert len(halves) >= 2


def test_a_faint_line_that_crosses_a_digit_and_runs_off_leaves_the_digit() -> None:
    grey = write(blank_sheet(300, 900), "0752", 200, 200, pen=7)
    grey[170:173, :260] = np.minimum(grey[170:173, :260], 155)
    assert layout(found(grey)) == [4]


def test_a_digit_in_three_broken_strokes_is_one_digit() -> None:
    grey = write(blank_sheet(300, 900), "38", 100, 200)
    write(grey, "0", 600, 200)
    for start, end in (((430, 140), (490, 136)), ((425, 160), (480, 165)), ((430, 195), (480, 178))):
        cv2.line(grey, start, end, INK, 5, cv2.LINE_AA)
    finding = found(grey)
    assert layout(finding) == [4]
    assert 415 < finding.marks[2].box.x < 440


@pytest.mark.parametrize(("ruling", "most"), [("plain", 2), ("margin", 9)])
def test_on_sixty_empty_sheets_under_all_kinds_of_light_next_to_nothing_is_found(ruling: str, most: int) -> None:
    randomness = np.random.default_rng(23)
    assert sum(bool(found(empty_sheet(ruling, randomness)).marks) for _ in range(60)) <= most


def empty_sheet(ruling: str, randomness: np.random.Generator) -> np.ndarray:
    longer = int(np.exp(randomness.uniform(np.log(200), np.log(1200))))
    sides = int(longer * randomness.uniform(0.45, 1)), longer
    height, width = sides if randomness.random() < 0.6 else sides[::-1]
    return photographed(paper(height, width, ruling, randomness), randomness)


def test_a_stroke_beside_a_margin_line_is_not_taken_for_a_piece_of_it() -> None:
    randomness = np.random.default_rng(3)
    page = np.full((170, 611), 205.0)
    page[24:27] = page[:, 121:124] = 120
    for head, foot in (((150, 42), (112, 132)), ((245, 40), (214, 128))):
        cv2.line(page, head, foot, 45, 9, cv2.LINE_AA)
    page += randomness.normal(0, 1.5, page.shape)
    finding = found(page.clip(0, 255).astype(np.uint8))
    assert layout(finding) == [2]
    assert all(mark.box.height > 80 for mark in finding.marks)


def test_an_upright_one_on_ruled_paper_is_no_piece_of_a_line() -> None:
    grey = blank_sheet(200, 600)
    for y in (60, 150):
        cv2.line(grey, (0, y), (599, y), 100, 5)
    cv2.line(grey, (200, 80), (201, 130), 100, 5)
    assert layout(found(write(grey, "47", 250, 130, size=2.2, ink=100))) == [3]


def test_the_ends_of_a_number_in_a_tight_crop_belong_to_it() -> None:
    grey = write(blank_sheet(130, 330), "305", 50, 100)
    cv2.ellipse(grey, (12, 65), (18, 35), 0, 0, 360, INK, 5, cv2.LINE_AA)
    assert layout(found(grey)) == [4]


def test_a_finger_at_the_edge_of_a_picture_of_digits_is_none() -> None:
    grey = write(blank_sheet(300, 400), "35", 120, 170, size=2)
    cv2.ellipse(grey, (0, 150), (40, 110), 0, 0, 360, INK, -1, cv2.LINE_AA)
    assert layout(found(grey)) == [2]


def test_beside_a_clear_digit_one_of_nearly_the_same_ink_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edges of deep shadows make paper look so noisy that only the darker of two digits is clear."""
    grey = write(write(blank_sheet(), "3", 100, 250, ink=90), "5", 350, 250, ink=60)
    seen = departure_from_paper(grey)
    pale, dark = (float(half[half > 40].mean()) for half in np.hsplit(seen.ink, 2))
    assert 1.1 * pale < dark < pale / 0.75
    monkeypatch.setattr(marks, "departure_from_paper", lambda _: replace(seen, noise=(pale + dark) / 4))
    assert layout(found(grey)) == [2]
