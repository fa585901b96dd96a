"""What a correction of digits, signs or both teaches, with marks that the real reader has found on real paper."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from recognizer.exams.signed import written
from recognizer.files import strip_marks
from recognizer.learning.lessons import KnownGlyphs, Lesson, usable
from recognizer.learning.mnist import Digits
from recognizer.page import Picture, Reading
from recognizer.reader import Reader
from recognizer.symbols import DIGITS, SIGNS
from webapp.models import Batch, Image, ModelVersion, Review, User
from worker.gathering import as_lessons
from worker.tasks import read
from worker.tasks.read import Opened

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]
NOTHING = KnownGlyphs(np.zeros((0, 28, 28), np.uint8))
FORMS = ("dd.dd", "d,dd", "dd,d", "dd/dd", "dd:dd", "-ddd", "dd%", "+d.d", "dd-dd", "ddd.dd")


@pytest.fixture(scope="module")
def readings(digits: Digits) -> list[Reading]:
    """Of numbers with signs that were read as they are written, mark by mark: a reader of lines may have seen what the
    finder has not."""
    randomness = np.random.default_rng(5)
    numbers = [written(digits, form, randomness) for form in FORMS for _ in range(3)]
    found = Reader.load("sapling").read([Picture.drawn(number.picture) for number in numbers])
    pairs = zip(found, numbers, strict=True)
    right = [reading for reading, number in pairs if reading.text == symbols(reading) == number.text]
    assert len(right) > len(numbers) / 2
    assert {*"".join(reading.text for reading in right)} >= set(SIGNS)
    return right


def symbols(reading: Reading) -> str:
    return "".join(mark.symbol for mark in reading.marks)


@pytest.fixture
def images(alice: User, champion: None, hand_in: HandIn, readings: list[Reading]) -> list[Image]:
    batch, version = hand_in(alice, count=len(readings)), ModelVersion.objects.champion()
    assert version is not None
    ids = list(batch.images.order_by("index").values_list("pk", flat=True))
    opened = Opened({}, {}, None, b"", 28, 28)  # type: ignore[arg-type]
    said = [read.prediction(pk, version, one, opened, 1.0) for pk, one in zip(ids, readings, strict=True)]
    Image.objects.record(Image.objects.claim(ids), said)
    return list(batch.images.select_related("prediction").order_by("index"))


def lesson_of(image: Image) -> tuple[Lesson | None, Counter[str]]:
    left_out: Counter[str] = Counter()
    lessons = as_lessons(Review.objects.filter(image=image).lessons(held_out=False), {})
    kept = usable(lessons, NOTHING, left_out)
    return (kept[0] if kept else None), left_out


def changed(text: str, place: int, among: str) -> str:
    """With another sign of those in this place."""
    return text[:place] + among[(among.index(text[place]) + 1) % len(among)] + text[place + 1 :]


def places(text: str, among: str) -> list[int]:
    return [place for place, sign in enumerate(text) if sign in among]


def glyphs_of_digits(image: Image) -> np.ndarray:
    said = image.prediction
    assert said is not None
    return strip_marks(bytes(said.glyphs), len(said.digits))[places(image.answer, DIGITS)]


def digits_of(text: str) -> list[int]:
    return [int(text[place]) for place in places(text, DIGITS)]


def test_what_a_person_confirms_is_a_lesson_of_its_digits_alone(images: list[Image], alice: User) -> None:
    for image in images:
        text, seen = image.answer, glyphs_of_digits(image)
        image.correct(alice, "text", text)
        lesson, left_out = lesson_of(image)
        assert lesson is not None, (text, left_out)
        assert (lesson.labels.tolist(), lesson.is_correction) == (digits_of(text), False)
        np.testing.assert_array_equal(lesson.glyphs, seen)


def test_a_correction_of_a_sign_alone_corrects_no_digit(images: list[Image], alice: User) -> None:
    for image in images:
        text, seen = image.answer, glyphs_of_digits(image)
        image.correct(alice, "text", changed(text, places(text, SIGNS)[0], SIGNS))
        lesson, left_out = lesson_of(image)
        assert lesson is not None, (text, left_out)
        assert not lesson.is_correction
        assert lesson.labels.tolist() == digits_of(text)
        np.testing.assert_array_equal(lesson.glyphs, seen)


def test_a_correction_of_a_digit_beside_signs_is_a_lesson_of_that_digit(images: list[Image], alice: User) -> None:
    for image in images:
        text, seen = image.answer, glyphs_of_digits(image)
        said = changed(text, places(text, DIGITS)[-1], DIGITS)
        image.correct(alice, "text", said)
        lesson, left_out = lesson_of(image)
        assert lesson is not None, (text, said, left_out)
        assert lesson.is_correction
        assert lesson.labels.tolist() == digits_of(said) != digits_of(text)
        np.testing.assert_array_equal(lesson.glyphs, seen)


def test_of_a_correction_of_both_the_digit_alone_is_taught(images: list[Image], alice: User) -> None:
    taught = 0
    for image in images:
        text, seen = image.answer, glyphs_of_digits(image)
        said = changed(text, places(text, SIGNS)[0], SIGNS)
        said = changed(said, places(text, DIGITS)[-1], DIGITS)
        image.correct(alice, "text", said)
        lesson, left_out = lesson_of(image)
        if lesson is None:  # so short a number that its marks may as well have slipped
            assert left_out == {"not_aligned": 1}
            continue
        taught += 1
        assert lesson.is_correction
        assert lesson.labels.tolist() == digits_of(said) != digits_of(text)
        np.testing.assert_array_equal(lesson.glyphs, seen)
    assert taught > len(images) / 2


@pytest.mark.parametrize("how", ["left out", "put in", "moved"])
def test_with_another_number_of_signs_nobody_knows_which_mark_is_which_digit(
    images: list[Image], alice: User, how: str
) -> None:
    for image in images:
        text = image.answer
        place = places(text, SIGNS)[0]
        without = text[:place] + text[place + 1 :]
        said = {"left out": without, "put in": f"-{text}", "moved": f"{without}{text[place]}"}[how]
        if said == text:  # the sign was the last already
            said = f"{text[place]}{without}"
        image.correct(alice, "text", said)
        assert lesson_of(image) == (None, {"not_aligned": 1}), (text, said)


def test_spaces_between_groups_change_nothing(images: list[Image], alice: User) -> None:
    for image in images:
        text = image.answer
        image.correct(alice, "text", " ".join(changed(text, places(text, DIGITS)[0], DIGITS)))
        lesson, _ = lesson_of(image)
        assert lesson is not None
        assert lesson.is_correction


def test_some_other_text_teaches_nothing_even_where_it_has_the_same_digits(images: list[Image], alice: User) -> None:
    for image in images:
        image.correct(alice, "other", f"{image.answer} kg")
        assert lesson_of(image) == (None, {})
