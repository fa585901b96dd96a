"""What another notation makes of answers."""

import pytest

from tests.webapp.values.conftest import CODES, COMMA, HandIn, Read, answer, sort_values, standings
from webapp.models import Batch, Image, ReviewQueue, User
from webapp.models.batch import rules as batch_rules
from webapp.models.review_queue import batches_to_review
from webapp.notation import AS_WRITTEN, Kind, Notation, NoValue
from worker.tasks import maintain

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_another_notation_values_all_anew_piece_by_piece(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_rules, "VALUED_AT_ONCE", 2)
    batch = read("1.250", "2.5", "05", "7", "-")
    assert sort_values(batch) == [None, 2.5, None, 7, None]
    batch.notate(COMMA)
    assert sort_values(batch) == [1250, None, 5, 7, None]
    batch.notate(CODES)
    assert sort_values(batch) == [None] * 5
    batch.notate(AS_WRITTEN)
    assert sort_values(batch) == [None, 2.5, None, 7, None]
    assert batch.valued


def test_what_was_broken_off_is_gone_on_with(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = read("1.250", "2.500")
    monkeypatch.setattr(Batch, "value_answers", lambda self: None)
    batch.notate(COMMA)
    monkeypatch.undo()
    assert sort_values(batch) == [None, None]
    maintain.value()
    assert sort_values(batch) == [1250, 2500]
    assert not Batch.objects.to_be_valued().exists()


def test_pictures_of_before_there_were_values_get_theirs(read: Read) -> None:
    batches = [read("4079", "12,5"), read("05", "3")]
    Image.objects.update(sort_value=None)
    Batch.objects.update(valued=False)
    maintain.value()
    assert [sort_values(batch) for batch in batches] == [[4079, 12.5], [None, 3]]
    maintain.value()
    assert Batch.objects.filter(valued=True).count() == 2


def test_what_has_no_value_in_a_notation_that_was_said_is_to_check_with_the_reason(read: Read, alice: User) -> None:
    batch = read("1,5", "1.5", "-2", "")
    assert standings(batch) == ["sure"] * 4
    batch.notate(Notation(Kind.NUMBER, decimal=",", negative=False))
    assert standings(batch) == ["sure", "doubtful", "doubtful", "sure"]
    reasons = [image.broken_sentence for image in batch.images.order_by("index")]
    assert reasons == ["", NoValue.NUMBER.label, NoValue.NEGATIVE.label, ""]
    assert ReviewQueue(batch, alice).left() == 2
    assert list(batches_to_review(Batch.objects.all())) == [batch]
    batch.images.order_by("index")[1].correct(alice, "text", "2,5")
    assert standings(batch) == ["sure", "reviewed", "doubtful", "sure"]
    batch.images.order_by("index")[1].correct(alice, "text", "2.5")
    assert batch.images.order_by("index")[1].broken_rule == "value"
    batch.notate(AS_WRITTEN)
    assert standings(batch) == ["sure", "reviewed", "sure", "sure"]


def test_what_is_read_later_is_checked_by_the_notation(alice: User, hand_in: HandIn, champion: None) -> None:
    batch = hand_in(alice, count=2)
    batch.notate(COMMA)
    answer(batch.images.order_by("index"), ["1,5", "1.5"])
    batch.refresh_from_db()
    assert standings(batch) == ["sure", "doubtful"]
