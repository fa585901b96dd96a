"""What its owner decides about a batch, and who else may look at it for that."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from tests.webapp.test_batch import a_prediction
from webapp.models import Batch, Image, ShareLink, User
from webapp.views import shared

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(alice: User, hand_in: Callable[..., Batch], champion: None) -> Batch:
    batch = hand_in(alice, count=2)
    for image in batch.images.all():
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, 0.999)])
    batch.refresh_from_db()
    return batch


def settings_of(batch: Batch, part: str = "settings") -> str:
    return f"/batches/{batch.pk}/{part}/"


def test_a_batch_gets_a_name_a_note_and_keeps_them(as_alice: Client, batch: Batch) -> None:
    page = as_alice.post(settings_of(batch, "describe"), {"name": "June", "note": "The\n<old> meter"}, follow=True)
    assert "The<br>&lt;old&gt; meter" in page.content.decode()
    batch.refresh_from_db()
    assert (batch.name, batch.reviewer) == ("June", None)
    refused = as_alice.post(settings_of(batch, "describe"), {"name": ""})
    assert refused.status_code == 400
    assert 'role="alert"' in refused.content.decode()


def test_rules_are_said_on_the_page_and_what_breaks_them_is_to_check(as_alice: Client, batch: Batch) -> None:
    page = as_alice.post(settings_of(batch, "rules"), {"digits": "2", "unique": "on"}, follow=True).content.decode()
    assert "exactly 2 digits, no number twice" in page
    assert "2 to check" in page
    assert 'value="2"' in as_alice.get(settings_of(batch)).content.decode()
    page = as_alice.post(settings_of(batch, "rules"), {}, follow=True).content.decode()
    assert "2 accepted" in page


def test_what_the_answers_add_up_to_stands_on_the_batch_s_page_and_beside_the_rule(
    as_alice: Client, batch: Batch
) -> None:
    said = "The answers add up to 14; 1,250 expected; 1,236 less."
    page = as_alice.post(settings_of(batch, "rules"), {"total": "1250"}, follow=True).content.decode()
    assert said in page
    assert said in as_alice.get(settings_of(batch)).content.decode()


@pytest.mark.parametrize("rules", [{"digits": "0"}, {"least": "5", "most": "4"}, {"check": "magic"}, {"total": "x"}])
def test_rules_that_make_no_sense_are_explained(as_alice: Client, batch: Batch, rules: dict) -> None:
    answer = as_alice.post(settings_of(batch, "rules"), rules)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_a_link_shows_the_batch_until_it_expires_and_nothing_else(
    as_alice: Client, as_bob: Client, client: Client, batch: Batch
) -> None:
    page = as_alice.post(settings_of(batch, "share"), {"days": "7"}, follow=True).content.decode()
    address = re.search(r"http://testserver(/shared/[\w-]+/)", page)[1]  # type: ignore[index]
    for visitor in (client, as_bob):
        answer = visitor.get(address)
        shown = answer.content.decode()
        assert "digit-0.png" in shown
        assert "<form" not in shown.split("<main")[1].split("</main")[0]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert visitor.get(batch.get_absolute_url()).status_code in (302, 404)
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    image = f"{address}images/{batch.images.first().pk}/"
    assert [client.get(url).status_code for url in (address, image, f"{image}picture")] == [404, 404, 404]


def test_a_picture_behind_a_link_can_be_opened_with_its_answer_and_its_neighbours(
    client: Client, batch: Batch, alice: User
) -> None:
    link = ShareLink.for_days(batch, 1)
    first, second = batch.images.order_by("index")
    second.correct(alice, "text", "4079")
    cards = client.get(link.get_absolute_url()).content.decode()
    address = f"{link.get_absolute_url()}images/{second.pk}/"
    assert f'href="{address}"' in cards
    answer = client.get(address)
    page = answer.content.decode().split("<main")[1].split("</main")[0]
    assert "4079" in page
    assert "checked by a person" in page
    assert "alice" not in page
    assert f'href="{link.get_absolute_url()}images/{first.pk}/"' in page
    assert f'href="{link.get_absolute_url()}?page=1#image-{second.pk}"' in page
    assert "<form" not in page
    headers = ("Referrer-Policy", "X-Robots-Tag", "Cache-Control")
    assert [answer[header] for header in headers] == ["no-referrer", "noindex, nofollow", "private, no-store"]
    assert client.post(address).status_code == 405


def test_back_from_a_shared_picture_leads_to_the_page_that_it_is_on(
    client: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "PER_PAGE", 1)
    last = batch.images.order_by("index").last()
    link = ShareLink.for_days(batch, 1)
    page = client.get(f"{link.get_absolute_url()}images/{last.pk}/").content.decode()
    assert f"?page=2#image-{last.pk}" in page


def test_a_link_shows_the_pictures_of_its_own_batch_alone(
    client: Client, batch: Batch, bob: User, hand_in: Callable[..., Batch], digits: object
) -> None:
    link = ShareLink.for_days(batch, 1)
    other = hand_in(bob, count=1).images.get()
    for part in ("", "picture"):
        assert client.get(f"/shared/{link.token}/images/{other.pk}/{part}").status_code == 404


def test_a_link_can_be_ended_at_once(as_alice: Client, client: Client, batch: Batch) -> None:
    link = ShareLink.for_days(batch, 30)
    as_alice.post(f"/batches/{batch.pk}/share/{link.pk}/end/")
    assert client.get(link.get_absolute_url()).status_code == 404


def test_a_reviewer_sees_and_corrects_what_was_assigned_and_decides_nothing(
    as_alice: Client, as_bob: Client, bob: User, batch: Batch
) -> None:
    image = batch.images.first()
    assert as_bob.get(batch.get_absolute_url()).status_code == 404
    assert as_alice.post(settings_of(batch, "describe"), {"name": "x", "reviewer": bob.pk}).status_code == 400
    bob.groups.add(Group.objects.get_or_create(name=User.REVIEWERS)[0])
    as_alice.post(settings_of(batch, "describe"), {"name": "x", "reviewer": bob.pk})
    page = as_bob.get(batch.get_absolute_url()).content.decode()
    assert "digit-0.png" in page
    assert "Delete batch" not in page
    as_bob.post(f"/images/{image.pk}/correct/", {"text": "12"})
    image.refresh_from_db()
    assert (image.answer, image.review.reviewer) == ("12", bob)
    for part in ("settings", "describe", "rules", "share", "delete", "cancel", "retry", "close", "dial"):
        assert as_bob.post(settings_of(batch, part)).status_code in (404, 405), part
