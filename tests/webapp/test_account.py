import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.test_batch import a_prediction
from webapp.models import ApiToken, Batch, Image, Review, SitePolicy, User
from worker.tasks.people import erase, tell

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


def test_the_page_says_what_is_used_and_what_may_be(as_alice: Client, alice: User, hand_in: HandIn) -> None:
    hand_in(alice, files=[("a.png", b"x" * 2048)])
    page = as_alice.get(reverse("account")).content.decode()
    assert "2.0\xa0KB of 20.0\xa0GB" in page
    assert "1 of at most 200,000 wait" in page


# --- Tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_can_be_taken_back(as_alice: Client, as_bob: Client) -> None:
    page = as_alice.post(reverse("make-token"), {"name": "scanner", "scopes": ["read"], "days": "30"})
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    again = as_alice.get(reverse("account")).content.decode()
    assert secret not in again
    assert "scanner" in again
    revoke = reverse("revoke-token", args=[ApiToken.objects.get().pk])
    assert as_bob.post(revoke).status_code == 404
    as_alice.post(revoke)
    assert ApiToken.objects.bearer(secret) is None


def test_a_token_says_what_it_may_until_when_and_that_it_has_expired(as_alice: Client, alice: User) -> None:
    as_alice.post(reverse("make-token"), {"name": "scanner", "scopes": ["read", "hand_in"], "days": "30"})
    token = ApiToken.objects.get()
    assert token.expires_at
    assert 29 < (token.expires_at - timezone.now()).total_seconds() / 86_400 <= 30
    page = " ".join(as_alice.get(reverse("account")).content.decode().split())
    assert "Valid for" in page
    assert "valid until" in page
    assert "look at batches and fetch answers, hand in pictures" in page
    ApiToken.objects.update(expires_at=timezone.now())
    assert "<strong>expired</strong>" in as_alice.get(reverse("account")).content.decode()


def test_a_token_that_may_nothing_is_not_made(as_alice: Client) -> None:
    assert as_alice.post(reverse("make-token"), {"name": "scanner", "days": ""}).status_code == 400
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(("ticked", "left"), [("on", 0), ("", 1)])
def test_tokens_go_with_the_password_unless_their_person_says_otherwise(
    as_alice: Client, alice: User, bob: User, ticked: str, left: int
) -> None:
    ApiToken.make(alice, "scanner")
    ApiToken.make(bob, "bob's")
    page = as_alice.get(reverse("password_change")).content.decode()
    assert re.search(r'<input type="checkbox" name="take_back"[^>]* checked>', page)
    new = {"old_password": "correct horse", "new_password1": "a new secret", "new_password2": "a new secret"}
    as_alice.post(reverse("password_change"), new | {"take_back": ticked})
    assert alice.api_tokens.count() == left
    assert bob.api_tokens.count() == 1


def test_a_token_needs_a_name(as_alice: Client) -> None:
    assert as_alice.post(reverse("make-token"), {"name": "", "scopes": ["read"]}).status_code == 400
    assert not ApiToken.objects.exists()


# --- Signing up ------------------------------------------------------------------------------------------------------


def test_signing_up_is_for_sites_that_allow_it(client: Client) -> None:
    account = {
        "username": "carol",
        "email": "c@example.org",
        "password1": "a good secret",
        "password2": "a good secret",
    }
    assert client.get("/sign-up/").status_code == client.post("/sign-up/", account).status_code == 404
    assert "Sign up" not in client.get("/sign-in/").content.decode()
    SitePolicy.current()
    SitePolicy.objects.update(sign_up=True)
    assert "Sign up" in client.get("/sign-in/").content.decode()
    assert client.post("/sign-up/", account).url == "/"
    assert client.get("/").status_code == 200
    carol = User.objects.get(username="carol")
    assert (carol.email, carol.is_staff) == ("c@example.org", False)


# --- One's data ------------------------------------------------------------------------------------------------------


def test_all_that_is_kept_of_somebody_comes_in_one_zip(
    as_alice: Client, alice: User, bob: User, hand_in: HandIn, champion: None
) -> None:
    batch = hand_in(alice, files=[("../up.png", b"the picture")])
    image = batch.images.get()
    Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image)])
    Image.objects.get().correct(alice, "text", "42")
    hand_in(bob, files=[("bobs.png", b"not hers")])
    data = b"".join(as_alice.get(reverse("download-data")))
    bag = zipfile.ZipFile(io.BytesIO(data))
    assert bag.testzip() is None
    (picture,) = (name for name in bag.namelist() if name.startswith("pictures/"))
    assert picture == f"pictures/{batch.pk}/00000-up.png"
    assert bag.read(picture) == b"the picture"
    assert json.loads(bag.read("account.json"))["username"] == "alice"
    assert json.loads(bag.read("answers.jsonl"))["text"] == "42"
    assert json.loads(bag.read("reviews.jsonl"))["text"] == "42"


def test_deleting_ones_data_asks_for_the_password(as_alice: Client, alice: User, hand_in: HandIn) -> None:
    hand_in(alice)
    assert as_alice.post(reverse("delete-data"), {"what": "data", "password": "wrong"}).status_code == 400
    erase()
    assert Batch.objects.count() == 1


def test_data_goes_and_the_account_stays(as_alice: Client, alice: User, bob: User, hand_in: HandIn) -> None:
    image = hand_in(alice).images.first()
    image.correct(alice, "text", "1")
    others = hand_in(bob)
    as_alice.post(reverse("delete-data"), {"what": "data", "password": "correct horse"})
    later = Batch.objects.create(owner=alice, name="later", expected=1)
    erase()
    assert set(Batch.objects.all()) == {others, later}
    assert not Review.objects.exists()
    assert as_alice.get("/").status_code == 200
    assert not User.to_erase().exists()


def test_an_account_goes_with_all_that_is_in_it(as_alice: Client, alice: User, bob: User, hand_in: HandIn) -> None:
    hand_in(alice)
    theirs = hand_in(bob).images.first()
    theirs.correct(alice, "text", "1")
    as_alice.post(reverse("delete-data"), {"what": "account", "password": "correct horse"})
    assert as_alice.get("/").status_code == 302
    as_alice.post("/sign-in/", {"username": "alice", "password": "correct horse"})
    assert as_alice.get("/").status_code == 302, "she cannot sign in again meanwhile"
    erase()
    assert not User.objects.filter(username="alice").exists()
    assert Review.objects.get().reviewer is None, "what she said of others' pictures stays theirs"


# --- Being told ------------------------------------------------------------------------------------------------------


@pytest.fixture
def long_batch(alice: User, hand_in: HandIn) -> Batch:
    """Done just now, ten minutes after it was handed in."""
    batch = hand_in(alice, count=1)
    Image.objects.all().fail(Image.objects.claim([batch.images.get().pk]), [batch.images.get().pk], "x")
    Batch.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    return batch


def test_who_wants_it_is_told_once_that_a_long_batch_is_done(alice: User, long_batch: Batch, settings: object) -> None:
    settings.SITE_URL = "https://digits.example.org/"  # type: ignore[attr-defined]
    tell()
    assert mail.outbox == [], "nobody who has not asked for it"
    User.objects.update(mail_when_done=True)
    tell()
    tell()
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert "Meters" in letter.subject
    assert f"https://digits.example.org/batches/{long_batch.pk}/" in letter.body


def test_a_short_batch_is_no_news(alice: User, long_batch: Batch) -> None:
    User.objects.update(mail_when_done=True)
    Batch.objects.update(created_at=timezone.now() - timedelta(seconds=10))
    tell()
    assert mail.outbox == []


def test_the_wish_to_be_told_is_kept(as_alice: Client, alice: User) -> None:
    as_alice.post(reverse("account"), {"email": "new@example.org", "mail_when_done": "on"})
    alice.refresh_from_db()
    assert (alice.email, alice.mail_when_done) == ("new@example.org", True)
