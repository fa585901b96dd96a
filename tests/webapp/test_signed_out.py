"""What becomes of what somebody sends who was signed out meanwhile: it is kept, and never given to somebody else."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from webapp.models import Batch, User

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]
HERE = {"Origin": "http://testserver"}


def send(client: Client, address: str, data: dict[str, str], **headers: str) -> HttpResponse:
    """As a browser sends a plain form."""
    return client.post(
        address, urlencode(data), content_type="application/x-www-form-urlencoded", headers=HERE | headers
    )


@pytest.fixture
def strict() -> Client:
    """Held to the tokens of forms, as browsers are."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def notes(alice: User) -> tuple[Batch, str]:
    batch = Batch.objects.create(owner=alice, name="Meters", expected=1)
    return batch, reverse("describe-batch", args=[batch.pk])


def test_a_form_of_somebody_signed_out_is_kept_on_a_page_that_sends_it_again(
    client: Client, notes: tuple[Batch, str]
) -> None:
    answer = send(client, notes[1], {"name": "Meters", "note": "two lines\r\n& more", "person": "alice"})
    page = answer.content.decode()
    assert answer.status_code == 401
    assert f'action="{notes[1]}" data-kept' in page
    assert 'name="note" value="two lines\r\n&amp; more"' in page
    assert f"{reverse('login')}?next={reverse('signed-in')}" in page
    assert "no-store" in answer["Cache-Control"]


def test_a_form_from_before_the_sign_in_is_kept_and_names_who_sends_it_now(
    strict: Client, alice: User, notes: tuple[Batch, str]
) -> None:
    strict.force_login(alice)
    answer = send(strict, notes[1], {"name": "Meters", "note": "typed long"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert 'value="typed long"' in page
    assert "Send it as alice" in page
    assert "data-kept" not in page, "nobody knows who has typed it, so nothing goes by itself"


def test_what_one_person_has_entered_is_not_sent_by_another(
    strict: Client, bob: User, notes: tuple[Batch, str]
) -> None:
    strict.force_login(bob)
    page = send(strict, notes[1], {"name": "Meters", "note": "alice's", "person": "alice"}).content.decode()
    assert "alice has entered this, and bob is signed in now." in page
    assert "Send it" not in page
    assert 'data-person="alice"' in page, "its script waits for her"


def test_it_is_not_sent_by_itself_again_and_again(strict: Client, alice: User, notes: tuple[Batch, str]) -> None:
    strict.force_login(alice)
    typed = {"name": "Meters", "person": "alice"}
    assert "data-kept" in send(strict, notes[1], typed).content.decode()
    assert "data-kept" not in send(strict, notes[1], typed | {"kept": "1"}).content.decode()


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
def test_nothing_that_another_site_has_made_up_is_kept(
    client: Client, strict: Client, alice: User, notes: tuple[Batch, str], origin: str
) -> None:
    strict.force_login(alice)
    for browser in (client, strict):
        answer = send(browser, notes[1], {"name": "forged", "person": "alice"}, Origin=origin)
        assert answer.status_code in (401, 403)
        assert "forged" not in answer.content.decode()


@pytest.mark.parametrize("field", ["password", "old_password", "new_password1"])
def test_a_password_is_not_kept(strict: Client, field: str) -> None:
    answer = send(strict, reverse("login"), {"username": "alice", field: "correct horse"})
    assert answer.status_code == 403
    assert "correct horse" not in answer.content.decode()


def test_of_somebody_signed_out_nothing_large_is_read(client: Client, notes: tuple[Batch, str]) -> None:
    assert "xxxx" not in send(client, notes[1], {"note": "x" * 200_000}).content.decode()
    whole = client.post(notes[1], {"note": "xxxx"}, headers=HERE)  # as a form with files
    assert (whole.status_code, "xxxx" in whole.content.decode()) == (401, False)


@pytest.mark.parametrize("asked_by", [{"X-Requested-With": "fetch"}, {"HX-Request": "true"}])
def test_a_script_is_told_whether_it_is_nobody_or_late(
    client: Client, strict: Client, alice: User, notes: tuple[Batch, str], asked_by: dict[str, str]
) -> None:
    signed_out = send(client, notes[1], {"name": "x"}, **asked_by)
    assert (signed_out.status_code, signed_out.content.decode()) == (401, "You have been signed out.")
    assert "HX-Redirect" not in signed_out
    strict.force_login(alice)
    late = send(strict, notes[1], {"name": "x"}, **asked_by)
    assert (late.status_code, late.json()["error"]) == (403, "This page was opened before you signed in. Reload it.")


def test_the_admin_s_live_pages_lead_to_the_sign_in_and_back(client: Client) -> None:
    page = reverse("admin:webapp_trainingrun_changelist")
    answer = client.get(page, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"})
    assert (answer.status_code, answer["HX-Redirect"]) == (
        401,
        f"{reverse('login')}?next=%2Fadmin%2Fwebapp%2Ftrainingrun%2F",
    )


def test_a_page_learns_who_is_signed_in_and_gets_a_token_that_counts(
    strict: Client, alice: User, notes: tuple[Batch, str]
) -> None:
    assert strict.get(reverse("who")).json()["person"] == ""
    strict.force_login(alice)
    said: dict[str, Any] = strict.get(reverse("who")).json()
    assert said["person"] == "alice"
    send(strict, notes[1], {"name": "Renamed", "csrfmiddlewaretoken": said["token"]})
    assert Batch.objects.get().name == "Renamed"
