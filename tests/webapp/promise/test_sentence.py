"""What the promise says, and of what."""

import pytest
from django.utils import timezone, translation

from tests.webapp.promise.conftest import NONE_WRONG, HandIn, drawn, look, read
from webapp.models import Batch, Certificate, Review, User
from webapp.models.certificate import ERROR, percent

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_nothing_is_promised_before_somebody_has_looked(batch: Batch, alice: User) -> None:
    assert batch.certificate_sentence == ""
    drawn(batch, alice)
    assert batch.certificate_sentence == ""


def test_it_says_how_many_are_wrong_at_most_of_which_answers_and_why(
    lot: Certificate, batch: Batch, alice: User
) -> None:
    look(batch, alice, 33)
    sentence = batch.certificate_sentence
    assert sentence.startswith("At most 3 of the 60 answers accepted on "), sentence
    assert sentence.endswith(f"are wrong (5 %), {NONE_WRONG}"), sentence
    assert str(timezone.localtime(lot.created_at).year) in sentence


def test_what_turned_out_wrong_is_corrected_and_not_among_what_is_left(
    lot: Certificate, batch: Batch, alice: User
) -> None:
    look(batch, alice, 40, 3, 17)
    looks = batch.certificate.now
    assert (looks.looked, looks.wrong) == (40, 2)
    assert f"At most {looks.most_left} of the 60 answers" in batch.certificate_sentence
    assert "are still wrong" in batch.certificate_sentence
    assert "40 drawn by lot were looked at, 2 were wrong and are corrected." in batch.certificate_sentence
    look(batch, alice, 60)
    assert batch.certificate.now.most_left == 0
    assert batch.certificate_sentence.startswith("None of the 60 answers accepted on ")


def test_the_number_of_wrong_ones_is_never_less_than_it_is(batch: Batch, alice: User) -> None:
    lot = drawn(batch, alice)
    look(batch, alice, 59, *range(0, 60, 5))
    assert batch.certificate.now.most_left >= 1, "of the last one nothing is known"
    assert lot.positions[0].error < ERROR


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0"), (0.01, "1"), (27 / 2731, "1"), (0.05, "5"), (0.0501, "5.1"), (1, "100")]
)
def test_shares_are_rounded_up(share: float, said: str) -> None:
    assert percent(share) == said


def test_what_is_left_out_is_not_passed_over(lot: Certificate, batch: Batch, alice: User) -> None:
    """Else one could leave out what looks wrong."""
    look(batch, alice, 20)
    fifth = lot.looks.get(place=5).image
    fifth.withdraw(alice)
    assert batch.certificate.now.looked == 5
    fifth.correct(alice, "unreadable")
    assert (batch.certificate.now.looked, batch.certificate.now.wrong) == (20, 1)


def test_a_word_counts_whyever_it_was_said_and_once(lot: Certificate, batch: Batch, alice: User, bob: User) -> None:
    first = lot.looks.get(place=0).image
    first.say(alice, "text", "7", Review.Sampled.CERTIFY)
    first.say(bob, "text", "7", Review.Sampled.CERTIFY)
    first.say(bob, "text", "7")
    assert batch.certificate.now.looked == 1


def test_it_is_translated(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33, 2)
    with translation.override("de"):
        assert "Höchstens" in batch.certificate_sentence
        assert "At most" not in batch.certificate_sentence
        assert "1 war falsch und ist berichtigt." in batch.certificate_sentence


def known_checks(person: User, other: User, hand_in: HandIn, count: int, wrong: int) -> None:
    """So many pictures of another batch that `other` had answered before `person` was shown them."""
    batch = read(hand_in(other, count=count), [0.3] * count)
    for i, image in enumerate(batch.images.order_by("index")):
        image.correct(other, "text", "7")
        image.correct(person, "text", "1" if i < wrong else "7", Review.Sampled.KNOWN)


def test_how_often_whoever_looked_is_wrong_is_said_once_that_is_known(
    lot: Certificate, batch: Batch, alice: User, bob: User, hand_in: HandIn
) -> None:
    look(batch, alice, 10)
    known_checks(alice, bob, hand_in, 29, 1)
    assert "known already" not in batch.certificate_sentence
    known_checks(alice, bob, hand_in, 3, 1)
    said = "Of 32 pictures that were known already, whoever looked said something else on 2."
    assert said in batch.certificate_sentence
    look(batch, bob, 20)
    assert "known already" not in batch.certificate_sentence, "of bob it is not known"
