"""The promise on pages: what it takes, what it is, who may see it."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.promise.conftest import NONE_WRONG, SCRIPT, HandIn, drawn, look, page_of, read
from webapp.models import Batch, Certificate, Image, Review, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_it_says_beforehand_how_many_looks_a_promise_takes(as_alice: Client, batch: Batch) -> None:
    page = page_of(as_alice, batch)
    rows = re.findall(r'<th scope="row">(\d) %.*?that is (\d+).*?<td class="number">(\d+)</td>', page)
    assert rows == [("1", "0", "58"), ("2", "1", "49"), ("5", "3", "33")]
    assert not Certificate.objects.exists(), "nothing is drawn by looking at a page"


def test_beginning_draws_and_shows_the_first(as_alice: Client, batch: Batch) -> None:
    answer = as_alice.post(reverse("promise", args=[batch.pk]), {"goal": "5"}, follow=True)
    assert answer.redirect_chain[0][0] == f"{reverse('review', args=[batch.pk])}?goal=5"
    assert "<strong>33</strong>" in answer.content.decode()


@pytest.mark.parametrize("goal", ["", "0", "3", "100", "-1", "nan", "1 OR 1=1"])
def test_what_cannot_be_promised_is_refused_with_what_can(as_alice: Client, batch: Batch, goal: str) -> None:
    answer = as_alice.post(reverse("promise", args=[batch.pk]), {"goal": goal})
    assert answer.status_code == 400
    assert "Say how many may be wrong: 1, 2 or 5 in a hundred." in answer.content.decode()
    assert not Certificate.objects.exists()
    assert as_alice.get(reverse("review", args=[batch.pk]), {"goal": goal}).status_code == 200


def test_where_the_batch_does_not_hold_it_a_stricter_dial_is_offered(
    as_alice: Client, alice: User, hand_in: HandIn, champion: None
) -> None:
    """Of the surer half none is wrong, of the others every second."""
    batch = read(hand_in(alice, count=200), [0.9999] * 100 + [0.99] * 100)
    lot = drawn(batch, alice)
    for one in lot.looks.order_by("place")[:170]:
        wrong = one.confidence < 0.999 and one.image.index % 2 == 0
        one.image.say(alice, "text", "1" if wrong else "7", Review.Sampled.CERTIFY)
    page = page_of(as_alice, batch)
    offer = re.search(r"With the dial at ([\d.]+) % it is promised already: of the 100 answers accepted there", page)
    assert offer, page
    precision = re.search(r'name="precision" value="([\d.]+)"', page)
    assert precision
    as_alice.post(reverse("dial", args=[batch.pk]), {"precision": precision[1]})
    batch.refresh_from_db()
    assert batch.certificate.now.holds(0.05)
    assert "of the 100 answers accepted on" in batch.certificate_sentence


def test_what_was_said_stands_beside_what_was_seen(
    as_alice: Client, lot: Certificate, batch: Batch, alice: User
) -> None:
    look(batch, alice, 29)
    assert "on average, " not in page_of(as_alice, batch)
    look(batch, alice, 60, 31)
    said = "Of 60 answers looked at, which were said to be 99.5 % sure on average, 59 were right."
    assert said in page_of(as_alice, batch)


def test_the_batch_s_page_has_it_beside_the_dial(as_alice: Client, lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    page = as_alice.get(batch.get_absolute_url()).content.decode()
    assert NONE_WRONG in page
    assert f'href="{reverse("promise", args=[batch.pk])}"' in page


def test_where_nothing_is_accepted_nothing_is_offered(as_alice: Client, batch: Batch, alice: User) -> None:
    batch.turn_dial(1.0)
    link = f'href="{reverse("promise", args=[batch.pk])}"'
    assert link not in as_alice.get(batch.get_absolute_url()).content.decode()
    batch.turn_dial(0.99)
    drawn(batch, alice)
    look(batch, alice, 3)
    batch.turn_dial(1.0)
    assert link in as_alice.get(batch.get_absolute_url()).content.decode(), "what is promised still stands"


def test_an_answer_that_is_accepted_by_the_average_says_so(as_alice: Client, batch: Batch) -> None:
    surer, less_sure = batch.images.get(index=0), batch.images.get(index=40)
    Image.objects.filter(pk=less_sure.pk).update(confidence=0.99)
    batch.turn_dial(0.992)
    for image, said in ((surer, False), (less_sure, True)):
        page = " ".join(as_alice.get(reverse("image", args=[image.pk])).content.decode().split())
        assert "sure: so likely the model holds it that all of this answer is right." in page
        assert ("It is accepted although that is less than 99.2 %" in page) is said
    assert "accepted by the average of its batch" in as_alice.get(batch.get_absolute_url()).content.decode()


def test_a_reviewer_may_look_and_does_not_turn_the_dial(as_bob: Client, batch: Batch, alice: User, bob: User) -> None:
    assert as_bob.get(reverse("promise", args=[batch.pk])).status_code == 404
    batch.reviewer = bob
    batch.save()
    assert as_bob.post(reverse("promise", args=[batch.pk]), {"goal": "5"}).status_code == 302
    look(batch, bob, 10)
    assert reverse("dial", args=[batch.pk]) not in page_of(as_bob, batch)


def test_looking_asks_the_database_little(
    as_alice: Client, lot: Certificate, batch: Batch, alice: User, django_assert_max_num_queries: Callable
) -> None:
    look(batch, alice, 3)
    with django_assert_max_num_queries(12):
        as_alice.get(reverse("promise", args=[batch.pk]))
    with django_assert_max_num_queries(18):
        as_alice.get(batch.get_absolute_url())
    with django_assert_max_num_queries(18):
        image = lot.looks.get(place=5).image
        as_alice.post(reverse("review-image", args=[image.pk]), {"text": "7", "goal": "5"}, headers=SCRIPT)
