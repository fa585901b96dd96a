import ast
from collections.abc import Iterator
from itertools import islice

import cv2
import numpy as np
import pytest

from recognizer.exams import numbers, strangers
from recognizer.exams.camera import View, held, laid_flat
from recognizer.exams.paper import handed_in
from recognizer.learning.mnist import Digits, fingerprint
from tests.environment import ROOT

# Of the first pictures, as OpenCV decodes them. What was scored on these pictures compares with nothing that is scored
# on others: who changes them scores every model anew, and writes both figures down (docs/models.md).
NUMBERS = "33c7799ddc6f9801b03b2d1922473372f089b8f3a640ee11a79695841aff6eb2"
STRANGERS = {
    "blank paper": "d331f749877d79727895c1d9b309d58d9d3cba37e714ab5d2d94e35406741454",
    "ruled paper": "0b8c0acf2cc7ca2f6051bab4ee5d80a10574195852ddacdad7d6967c084a197d",
    "grid paper": "76cfd67d0f272570840f7813656039a4b616c7e6c66eda868dfe62a66b0b102c",
    "dotted paper": "7deb83da82e6d90f216d3f9f6a156c6058fc05961132a655a9dc57f85626f0af",
    "paper with a margin": "ce502394f48bf999232538245c7b76c8d390f21df2a692c3c1c7e73ff970f8d9",
    "empty boxes": "79f16364c4dc94b6e12a65b9b4d152ee8421dbd4b42c642122491a700ce0cc45",
    "scribbles": "3dc0a7c7a396a97c19e05b277ea7a5fbb1a055261d6cdae52629bab314bf2a26",
    "noise": "ca0cfa28049fb0b05b3c8adb07b475961db89d7e977f97b7a30a4f6784d01e85",
    "textures": "aa6fd7edef6a70911b1f6532f5bb24cd6a6fb5ff18cfafe5dab341bec7ef4fa4",
    "dice": "943248bdabf5d9553c7ec6b66e3a2e115366621602fadaf783fb65561ce7ee40",
    "printed letters": "f9619bcbe4e7e9cd2406ce97004c94d34f1b4f25ea10f404f4e21bbc059711be",
}


def test_the_numbers_are_frozen(digits: Digits) -> None:
    assert fingerprint(number.picture for number in numbers.suite(digits, count=numbers.LONGEST)) == NUMBERS


@pytest.mark.parametrize("name", STRANGERS)
def test_pictures_without_digits_are_frozen(name: str) -> None:
    draw, randomness = strangers.drawers()[name], strangers.seeded(name)
    assert fingerprint(draw(randomness) for _ in range(4)) == STRANGERS[name]


def test_every_class_that_needs_no_package_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    for source in ("FASHION", "FONTS", "PHOTOS"):
        monkeypatch.setattr(strangers, source, ROOT / "nowhere")
    assert set(strangers.drawers()) == set(STRANGERS)


def imports(room: str) -> Iterator[str]:
    for path in sorted((ROOT / "recognizer" / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{name.name}" for name in node.names)
            elif isinstance(node, ast.Import):
                yield from (name.name for name in node.names)


@pytest.mark.parametrize(("room", "other"), [("exams", "drawing"), ("drawing", "exams")])
def test_lessons_and_examinations_are_drawn_by_nothing_in_common(room: str, other: str) -> None:
    found = list(imports(room))
    assert "numpy" in found
    assert not [name for name in found if name.startswith(f"recognizer.{other}")]


@pytest.mark.parametrize("look", [held, laid_flat])
@pytest.mark.parametrize(("height", "width"), [(40, 40), (60, 900), (700, 90)])
def test_a_picture_shows_the_whole_thing_and_nothing_where_no_surface_is(look, height: int, width: int) -> None:
    for seed in range(30):
        view: View = look(height, width, np.random.default_rng(seed))
        assert 0 <= view.rows.min() <= view.rows.max() <= view.height - 1
        assert 0 <= view.columns.min() <= view.columns.max() <= view.width - 1
        for row, column in ((2, 2), (2, width - 3), (height - 3, 2), (height - 3, width - 3)):
            away = np.hypot(view.rows - view.top - row, view.columns - view.left - column)
            assert away.min() < 1


def test_whatever_the_pen_and_the_light_ink_is_plainly_darker_than_its_paper() -> None:
    ink = np.zeros((120, 120), np.float32)
    ink[30:90, 52:68] = 1
    for seed in range(80):
        grey = handed_in(ink, "plain", np.random.default_rng(seed)).astype(int)
        row = grey[grey.shape[0] // 2]
        beside = np.median(row[len(row) // 2 - 30 : len(row) // 2 + 30])
        assert beside - row[len(row) // 2 - 8 : len(row) // 2 + 8].min() > 30


@pytest.mark.parametrize("pen", [0.24, 0.4])
def test_a_faint_part_of_a_digit_is_inked_with_the_rest(pen: float) -> None:
    nought = np.zeros((28, 28), np.uint8)
    cv2.ellipse(nought, (14, 14), (6, 9), 0, 0, 360, 255, 3)
    nought[20:] = np.minimum(nought[20:], 130)
    inked = numbers.enlarged(nought, 80, pen) > 0.5
    assert cv2.connectedComponents((~np.pad(inked, 1)).astype(np.uint8))[0] == 3  # itself, outside and inside
    assert np.ptp(np.flatnonzero(inked.any(axis=1))) > 70


def test_neighbours_that_touch_do_not_lie_on_each_other(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    def area(share: float, seed: int) -> int:
        monkeypatch.setattr(numbers, "TOUCHING", share)
        return int((numbers.laid_out(digits, 2, 80, np.random.default_rng(seed))[0] > 0.5).sum())

    assert all(area(1, seed) > 0.96 * area(0, seed) for seed in range(60))


def test_the_suite_is_drawn_as_it_is_asked_for(digits: Digits) -> None:
    few = list(islice(numbers.suite(digits), 3))
    assert [number.length for number in few] == [1, 2, 3]
    assert all(number.picture.dtype == np.uint8 for number in few)
