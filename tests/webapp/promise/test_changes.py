"""What the promise says once the batch has changed."""

import pytest

from tests.webapp.promise.conftest import NONE_WRONG, drawn, look
from tests.webapp.test_batch import a_prediction, upload
from webapp.models import Batch, Certificate, Image, Look, User
from webapp.models.rules import Rules

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_a_stricter_dial_is_promised_something_by_what_was_looked_at_within_it(
    lot: Certificate, batch: Batch, alice: User
) -> None:
    look(batch, alice, 60)
    batch.turn_dial(0.999)
    looks = batch.certificate.now
    assert (looks.whole, looks.looked) == (30, 30)
    assert looks.error < lot.positions[0].error
    assert batch.certificate_sentence.startswith("None of the 30 answers accepted on ")
    assert "since" not in batch.certificate_sentence


def test_a_looser_dial_has_moved_since(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    Image.objects.filter(pk__in=batch.images.doubtful().values("pk")[:2]).update(confidence=0.6)
    batch.turn_dial(0.9)
    assert batch.certificate_sentence.endswith(f"{NONE_WRONG} The dial has moved since.")
    again = drawn(batch, alice)
    assert again != lot
    assert again.positions[0].accepted == 29
    assert "The dial has moved since." in batch.certificate_sentence, "of the new one nothing was looked at"
    look(batch, alice, 3)
    assert "The dial has moved since." not in batch.certificate_sentence


def test_pictures_that_come_later_are_not_promised_anything(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    addition, _ = batch.announce(1)
    batch.take_in({addition.start: upload()})
    batch.refresh_from_db()
    assert batch.certificate_sentence.endswith(f"{NONE_WRONG} Pictures have come or gone since.")


def test_what_is_taken_out_ends_what_the_lot_can_say(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    batch.remove(lot.looks.get(place=20).image.index)
    batch.refresh_from_db()
    assert "20 drawn by lot were looked at" in batch.certificate_sentence
    assert batch.certificate_sentence.endswith("Pictures have come or gone since.")


def test_answers_that_were_read_again_are_others(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    image = lot.looks.get(place=40).image
    said = a_prediction(image, 0.99)
    said.hints = {"digits": 1}
    said.save()
    Image.objects.filter(pk=image.pk).update(prediction=said)
    assert batch.certificate_sentence.endswith("Answers were read again since.")


def test_other_rules_accept_other_answers(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    batch.expect(Rules(digits=4))
    assert batch.certificate_sentence.endswith("The batch's rules have changed since.")


def test_a_batch_goes_with_its_lots(lot: Certificate, batch: Batch) -> None:
    batch.delete()
    assert not Look.objects.exists()
    assert not Certificate.objects.exists()
