"""A row of what is taken away: what an answer is worth, why somebody should look at it, and its numbers one by one."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from tests.webapp.conftest import BatchOf, read_as
from tests.webapp.test_batch import a_prediction
from webapp.exports.row import Row, rows
from webapp.exports.wanted import Wanted
from webapp.models import Batch, Image, Review, User
from webapp.models.rules import Rules
from webapp.notation import AS_WRITTEN, Kind, Notation

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]
BY_NUMBER = Wanted(by_number=True)
SPACED = Notation(Kind.NUMBER, decimal=",", thousands=" ")


def rows_of(batch: Batch, wanted: Wanted = Wanted()) -> list[Row]:
    return list(rows(batch.images.order_by("index"), wanted))


def by_number(batch: Batch) -> list[tuple[object, ...]]:
    return [(row.line, row.place, row.text, row.value, row.confidence) for row in rows_of(batch, BY_NUMBER)]


@pytest.fixture
def batch(alice: User, hand_in: HandIn, champion: None) -> Batch:
    """One picture of each state: accepted, less sure, against a rule, nothing found, checked, failed, waiting."""
    names = ("sure", "unsure", "ruled", "nothing", "checked", "failed", "waiting")
    batch = hand_in(alice, files=[(f"{name}.png", name.encode()) for name in names])
    images = dict(zip(names, batch.images.order_by("index"), strict=True))
    said = {name: a_prediction(images[name], 0.6 if name == "unsure" else 0.995) for name in names[:5]}
    said["ruled"].text = "12"
    said["nothing"].text, said["nothing"].outcome = "", "unclear"
    for name, prediction in said.items():
        Image.objects.record(Image.objects.claim([images[name].pk]), [prediction])
    Image.objects.fail(Image.objects.claim([images["failed"].pk]), [images["failed"].pk], "empty")
    Image.objects.get(pk=images["checked"].pk).correct(alice, "text", "9")
    batch.expect(Rules(digits=1))
    return batch


def test_a_row_says_what_state_it_is_in_and_why(batch: Batch) -> None:
    assert {row.file.removesuffix(".png"): (row.state, row.reason) for row in rows_of(batch)} == {
        "sure": ("accepted", ""),
        "unsure": ("to check", "Less sure than your 99 %."),
        "ruled": ("to check", "It should have exactly 1 digit."),
        "nothing": ("to check", "No number was found."),
        "checked": ("checked", ""),
        "failed": ("failed", "This file is empty."),
        "waiting": ("waiting", ""),
    }


def test_where_everything_is_to_check_no_answer_is_called_unsure(batch: Batch) -> None:
    batch.turn_dial(1.0)
    assert {row.reason for row in rows_of(batch)[:2]} == {"At 100 % everything is to check."}


def test_a_cancelled_picture_says_so(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=1)
    batch.cancel()
    assert [(row.state, row.outcome) for row in rows_of(batch)] == [("cancelled", "cancelled")]


def test_rows_are_the_same_in_every_language(batch: Batch) -> None:
    plain = rows_of(batch)
    with translation.override("de"):
        assert rows_of(batch) == plain
        assert translation.get_language() == "de"


@pytest.mark.parametrize(
    ("notation", "text", "value", "reason"),
    [
        (Notation(Kind.NUMBER, decimal=","), "1.234,50", Decimal("1234.50"), ""),
        (Notation(Kind.DATE), "12.5.24", date(2024, 5, 12), ""),
        (Notation(Kind.DATE), "12.5.", None, "It is a date without a year, and the notation names none."),
        (Notation(Kind.CODE), "0 12", "012", ""),
        (
            AS_WRITTEN,
            "1.234",
            None,
            "Its point or comma may part thousands or decimals; the notation does not say which.",
        ),
        (AS_WRITTEN, "", None, ""),
    ],
)
def test_a_row_has_what_its_answer_is_worth_or_why_it_is_nothing(
    batch_of: BatchOf, notation: Notation, text: str, value: object, reason: str
) -> None:
    (row,) = rows_of(batch_of([text], notation))
    assert (row.text, row.value, row.reason) == (text, value, reason)


@pytest.mark.parametrize(("name", "page"), [("scan.pdf, page 12", 12), ("page 3.png", None), ("x, page 3.png", None)])
def test_a_page_of_a_document_has_its_number(batch_of: BatchOf, name: str, page: int | None) -> None:
    batch = batch_of(["7"])
    batch.images.update(name=name)
    assert rows_of(batch)[0].page == page


def test_numbers_of_a_reading_come_one_by_one_each_as_sure_as_it_is(batch_of: BatchOf, champion: None) -> None:
    batch = batch_of(["", "7"])
    first, second = batch.images.order_by("index")
    batch.images.update(review=None)
    Review.objects.all().delete()
    read_as(first, [[("12", 0.99), ("13,5", 0.98)], [("14", 0.5)]], confidence=0.48)
    read_as(second, [[("7", 0.97)]], confidence=0.97)
    assert by_number(batch) == [
        (1, 1, "12", 12, 0.99),
        (1, 2, "13,5", Decimal("13.5"), 0.98),
        (2, 1, "14", 14, 0.5),
        (None, None, "7", 7, 0.97),
    ]
    found = rows_of(batch, BY_NUMBER)[:3]
    assert {(row.file, row.state) for row in found} == {("0000.png", "to check")}
    assert found[2].reason == "Less sure than your 99 %."
    assert found[0].reason == "Another number of its picture is less sure than your 99 %."
    assert [row.text for row in rows_of(batch)] == ["12 13,5\n14", "7"]


def test_numbers_of_a_persons_word_are_parted_by_spaces_and_lines(batch_of: BatchOf, champion: None) -> None:
    batch = batch_of(["12 13\n\n14"] * 2)
    alike, otherwise = batch.images.order_by("index")
    read_as(alike, [[("12", 0.9), ("18", 0.8)], [("14", 0.7)]], confidence=0.5)
    read_as(otherwise, [[("1213", 0.9)]], confidence=0.9)
    assert by_number(batch)[:3] == [(1, 1, "12", 12, 0.9), (1, 2, "13", 13, 0.8), (2, 1, "14", 14, 0.7)]
    found = [(row.model_text, row.confidence) for row in rows_of(batch, BY_NUMBER)]
    assert found == [("12", 0.9), ("18", 0.8), ("14", 0.7), *[("", None)] * 3], "nobody knows which of them 1213 is"


@pytest.mark.parametrize(
    ("notation", "text", "numbers"),
    [
        (SPACED, "1 234 5 678", ["1 234", "5 678"]),
        (SPACED, "1 234 567,5 8", ["1 234 567,5", "8"]),
        (AS_WRITTEN, "100 200", ["100", "200"]),
        (AS_WRITTEN, "5 - 3", ["5", "-", "3"]),
        (AS_WRITTEN, "5 % 6", ["5 %", "6"]),
        (Notation(Kind.CODE), "012 345", ["012", "345"]),
        (Notation(Kind.FRACTION), "1 2 3/4", ["1", "2 3/4"]),
        (Notation(Kind.DATE), "1. 2. 1999 3. 4. 2000", ["1. 2. 1999", "3. 4. 2000"]),
    ],
)
def test_a_number_with_spaces_in_it_stays_whole_where_the_notation_says_so(
    batch_of: BatchOf, notation: Notation, text: str, numbers: list[str]
) -> None:
    assert [row.text for row in rows_of(batch_of([text], notation), BY_NUMBER)] == numbers


def test_a_reading_of_a_number_with_spaces_in_it_is_one_and_as_sure_as_its_parts_together(
    batch_of: BatchOf, champion: None
) -> None:
    batch = batch_of([""], SPACED)
    image = batch.images.get()
    batch.images.update(review=None)
    read_as(image, [[("1", 0.9), ("234", 0.8), ("5", 0.7)]], confidence=0.5)
    assert by_number(batch) == [(1, 1, "1 234", 1234, 0.72), (1, 2, "5", 5, 0.7)]


def test_a_picture_without_numbers_keeps_its_row(batch: Batch) -> None:
    assert len(rows_of(batch, BY_NUMBER)) == len(rows_of(batch)) == 7
