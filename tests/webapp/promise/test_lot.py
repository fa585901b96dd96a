"""What is drawn by lot, from which answers."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.webapp.promise.conftest import HandIn, drawn, page_of, read
from webapp.models import Batch, Certificate, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_the_lot_is_drawn_from_what_the_dial_accepts(batch: Batch, alice: User) -> None:
    batch.images.earliest("index").correct(alice, "text", "7")
    lot = drawn(batch, alice)
    assert {one.image for one in lot.looks.all()} == set(batch.images.sure())
    assert lot.positions[0].accepted == lot.looks.count() == 59


def test_every_order_is_as_likely_and_none_is_known_beforehand(batch: Batch, alice: User) -> None:
    orders = set()
    for _ in range(3):
        orders.add(tuple(drawn(batch, alice).looks.order_by("place").values_list("image", flat=True)))
        Certificate.objects.all().delete()
    assert len(orders) == 3


def test_the_same_answers_are_drawn_from_once(lot: Certificate, batch: Batch, bob: User) -> None:
    assert drawn(batch, bob) == lot
    assert Certificate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_look_at_one_lot(batch: Batch, alice: User) -> None:
    together = threading.Barrier(2)
    found: list[Certificate | None] = []

    def begin() -> None:
        together.wait()
        found.append(Certificate.draw(batch, alice))
        connection.close()

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1] == Certificate.objects.get()


def test_nothing_is_drawn_before_all_is_read_or_where_nothing_is_accepted(
    as_alice: Client, alice: User, hand_in: HandIn, champion: None
) -> None:
    batch = hand_in(alice, count=2)
    assert Certificate.draw(batch, alice) is None
    assert "Nothing can be promised before all pictures are read." in page_of(as_alice, batch)
    read(batch, [0.3, 0.3])
    assert Certificate.draw(batch, alice) is None
    assert "The dial accepts nothing here: no answer is likelier right than wrong." in page_of(as_alice, batch)
    assert as_alice.post(reverse("promise", args=[batch.pk]), {"goal": "1"}).status_code == 400
