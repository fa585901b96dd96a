import math
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from recognizer.bundles import Classifier, load
from recognizer.exams import numbers
from recognizer.files import decode, strip_marks, strip_png
from recognizer.learning.mnist import Digits
from recognizer.page import Box, Hints, Picture
from recognizer.reader import Reader
from recognizer.symbols import ALPHABET
from tests.conftest import png
from tests.environment import ROOT
from tests.recognizer.conftest import clear_digits
from tests.recognizer.paper import sheet, write


def picture(grey: np.ndarray) -> Picture:
    return Picture.drawn(grey)


def photo_of(digits: list[np.ndarray], size: int = 110, columns: int = 4) -> np.ndarray:
    """Digits in ink on paper of our own making: grain, and light that falls off."""
    rows = math.ceil(len(digits) / columns)
    ink = np.zeros((rows * 2 * size, columns * size + 2 * size), np.float32)
    for number, digit in enumerate(digits):
        top, left = (number // columns) * 2 * size + size // 2, (number % columns) * size + size
        ink[top : top + size, left : left + size] = cv2.resize(digit, (size, size), interpolation=cv2.INTER_CUBIC) / 255
    light = np.linspace(210, 140, ink.shape[1])[None, :] + np.random.default_rng(5).normal(0, 2, ink.shape)
    return np.clip(light * (1 - 0.6 * ink.clip(0, 1)), 0, 255).astype(np.uint8)


def test_mnist_as_png_is_read_as_well_as_by_the_bare_network_in_both_polarities(digits: Digits, reader: Reader) -> None:
    images, labels = digits.images[:1000], digits.labels[:1000]
    bare = (Classifier(load(reader.name)).logits(images).argmax(axis=1) == labels).mean()
    for polarity in (images, 255 - images):
        readings = reader.read([decode(png(image)) for image in polarity])
        right = np.mean([reading.text == str(label) for reading, label in zip(readings, labels, strict=True)])
        assert right >= bare - 0.003


def test_a_number_on_paper_is_read_with_its_lines(digits: Digits, reader: Reader) -> None:
    (reading,) = reader.read([picture(photo_of(clear_digits(digits, reader, "40791368")))])
    assert reading.text == "4079\n1368"
    assert reading.outcome == "read"
    assert "".join(mark.symbol for mark in reading.marks) == "40791368"


def test_words_and_lines_stand_where_their_marks_do_and_are_as_sure_as_these(digits: Digits, reader: Reader) -> None:
    four, zero, *others = clear_digits(digits, reader, "4071368")
    (reading,) = reader.read([picture(photo_of([four, zero, np.zeros((28, 28), np.uint8), *others]))])
    assert [[word.text for word in line.words] for line in reading.lines] == [["40", "7"], ["1368"]]
    marks = iter(reading.marks)
    for line in reading.lines:
        for word in line.words:
            own = [next(marks) for _ in word.text]
            assert word.box == Box.around(mark.box for mark in own)
            assert 0 < word.confidence < 1
        assert line.box == Box.around(word.box for word in line.words)


def test_lines_say_together_what_the_reading_says_and_how_sure_it_is(digits: Digits, sapling: Reader) -> None:
    """Of numbers in groups and on two lines, some of whose digits touch."""
    drawn = numbers.suite(digits, seed=11, count=24)
    readings = sapling.read(picture(number.picture) for number in drawn)
    for reading in readings:
        assert "\n".join(line.text for line in reading.lines) == reading.text
        if reading.outcome == "read":
            assert math.prod(line.confidence for line in reading.lines) == pytest.approx(reading.confidence)
            around = Box.around(line.box for line in reading.lines)
            assert Box.around([around, *(mark.box for mark in reading.marks)]) == around
    assert sum(" " in reading.text for reading in readings) > 2
    assert sum(len(reading.lines) > 1 for reading in readings) > 1


def test_a_mark_has_a_probability_for_each_sign_of_the_alphabet(digits: Digits, reader: Reader) -> None:
    (reading,) = reader.read([picture(photo_of(clear_digits(digits, reader, "40")))])
    for mark in reading.marks:
        assert len(mark.probabilities) == len(ALPHABET)
        assert sum(mark.probabilities) == pytest.approx(1)
        assert mark.symbol == ALPHABET[int(np.argmax(mark.probabilities))]


def test_each_mark_carries_what_the_network_saw_of_it_as_it_is_kept(digits: Digits, reader: Reader) -> None:
    (reading,) = reader.read([picture(photo_of(clear_digits(digits, reader, "407")))])
    seen = np.stack([mark.seen for mark in reading.marks])
    assert (seen.dtype, seen.shape) == (np.uint8, (3, 28, 28))
    assert seen.any(axis=(1, 2)).all()
    assert np.array_equal(strip_marks(strip_png(list(seen)), 3), seen)


def test_blank_and_unclear_pictures_have_no_text_and_no_confidence(reader: Reader) -> None:
    dash = np.full((200, 300), 255, np.uint8)
    cv2.line(dash, (100, 100), (200, 100), 0, 6)
    for grey, outcome in ((np.full((50, 50), 255, np.uint8), "blank"), (dash, "unclear")):
        (reading,) = reader.read([picture(grey)])
        assert (reading.outcome, reading.text, reading.confidence) == (outcome, "", 0.0)
        assert reading.lines == ()


def test_a_word_is_no_number_that_is_believed(reader: Reader, sapling: Reader) -> None:
    word = np.full((200, 300), 255, np.uint8)
    cv2.putText(word, "name", (40, 120), cv2.FONT_HERSHEY_SIMPLEX, 2.5, 0, 4, cv2.LINE_AA)
    for one in (reader, sapling):
        assert one.read([picture(word)])[0].confidence < 0.5


def test_of_forty_scribbles_few_are_believed(sapling: Reader) -> None:
    readings = sapling.read(picture(wandering(np.random.default_rng(seed))) for seed in range(40))
    assert sum(reading.confidence >= 0.9 for reading in readings) <= 1


def wandering(randomness: np.random.Generator) -> np.ndarray:
    """A pen line without aim on grey paper."""
    steps = np.cumsum(randomness.normal(0, 1, (randomness.integers(14, 30), 2)), axis=0)
    line = 40 + 220 * (steps - steps.min(axis=0)) / np.ptp(steps, axis=0).max()
    grey = np.full((300, 300), 210, np.uint8)
    cv2.polylines(grey, [np.rint(line).astype(np.int32)], False, 60, 5, cv2.LINE_AA)
    return np.clip(grey + randomness.normal(0, 2, grey.shape), 0, 255).astype(np.uint8)


def test_a_letter_is_not_turned_into_a_digit(sapling: Reader) -> None:
    """A W on its side would be a 3."""
    sheet = Image.new("L", (400, 400), 220)
    ImageDraw.Draw(sheet).text((200, 200), "W", fill=60, font=ImageFont.load_default(120), anchor="mm")
    grain = np.random.default_rng(4).normal(0, 2, (400, 400))
    (reading,) = sapling.read([picture(np.clip(np.asarray(sheet) + grain, 0, 255).astype(np.uint8))])
    assert reading.confidence < 0.5
    assert "turned_page" not in reading.notes


def test_pictures_answered_together_are_answered_as_if_alone(digits: Digits, reader: Reader) -> None:
    pictures = [picture(image) for image in digits.images[:40]]
    pictures.insert(7, picture(np.zeros((30, 30), np.uint8)))
    pictures.insert(20, picture(photo_of(list(digits.images[50:55]))))
    together, alone = reader.read(pictures), [reader.read([one])[0] for one in pictures]
    assert [one.text for one in together] == [one.text for one in alone]
    assert [one.confidence for one in together] == pytest.approx([one.confidence for one in alone], abs=1e-4)
    assert reader.read([]) == []


def test_two_digits_that_touch_are_read_as_two(digits: Digits, reader: Reader) -> None:
    three, seven = clear_digits(digits, reader, "37")
    one, _ = clear_digits(digits, reader, "10")
    joined = np.hstack([three[:, : np.flatnonzero(three.any(0))[-1] + 1], seven[:, np.flatnonzero(seven.any(0))[0] :]])
    together = np.zeros((28, 140), np.uint8)
    together[:, : joined.shape[1]] = joined
    together[:, 90:118] = one
    (reading,) = reader.read([picture(cv2.resize(together, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))])
    assert reading.text.replace(" ", "") == "371"


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_page_photographed_on_its_side_is_read_all_the_same(digits: Digits, reader: Reader, quarters: int) -> None:
    page = photo_of(clear_digits(digits, reader, "42795368"))
    upright, turned = reader.read([picture(page), picture(np.ascontiguousarray(np.rot90(page, quarters)))])
    assert turned.text == upright.text == "4279\n5368"
    assert "turned_page" in turned.notes
    assert "turned_page" not in upright.notes


def test_who_says_which_signs_may_stand_there_is_heard(digits: Digits, reader: Reader) -> None:
    page = sheet(160, 420)
    cv2.line(page, (50, 80), (85, 80), 60, 6, cv2.LINE_AA)
    write(page, clear_digits(digits, reader, "407"), 110, 120)
    (as_written,), (digits_alone,) = reader.read([picture(page)]), reader.read([picture(page)], Hints(signs=""))
    assert (as_written.text, digits_alone.text) == ("-407", "407")
    together = reader.answer([reader.prepare(picture(page)), reader.prepare(picture(page), Hints(signs=""))])
    assert [one.text for one in together] == ["-407", "407"]


def test_a_name_of_its_own_and_a_checksum_tell_which_model_answered(reader: Reader) -> None:
    assert reader.name == "seed"
    assert len(reader.sha256) == 64


def test_reading_loads_no_tensorflow_and_no_web_framework() -> None:
    check = (
        "import sys, recognizer.reader as r; r.Reader.load('seed');"
        "print([m for m in ('tensorflow', 'keras', 'django', 'celery') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
