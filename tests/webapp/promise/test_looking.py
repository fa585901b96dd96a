"""Looking at what was drawn: what is shown to whom, and what counts."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.promise.conftest import NONE_WRONG, SCRIPT, look
from webapp.models import Batch, Certificate, CertifyingQueue, Review, ReviewQueue, User, certifying

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def queue(batch: Batch, person: User, goal: float = 0.05) -> CertifyingQueue:
    return CertifyingQueue(batch, person, goal=goal)


def forms(page: str) -> list[str]:
    return re.findall(r"<form class=\"review.*?</form>", page, re.S)


def test_it_deals_what_the_goal_needs_in_the_lots_order(lot: Certificate, batch: Batch, alice: User) -> None:
    dealt = queue(batch, alice).deal(100)
    assert [one.image.pk for one in dealt] == list(lot.looks.order_by("place").values_list("image", flat=True)[:33])
    assert {one.sampled for one in dealt} == {Review.Sampled.CERTIFY}
    look(batch, alice, 33)
    assert queue(batch, alice).deal(100) == []
    assert queue(batch, alice, 0.01).left() > 0


def test_two_are_dealt_different_pictures_and_each_counts_once(
    lot: Certificate, batch: Batch, alice: User, bob: User
) -> None:
    batch.reviewer = bob
    batch.save()
    hers, his = queue(batch, alice).deal(17), queue(batch, bob).deal(17)
    assert len({one.image for one in [*hers, *his]}) == 33
    assert queue(batch, bob).others() == [alice]
    for person, hand in ((bob, his), (alice, hers)):
        for one in hand:
            one.image.say(person, "text", "7", one.sampled)
    assert batch.certificate.now.looked == 33


def test_others_are_mixed_in_and_none_shows_what_was_read(
    as_alice: Client, lot: Certificate, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifying, "DOUBTFUL_SHARE", 0.5)
    page = as_alice.get(reverse("review", args=[batch.pk]), {"goal": "5"}).content.decode()
    shown = forms(page)
    assert len(shown) == 8
    doubtful = {str(pk) for pk in batch.images.doubtful().values_list("pk", flat=True)}
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    for form in shown:
        assert re.search(r'<input name="text"[^>]* value=""', form), form
        pk = re.search(r'data-pk="(\d+)"', form)
        assert pk
        kinds[pk[1] in doubtful].add(alike(form))
    assert kinds[True] == kinds[False] or not kinds[True]
    assert len(kinds[False]) == 1


def alike(form: str) -> str:
    """A form without what names its picture."""
    return re.sub(r'digit-\d+\.png|\d+|base64,[^"]+|value="[^"]*"| hidden(?=>)', "", form)


def test_what_is_something_else_is_asked_for_once_more(as_alice: Client, lot: Certificate, batch: Batch) -> None:
    image = lot.looks.get(place=0).image
    address = reverse("review-image", args=[image.pk])
    page = as_alice.post(address, {"text": "1", "goal": "5"}, headers=SCRIPT).content.decode()
    assert "Please look once more" in page
    assert 'name="again" value="text 1"' in page
    assert re.search(r'<input name="text"[^>]* value=""', page)
    assert not Review.objects.exists()
    as_alice.post(address, {"text": "4", "goal": "5", "again": "text 1"}, headers=SCRIPT)
    assert not Review.objects.exists(), "neither of the two was said twice"
    as_alice.post(address, {"text": "4", "goal": "5", "again": "text 4"}, headers=SCRIPT)
    image.refresh_from_db()
    assert image.answer == "4"


def test_a_slip_of_the_hand_is_not_held_against_the_answer(as_alice: Client, lot: Certificate, batch: Batch) -> None:
    image = lot.looks.get(place=0).image
    address = reverse("review-image", args=[image.pk])
    as_alice.post(address, {"text": "77", "goal": "5"})
    assert as_alice.post(address, {"text": "7", "goal": "5", "again": "text 77"}).status_code == 302
    assert (batch.certificate.now.looked, batch.certificate.now.wrong) == (1, 0)


def test_in_an_ordinary_review_nothing_is_asked_twice_and_the_lot_is_not_shown(
    as_alice: Client, lot: Certificate, batch: Batch
) -> None:
    doubtful = batch.images.doubtful().first()
    assert as_alice.post(reverse("review-image", args=[doubtful.pk]), {"text": "1"}).status_code == 302
    assert not ReviewQueue(batch, batch.owner).sure().exists()


def test_it_goes_on_without_javascript_until_the_goal_is_reached(
    as_alice: Client, lot: Certificate, batch: Batch
) -> None:
    page = as_alice.get(reverse("review", args=[batch.pk]), {"goal": "5"}).content.decode()
    for looked in range(33):
        assert f"<strong>{33 - looked}</strong>" in page
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', forms(page)[0]))
        pk = re.search(r'data-pk="(\d+)"', forms(page)[0])
        assert pk
        address = reverse("review-image", args=[pk[1]])
        page = as_alice.post(address, fields | {"text": "7"}, follow=True).content.decode()
    assert NONE_WRONG in page
    assert set(Review.objects.values_list("sampled", flat=True)) == {"certify"}


def test_undoing_a_look_shows_it_blind_again(as_alice: Client, lot: Certificate, batch: Batch, alice: User) -> None:
    image = lot.looks.get(place=0).image
    image.say(alice, "text", "7", Review.Sampled.CERTIFY)
    page = as_alice.post(reverse("review-undo", args=[image.pk]), {"goal": "5"}, follow=True).content.decode()
    assert re.search(r'<input name="text"[^>]* value=""', page)
    assert batch.certificate.now.looked == 0


def test_without_a_lot_the_page_says_how_to_get_one(as_alice: Client, batch: Batch) -> None:
    answer = as_alice.get(reverse("review", args=[batch.pk]), {"goal": "5"})
    assert answer.url == reverse("promise", args=[batch.pk])
