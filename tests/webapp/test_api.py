from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.environment import ROOT
from tests.webapp.test_batch import a_prediction
from webapp.api import api
from webapp.models import ApiToken, Batch, Image, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


@pytest.fixture
def program(alice: User) -> Client:
    """A program of alice's, with a token of hers."""
    return Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})


def file(name: str = "a.png", data: bytes = b"x") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_pictures_are_handed_in_watched_and_answered(program: Client, champion: None) -> None:
    answer = program.post("/api/batches", {"name": "Meters", "pictures": [file("a.png"), file("b.png")]})
    assert answer.status_code == 201
    batch = answer.json()
    assert (batch["state"], batch["pictures"], batch["expected"]) == ("reading", 2, 2)
    for image in Image.objects.all():
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, 0.5)])
    address = f"/api/batches/{batch['id']}"
    assert program.get(address).json()["state"] == "done"
    answers = program.get(f"{address}/answers", {"limit": 1}).json()
    (first,) = answers["answers"]
    assert (first["file"], first["text"], first["confidence"], first["standing"]) == ("a.png", "7", 0.5, "doubtful")
    rest = program.get(f"{address}/answers", {"start": answers["next"]}).json()
    assert [row["file"] for row in rest["answers"]] == ["b.png"]
    assert rest["next"] is None
    assert Batch.objects.get().source == "api"


def test_why_a_picture_failed_is_a_code_for_programs_and_a_sentence_in_the_language_asked_for(program: Client) -> None:
    address = f"/api/batches/{program.post('/api/batches', {'pictures': [file()]}).json()['id']}/answers"
    image = Image.objects.get()
    values = {"width": 9000, "height": 8000, "most": 50}
    Image.objects.fail(Image.objects.claim([image.pk]), [image.pk], "too_many_pixels", **values)
    (answer,) = program.get(address).json()["answers"]
    assert answer["error_code"] == "too_many_pixels"
    assert answer["error"] == "This picture is 9,000 × 8,000 pixels; the limit is 50 megapixels."
    (answer,) = program.get(address, headers={"Accept-Language": "de"}).json()["answers"]
    assert answer["error"] == "Dieses Bild hat 9.000 × 8.000 Pixel; höchstens 50 Megapixel gehen."


def test_a_batch_may_come_in_pieces_that_are_sent_again(program: Client) -> None:
    address = f"/api/batches/{program.post('/api/batches', {'expected': 2}).json()['id']}"
    for _ in range(2):
        assert program.post(f"{address}/images", {"file-0": file()}).json()["state"] == "arriving"
    assert program.post(f"{address}/images", {"file-1": file()}).json()["state"] == "reading"
    assert program.post(f"{address}/images", {"file-2": file()}).status_code == 409
    assert program.post(f"{address}/cancel").json()["state"] == "cancelled"
    assert program.delete(address).status_code == 204
    assert program.get(address).status_code == 404
    assert program.get("/api/batches").json()["batches"] == []
    assert program.post(f"{address}/images", {"file-0": file()}).status_code == 404


def test_an_answer_has_each_of_its_numbers_with_its_place_and_confidence(
    program: Client, alice: User, hand_in: HandIn, champion: None
) -> None:
    batch = hand_in(alice, count=2)
    said = a_prediction(batch.images.get(index=0))
    said.text, said.lines = (
        "7 -3",
        [
            [
                {"text": "7", "box": [0, 0, 10, 20], "confidence": 0.99},
                {"text": "-3", "box": [30, 0, 25, 20], "confidence": 0.5},
            ]
        ],
    )
    Image.objects.record(Image.objects.claim([said.image_id]), [said])
    read, waiting = program.get(f"/api/batches/{batch.pk}/answers").json()["answers"]
    assert (read["text"], read["lines"]) == ("7 -3", said.lines)
    assert waiting["lines"] == []


@pytest.mark.parametrize("data", [{}, {"expected": -1}, {"expected": "many"}])
def test_what_cannot_be_a_batch_is_refused_in_words(program: Client, data: dict) -> None:
    answer = program.post("/api/batches", data)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not Batch.objects.exists()


def test_files_in_wrongly_named_fields_are_refused(program: Client) -> None:
    address = f"/api/batches/{program.post('/api/batches', {'expected': 2}).json()['id']}"
    answer = program.post(f"{address}/images", {"picture": file()})
    assert answer.status_code == 400
    assert "file-INDEX" in answer.json()["error"]


def test_an_address_that_cannot_be_and_a_form_that_cannot_be_read_are_refused_in_words(program: Client) -> None:
    """No operation is reached; what a person reads then is a page."""
    nowhere = program.get("/api/batches/seven")
    assert (nowhere.status_code, nowhere["Content-Type"]) == (404, "application/json")
    damaged = program.generic("POST", "/api/batches", b"x", "multipart/form-data")
    assert (damaged.status_code, damaged["Content-Type"]) == (400, "application/json")
    assert nowhere.json()["error"]
    assert damaged.json()["error"]


def test_lists_go_on_page_by_page(program: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.api.batches.PER_PAGE", 2)
    for name in "abc":
        Batch.objects.create(owner=alice, name=name, expected=1)
    first = program.get("/api/batches").json()
    assert [batch["name"] for batch in first["batches"]] == ["c", "b"]
    second = program.get("/api/batches", {"before": first["older"]}).json()
    assert ([batch["name"] for batch in second["batches"]], second["older"]) == (["a"], "")


def test_nobody_else_s_batch_is_there(program: Client, bob: User, hand_in: HandIn) -> None:
    batch = hand_in(bob)
    for method in ("get", "delete"):
        assert getattr(program, method)(f"/api/batches/{batch.pk}").status_code == 404
    for move in ("images", "close", "cancel", "retry"):
        assert program.post(f"/api/batches/{batch.pk}/{move}", {"file-9": file()}).status_code == 404
    assert program.get("/api/batches").json()["batches"] == []
    assert Batch.objects.get().image_count == 3


# --- Tokens ----------------------------------------------------------------------------------------------------------


def test_without_a_token_or_with_a_wrong_one_nobody_is_let_in(client: Client, as_alice: Client) -> None:
    assert client.get("/api/batches").status_code == 401
    assert "Bearer" in client.get("/api/batches").json()["error"]
    wrong = {"Authorization": "Bearer digits_wrong"}
    assert client.get("/api/batches", headers=wrong).status_code == 401
    assert as_alice.get("/api/batches", headers=wrong).status_code == 401, "a session does not stand in for it"


def test_a_session_may_look_but_not_act(as_alice: Client) -> None:
    assert as_alice.get("/api/batches").status_code == 200
    answer = as_alice.post("/api/batches", {"expected": 1})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert "Bearer" in answer.json()["error"]
    assert not Batch.objects.exists()


def test_a_token_opens_no_page(program: Client) -> None:
    assert program.get("/").status_code == 302


def test_a_token_is_kept_as_a_digest_and_its_use_is_noted(alice: User) -> None:
    secret = ApiToken.make(alice, "scanner")
    token = ApiToken.objects.get()
    assert secret not in {str(value) for value in vars(token).values()}
    assert ApiToken.objects.bearer(secret) == token
    token.refresh_from_db()
    assert timezone.now() - token.used_at < timedelta(minutes=1)


def test_an_expired_token_is_none(alice: User) -> None:
    program = Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner', days=30)}"})
    assert program.get("/api/batches").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now())
    assert program.get("/api/batches").status_code == 401


# What each address asks of a token; one that is added here must be thought about.
SCOPE_OF = {
    "GET": "read",
    "POST /api/batches": "hand_in",
    "POST /api/batches/{pk}/images": "hand_in",
    "POST /api/batches/{pk}/add": "hand_in",
    "POST /api/batches/{pk}/earlier": "hand_in",
    "POST /api/batches/{pk}/close": "hand_in",
    "POST /api/batches/{pk}/cancel": "manage",
    "POST /api/batches/{pk}/retry": "manage",
    "DELETE /api/batches/{pk}": "manage",
    "DELETE /api/batches/{pk}/images/{index}": "manage",
    "DELETE /api/batches/{pk}/earlier": "manage",
}


@pytest.mark.parametrize("scope", ApiToken.Scope.values)
def test_a_token_opens_what_its_scopes_reach_and_nothing_else(alice: User, hand_in: HandIn, scope: str) -> None:
    pk = hand_in(alice, count=1).pk
    program = Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner', [scope])}"})
    for address, methods in api.get_openapi_schema()["paths"].items():
        for method in map(str.upper, methods):
            needed = SCOPE_OF.get(f"{method} {address}") or SCOPE_OF[method]
            path = address.replace("{pk}", str(pk)).replace("{index}", "7")
            answer = program.generic(method, path)
            assert (answer.status_code == 403) == (needed != scope), (method, address, answer.status_code)
            if needed != scope:
                assert "This token may not do that" in answer.json()["error"]
    assert Batch.objects.filter(pk=pk).exists()


def test_somebody_who_may_not_sign_in_any_more_has_no_tokens_either(program: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert program.get("/api/batches").status_code == 401


def test_the_api_describes_itself_and_its_page_names_every_address(program: Client) -> None:
    described = program.get("/api/openapi.json").json()["paths"]
    assert set(described) == set(api.get_openapi_schema()["paths"])
    page = (ROOT / "docs" / "api.md").read_text()
    for address, methods in described.items():
        for method in methods:
            assert f"`{method.upper()} {address}`" in page
