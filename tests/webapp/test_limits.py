"""What is too much, too often or too early is turned away in words, and costs the site little."""

import io
import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from webapp import visitor
from webapp.models import ApiToken, Batch, Image, User

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]
FETCH = {"X-Requested-With": "fetch"}
BOUNDARY = "a-boundary"


def pictures(*named: tuple[str, bytes]) -> dict[str, object]:
    return {"pictures": [SimpleUploadedFile(name, data) for name, data in named]}


# --- While it arrives ------------------------------------------------------------------------------------------------


class LongBody:
    """A form with one file that goes on and on; `taken` says how much of it was asked for."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.taken = 0
        self.head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="pictures"; filename="long.png"\r\n'
            "Content-Type: image/png\r\n\r\n"
        ).encode()

    def read(self, size: int = 2**16) -> bytes:
        data, self.head = self.head, b""
        data = data or b"x" * min(size, self.left)
        self.left -= len(data)
        self.taken += len(data)
        return data

    readline = read


def send(client: Client, body: LongBody, length: int) -> object:
    form = f"multipart/form-data; boundary={BOUNDARY}"
    told = {"wsgi.input": body, "CONTENT_TYPE": form, "CONTENT_LENGTH": str(length)}
    return client.generic("POST", "/", headers=FETCH, **told)


def test_a_file_that_is_too_big_is_refused_before_it_has_all_arrived(as_alice: Client, settings: LazySettings) -> None:
    settings.MAX_FILE_BYTES = 1_000_000
    body = LongBody(500_000_000)
    answer = send(as_alice, body, 500_000_000)
    assert answer.status_code == 413
    assert answer.json()["error"] == "“long.png” is larger than 976.6\xa0KB, which is the most such a file may have."
    assert body.taken < 1_300_000
    assert not Batch.objects.exists()


def test_a_request_that_announces_too_much_is_not_read_at_all(as_alice: Client, settings: LazySettings) -> None:
    settings.MAX_REQUEST_BYTES = 10_000_000
    body = LongBody(500_000_000)
    answer = send(as_alice, body, 500_000_000)
    assert answer.status_code == 413
    assert "9.5\xa0MB" in answer.json()["error"]
    assert body.taken == 0


def test_nothing_is_read_of_a_stranger_s_upload(client: Client) -> None:
    body = LongBody(500_000_000)
    assert send(client, body, 500_000_000).status_code == 401
    assert body.taken == 0


def test_a_file_cut_off_in_the_middle_is_not_taken_in(as_alice: Client) -> None:
    answer = send(as_alice, LongBody(1000), 5000)
    assert answer.status_code == 400
    assert "broke off" in answer.json()["error"]
    assert not Batch.objects.exists()


def test_too_many_files_in_one_form_are_refused_by_number(as_alice: Client, settings: LazySettings) -> None:
    settings.MAX_FILES_PER_REQUEST = 3
    answer = as_alice.post("/", pictures(*[(f"{i}.png", b"x") for i in range(4)]))
    assert answer.status_code == 413
    assert "At most 3 files" in answer.content.decode()
    assert not Batch.objects.exists()


def test_a_form_of_a_thousand_photos_needs_one_temporary_file(as_alice: Client) -> None:
    """With a file for each, a process' descriptors (often 1,024) would run out."""
    most = 0
    stored, real = Image.stored.__func__, Image.stored

    def watching(cls: type[Image], *args: object) -> Image:
        nonlocal most
        most = max(most, len(os.listdir("/proc/self/fd")))
        return stored(cls, *args)

    before = len(os.listdir("/proc/self/fd"))
    Image.stored = classmethod(watching)
    try:
        names = [(f"{i}.png", str(i).encode() * 1000) for i in range(1000)]
        as_alice.post("/", pictures(*names))
    finally:
        Image.stored = real
    batch = Batch.objects.get()
    assert batch.image_count == 1000
    assert most - before < 20
    for image in batch.images.order_by("index")[::250]:
        assert default_storage.open(image.key).read() == str(image.index).encode() * 1000


def test_a_parted_file_reads_like_any_other(as_alice: Client) -> None:
    as_alice.post("/", pictures(("a.png", b"a" * 3_000_000), ("b.png", b""), ("c.png", b"c" * 70_000)))
    stored = [default_storage.open(image.key).read() for image in Image.objects.order_by("index")]
    assert stored == [b"a" * 3_000_000, b"", b"c" * 70_000]


# --- A person's share ------------------------------------------------------------------------------------------------


def test_who_has_used_up_their_storage_is_told_so(as_alice: Client, alice: User, settings: LazySettings) -> None:
    settings.QUOTA_BYTES = 1000
    as_alice.post("/", pictures(("a.png", b"x" * 600)))
    assert alice.batches.usage() == {"bytes": 600, "waiting": 1}
    answer = as_alice.post("/", pictures(("b.png", b"y" * 600)))
    assert answer.status_code == 409
    assert "600\xa0bytes of your 1000\xa0bytes" in answer.content.decode()
    assert Batch.objects.count() == 1
    Batch.objects.get().delete()
    assert as_alice.post("/", pictures(("b.png", b"x" * 600))).status_code == 302


def test_who_has_too_many_waiting_is_told_so(as_alice: Client, bob: User, settings: LazySettings) -> None:
    settings.QUOTA_WAITING = 2
    assert as_alice.post("/", pictures(("a.png", b"x"), ("b.png", b"x"))).status_code == 302
    answer = as_alice.post("/draw/", {"drawing": SimpleUploadedFile("c.png", b"x")})
    assert answer.status_code == 409
    assert "wait to be read" in answer.content.decode()
    as_bob = Client()
    as_bob.force_login(bob)
    assert as_bob.post("/", pictures(("a.png", b"x"))).status_code == 302


def test_sending_the_same_pictures_again_uses_up_nothing(as_alice: Client, settings: LazySettings) -> None:
    settings.QUOTA_BYTES = 1000
    page = as_alice.post("/batches/", {"expected": 2}).json()["page"]
    for _ in range(3):
        answer = as_alice.post(f"{page}images/", {"file-0": SimpleUploadedFile("a.png", b"x" * 600)})
        assert answer.json()["arrived"] == 1


# --- Too often -------------------------------------------------------------------------------------------------------


def test_who_tries_too_often_has_to_wait(as_alice: Client, as_bob: Client, settings: LazySettings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"open-batch": (3, 3600)}
    answers = [as_alice.post("/batches/", {"expected": 1}, headers=FETCH).status_code for _ in range(5)]
    assert answers == [201, 201, 201, 429, 429]
    told = as_alice.post("/batches/", {"expected": 1})
    assert 0 < int(told["Retry-After"]) <= 3600
    assert as_bob.post("/batches/", {"expected": 1}).status_code == 201
    assert as_alice.get("/").status_code == 200


def test_a_program_hands_in_as_often_as_a_person(alice: User, settings: LazySettings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api:list_batches": (1, 3600)}
    program = Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})
    answers = [program.post("/api/batches", {"expected": 1}).status_code for _ in range(2)]
    assert answers == [201, 429]
    assert program.get("/api/batches").status_code == 200


def test_a_view_that_nobody_thought_of_is_limited_too(as_alice: Client, settings: LazySettings) -> None:
    settings.RATE_LIMITS = {"*": (2, 3600)}
    answers = [as_alice.post("/account/", {"email": "a@example.org"}).status_code for _ in range(3)]
    assert answers == [302, 302, 429]


def test_without_the_queue_server_nobody_is_turned_away(as_alice: Client, settings: LazySettings) -> None:
    away = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/valkey.sock"}
    settings.CACHES = {"default": away}
    settings.RATE_LIMITS = {"*": (1, 3600)}
    assert [as_alice.post("/batches/", {"expected": 1}).status_code for _ in range(2)] == [201, 201]


# --- Signing in ------------------------------------------------------------------------------------------------------


def sign_in(client: Client, password: str, address: str = "192.0.2.1", url: str = "login", **more: str) -> int:
    data = {"username": "alice", "password": password}
    return client.post(reverse(url), data, REMOTE_ADDR=address, **more).status_code


@pytest.mark.parametrize("url", ["login", "admin:login"])
def test_five_wrong_passwords_lock_the_name_at_that_address(client: Client, alice: User, url: str) -> None:
    assert [sign_in(client, f"guess {i}", url=url) for i in range(6)] == [200, 200, 200, 200, 429, 429]
    assert sign_in(client, "correct horse", url=url) == 429, "the right one is refused too"
    assert sign_in(Client(), "correct horse", "192.0.2.2") == 302, "the owner, elsewhere, is not locked out"


def test_a_lock_ends_and_a_right_password_clears_the_count(client: Client, alice: User, time_machine: object) -> None:
    for _ in range(5):
        sign_in(client, "guess")
    time_machine.move_to(timezone.now() + timedelta(minutes=16))  # type: ignore[attr-defined]
    assert sign_in(client, "correct horse") == 302
    client.logout()
    assert [sign_in(client, "guess") for _ in range(4)] == [200] * 4


def test_many_names_from_one_address_are_slowed_down(client: Client) -> None:
    answers = {
        client.post(reverse("login"), {"username": f"user{i}", "password": "123456"}).status_code for i in range(25)
    }
    assert answers == {200, 429}


@pytest.mark.parametrize(("behind", "told"), [(False, "10.0.0.1"), (True, "198.51.100.7")])
def test_of_a_proxy_s_list_only_its_own_word_counts(settings: LazySettings, behind: bool, told: str) -> None:
    settings.BEHIND_PROXY = behind
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "1.2.3.4, 198.51.100.7"}, REMOTE_ADDR="10.0.0.1")
    assert visitor.address(request) == told


# --- When something is away ------------------------------------------------------------------------------------------


@pytest.fixture
def calm() -> Client:
    """A client that looks at the answer to an error instead of raising it."""
    return Client(raise_request_exception=False)


def test_storage_that_refuses_leaves_no_half_made_batch(
    calm: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm.force_login(alice)
    kept, save = [], default_storage.save

    def full(name: str, content: io.IOBase) -> str:
        if len(kept) == 2:
            raise OSError(28, "No space left on device")
        kept.append(save(name, content))
        return kept[-1]

    monkeypatch.setattr(default_storage, "save", full)
    for headers in ({}, FETCH):
        kept.clear()
        answer = calm.post("/", pictures(*[(f"{i}.png", b"x") for i in range(4)]), headers=headers)
        assert answer.status_code == 503
        assert "cannot store files" in answer.content.decode()
        assert not Batch.objects.exists()
        assert not any(default_storage.exists(key) for key in kept), "nothing is left behind"


def test_a_database_that_is_away_is_said_in_words(calm: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    calm.force_login(alice)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    answer = calm.get("/")
    assert answer.status_code == 503
    assert "cannot reach its database" in answer.content.decode()
    assert "connection refused" not in answer.content.decode()
