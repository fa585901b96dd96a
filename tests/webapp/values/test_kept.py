"""Values are kept beside answers, whatever changes these."""

import math
from fractions import Fraction

import pytest

from tests.webapp.test_batch import a_prediction
from tests.webapp.values.conftest import CODES, COMMA, DATES, HandIn, Read, answer, sort_values
from webapp.models import Batch, Image, RereadingOrder, Review, User
from webapp.models.images import Under
from webapp.notation import AS_WRITTEN, Kind, Notation

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize(
    ("noted", "text", "value"),
    [
        (AS_WRITTEN, "4079", 4079),
        (AS_WRITTEN, "-12,5", -12.5),
        (AS_WRITTEN, "1.250", None),
        (AS_WRITTEN, "0.1", 0.1),
        (AS_WRITTEN, "12\n13", None),
        (AS_WRITTEN, "", None),
        (COMMA, "1.250", 1250),
        (COMMA, "12.5", None),
        (COMMA, "9" * 190, float("9" * 190)),
        (CODES, "05", None),
        (DATES, "1.1.1970", 719163),
        (Notation(Kind.TIME), "1:00:01", 3601),
        (Notation(Kind.FRACTION), "1/4", 0.25),
    ],
)
def test_what_was_read_is_kept_with_its_value(read: Read, noted: Notation, text: str, value: float | None) -> None:
    (kept,) = sort_values(read(text, noted=noted))
    assert (kept is None) == (value is None)
    assert value is None or math.isclose(kept, value, rel_tol=1e-15)


def test_the_value_itself_is_exact(read: Read) -> None:
    batch = read("1/3", "x", noted=Notation(Kind.FRACTION))
    first, second = batch.images.with_answers().order_by("index")
    assert (first.value, second.value) == (Fraction(1, 3), None)


def test_each_picture_of_a_message_is_valued_by_its_own_batch(read: Read, hand_in: HandIn, alice: User) -> None:
    batches = [read("0", noted=noted) for noted in (COMMA, Notation(Kind.NUMBER, decimal="."))]
    images = Image.objects.filter(batch__in=batches)
    images.update(state="waiting", attempts=0)
    answer(images.order_by("pk"), ["1.250", "1.250"])
    assert [sort_values(batch) for batch in batches] == [[1250], [1.25]]


def test_however_large_and_small_values_reach_the_database(read: Read) -> None:
    batch = read(*["1"] * 9)
    pks = list(batch.images.order_by("index").values_list("pk", flat=True))
    values = [0.0, -1.0, 0.1, 1e-300, 1.7976931348623157e308, -(2.0**53), 1 / 3, 12345678901234.567, None]
    batch.images.update(sort_value=Under(dict(zip(pks, values, strict=True))))
    for kept, value in zip(sort_values(batch), values, strict=True):
        assert kept == value or math.isclose(kept, value, rel_tol=1e-15)
    batch.images.update(sort_value=Under({pks[0]: 5}))
    assert sort_values(batch) == [5, *[None] * 8]


def test_a_person_s_word_has_its_own_value_and_taking_it_back_the_model_s(read: Read, alice: User) -> None:
    batch = read("1,5", noted=COMMA)
    image = batch.images.get()
    image.correct(alice, "text", "2,5")
    assert sort_values(batch) == [2.5]
    image.correct(alice, "blank")
    assert sort_values(batch) == [None]
    image.withdraw(alice)
    image.withdraw(alice)
    assert sort_values(batch) == [1.5]


def test_a_reading_done_again_is_valued_and_a_person_s_word_keeps_its_value(read: Read, alice: User) -> None:
    batch = read("1,5", "2,5", noted=COMMA)
    batch.images.order_by("index")[0].correct(alice, "text", "99")
    Batch.objects.update(hints={"digits": 2})
    order = RereadingOrder.place(alice, batch.images.all(), batch.pk)
    assert order
    rows = order.rereadings.order_by("image")
    said = [a_prediction(row.image) for row in rows]
    for one in said:
        one.text, one.hints = "3,5", {"digits": 2}
    order.rereadings.record(order.rereadings.claim([row.pk for row in rows]), said)
    assert sort_values(batch) == [99, 3.5]


def test_answers_that_come_with_their_pictures_are_valued(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=3)
    Batch.objects.update(notation=COMMA.stored())
    Review.objects.bring(batch.images.select_related("batch"), {0: "1.250,5", 1: "", 2: "4"})
    assert sort_values(batch) == [1250.5, None, 4]
