"""From what the reader says of a picture to the row that is kept of it, and from there to lessons."""

from collections.abc import Callable

import pytest

from recognizer.recognising.candidate import Prepared
from tests.recognizer.readings import read_as
from webapp.models import Batch, Image, ModelVersion, Prediction, Review, User
from worker.gathering import as_lessons
from worker.tasks.read import Opened, prediction

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]
TEXT = "-12,5 7\n1/4"


@pytest.fixture
def image(alice: User, hand_in: HandIn, champion: None) -> Image:
    """Read as numbers with signs, the first of them doubtful."""
    image = hand_in(alice, count=1).images.get()
    version = ModelVersion.objects.champion()
    assert version
    opened = Opened({}, {}, Prepared((), "read"), b"", 180, 40)
    said = prediction(image.pk, version, read_as(TEXT, 0.5, **{"-12,5": 0.6}), opened, 1.0)
    Image.objects.record(Image.objects.claim([image.pk]), [said])
    image.refresh_from_db()
    return image


def test_a_row_has_every_sign_and_every_number_in_its_line(image: Image) -> None:
    said = Prediction.objects.get()
    assert (said.text, said.symbols) == (TEXT, "-12,571/4")
    assert [found["digit"] for found in said.digits] == [None, 1, 2, None, 5, 7, 1, None, 4]
    assert {len(found["probabilities"]) for found in said.digits} == {17}
    assert [[word["text"] for word in line] for line in said.lines] == [["-12,5", "7"], ["1/4"]]
    assert said.lines[0][0] == {"text": "-12,5", "box": [0, 0, 100, 20], "confidence": 0.6}


def test_what_was_read_again_has_its_new_numbers(image: Image) -> None:
    said = Prediction.objects.get()
    said.lines = said.lines[1:]
    Prediction.objects.upsert([said])
    assert [[word["text"] for word in line] for line in Prediction.objects.get().lines] == [["1/4"]]


def test_a_correction_with_signs_is_a_lesson_of_its_digits(image: Image, alice: User) -> None:
    image.correct(alice, "text", "-12.8 7\n114")
    (lesson,) = as_lessons(Review.objects.lessons(held_out=False), {})
    assert (lesson.found, lesson.said) == ("-12,571/4", "-12.87114")
    learned = lesson.of_digits
    assert (learned.found, learned.said) == ("12571/4", "1287114")
    assert learned.glyphs[:, 0, 0].tolist() == [1, 2, 4, 5, 6, 7, 8]


def test_what_was_read_before_there_were_signs_is_a_lesson_as_ever(image: Image, alice: User) -> None:
    said = Prediction.objects.get()
    said.digits = [{"box": [0, 0, 1, 1], "digit": 7, "probabilities": [0.1] * 10}] * 9
    said.save()
    image.correct(alice, "text", "777177777")
    (lesson,) = as_lessons(Review.objects.lessons(held_out=False), {})
    assert (lesson.found, lesson.said) == ("777777777", "777177777")
