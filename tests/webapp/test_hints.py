"""What is known of the numbers of a batch: said where it is handed in, kept with it, and told to the reader."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recognizer.page import Hints as Told
from tests.webapp.test_batch import a_prediction
from webapp.forms import HintsForm, ProgramHintsForm
from webapp.forms.hints import NAMES
from webapp.models import ApiToken, Batch, Image, ModelVersion, Prediction, RereadingOrder, User
from webapp.models.hints import Hints
from webapp.symbols import SIGNS

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]
ALL = Hints(signs=".,", digits=5)


@pytest.mark.parametrize("hints", [Hints(), Hints(signs=""), Hints(digits=4), ALL])
def test_only_what_is_said_is_stored_and_it_comes_back_as_it_was(hints: Hints) -> None:
    assert Hints.of(hints.stored()) == hints
    assert bool(hints) == bool(hints.stored())


def test_the_reader_takes_what_is_stored() -> None:
    learned = {"patterns"}  # which nobody says beforehand
    assert {field.name for field in fields(Hints)} | learned == {field.name for field in fields(Told)}
    assert Told(**ALL.stored()) == Told(".,", 5)


@pytest.mark.parametrize(
    ("hints", "said"),
    [
        (Hints(), []),
        (Hints(signs=""), ["only digits"]),
        (Hints(digits=1), ["1 digit in each number"]),
        (Hints(signs="%"), ["no signs but “%”"]),
        (ALL, ["no signs but “. ,”", "5 digits in each number"]),
    ],
)
def test_hints_are_said_in_words(hints: Hints, said: list[str]) -> None:
    assert hints.summary() == said


def test_every_sign_has_a_name() -> None:
    assert list(NAMES) == list(SIGNS)


def form(**said: Any) -> HintsForm:
    return HintsForm({f"hints-{name}": value for name, value in said.items()})


@pytest.mark.parametrize(
    ("said", "hints"),
    [
        ({}, Hints()),
        ({"which": "any", "signs": ["."]}, Hints()),
        ({"which": "none"}, Hints(signs="")),
        ({"which": "some", "signs": [",", "."], "digits": "5"}, ALL),
    ],
)
def test_a_person_says_it_in_a_form_and_finds_it_there_again(said: dict[str, Any], hints: Hints) -> None:
    filled = form(**said)
    assert filled.is_valid()
    assert filled.hints() == hints
    shown = HintsForm.showing(hints).initial
    assert form(**{name: value for name, value in shown.items() if value}).is_valid()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"which": "some"}, "Tick the signs that occur, or say that only digits do."),
        ({"digits": "0"}, "How many digits each number has is a whole number from 1 to 30, or left out."),
        ({"digits": "31"}, "How many digits each number has is a whole number from 1 to 30, or left out."),
        ({"digits": "five"}, "How many digits each number has is a whole number from 1 to 30, or left out."),
    ],
)
def test_what_cannot_be_is_explained_once(said: dict[str, Any], sentence: str) -> None:
    assert [message for messages in form(**said).errors.values() for message in messages] == [sentence]


@pytest.mark.parametrize(("signs", "kept"), [("", None), ("none", ""), (".", "."), ("-,.,", ".,-")])
def test_a_program_says_signs_in_a_row_or_that_there_are_none(signs: str, kept: str | None) -> None:
    filled = ProgramHintsForm({"signs": signs})
    assert filled.is_valid()
    assert filled.hints() == Hints(signs=kept)


# --- On the pages ----------------------------------------------------------------------------------------------------


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("1.png", b"x")


SAID = {"hints-which": "some", "hints-signs": [".", ","], "hints-digits": "5"}


def test_the_plain_form_hands_it_in_with_the_pictures(as_alice: Client) -> None:
    page = as_alice.post("/", {"pictures": [picture()], **SAID}, follow=True).content.decode()
    assert Batch.objects.get().known == ALL
    assert "Known before reading: no signs but “. ,”, 5 digits in each number" in page


def test_the_form_comes_back_open_with_what_was_said_and_what_is_wrong_with_it(as_alice: Client) -> None:
    answer = as_alice.post("/", {"pictures": [picture()], "hints-digits": "50"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "from 1 to 30" in page
    assert '<details class="knowing" open>' in page
    assert 'value="50"' in page
    assert not Batch.objects.exists()


def test_a_batch_that_is_announced_has_it_and_what_comes_later_changes_nothing(as_alice: Client) -> None:
    page = as_alice.post("/batches/", {"expected": 1, **SAID}).json()["page"]
    as_alice.post(f"{page}images/", {"file-0": picture()})
    as_alice.post(f"{page}announce/", {"expected": 1, "hints-which": "none"})
    assert Batch.objects.get().known == ALL
    refused = as_alice.post("/batches/", {"expected": 1, "hints-which": "some"})
    assert (refused.status_code, Batch.objects.count()) == (400, 1)
    assert refused.json()["error"] == "Tick the signs that occur, or say that only digits do."


def test_its_owner_changes_it_in_the_settings(as_alice: Client, as_bob: Client, alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice)
    address = f"/batches/{batch.pk}/hints/"
    page = as_alice.post(address, SAID, follow=True).content.decode()
    assert "It holds for pictures that are read from now on" in page
    assert Batch.objects.get().known == ALL
    assert (
        'value="some" id="id_hints-which_2" checked' in as_alice.get(f"/batches/{batch.pk}/settings/").content.decode()
    )
    assert as_alice.post(address, {"hints-digits": "0"}).status_code == 400
    assert as_bob.post(address, {}).status_code == 404
    assert Batch.objects.get().known == ALL
    as_alice.post(address, {"hints-which": "any"})
    assert Batch.objects.get().hints == {}


# --- By programs -----------------------------------------------------------------------------------------------------


@pytest.fixture
def program(alice: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})


def test_a_program_says_it_and_is_told(program: Client) -> None:
    said = {"expected": 1, "signs": ",.", "digits": 5}
    answer = program.post("/api/batches", said)
    assert answer.status_code == 201
    assert answer.json()["hints"] == {"signs": ".,", "digits": 5}
    assert Batch.objects.get().known == ALL


@pytest.mark.parametrize(("signs", "told"), [({}, None), ({"signs": ""}, None), ({"signs": "none"}, "")])
def test_no_signs_and_any_signs_are_told_apart(program: Client, signs: dict[str, str], told: str | None) -> None:
    batch = program.post("/api/batches", {"expected": 1, **signs}).json()
    assert program.get(f"/api/batches/{batch['id']}").json()["hints"]["signs"] == told


@pytest.mark.parametrize("said", [{"signs": "x"}, {"digits": 31}, {"digits": "many"}])
def test_a_program_s_nonsense_is_refused_in_words(program: Client, said: dict[str, Any]) -> None:
    answer = program.post("/api/batches", {"expected": 1, **said})
    assert answer.status_code == 400
    assert " " in answer.json()["error"]
    assert not Batch.objects.exists()


# --- Reading again ---------------------------------------------------------------------------------------------------


@pytest.fixture
def batch(alice: User, champion: None, hand_in: HandIn) -> Batch:
    """Two pictures that the champion has read without any hints."""
    batch = hand_in(alice, count=2)
    for image in batch.images.all():
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, 0.999)])
    batch.refresh_from_db()
    return batch


def read_again(batch: Batch, text: str, hints: Hints) -> RereadingOrder:
    order = RereadingOrder.place(batch.owner, batch.images.all(), batch.pk)
    assert order
    said = [a_prediction(image, 0.9) for image in batch.images.all()]
    for one in said:
        one.text, one.hints = text, hints.stored()
    order.rereadings.record(order.rereadings.claim(list(order.rereadings.values_list("pk", flat=True))), said)
    return order


def test_what_was_read_with_other_hints_is_read_again_and_both_readings_are_kept(
    as_alice: Client, batch: Batch
) -> None:
    words = "Read again with the current model"
    assert words not in as_alice.get(batch.get_absolute_url()).content.decode()
    batch.know(ALL)
    assert words in as_alice.get(batch.get_absolute_url()).content.decode()
    order = read_again(batch, "42", ALL)
    assert order.counts["differ"] == 2
    image = batch.images.with_answers()[0]
    assert (image.answer, image.hints, image.predictions.count()) == ("42", ALL.stored(), 2)
    assert words not in as_alice.get(batch.get_absolute_url()).content.decode()


def test_hints_that_are_taken_back_bring_back_what_was_read_without_them(batch: Batch) -> None:
    batch.know(ALL)
    read_again(batch, "42", ALL)
    batch.know(Hints())
    assert batch.outdated_count == 2
    read_again(batch, "7", Hints())
    assert {image.answer for image in batch.images.with_answers()} == {"7"}
    assert Prediction.objects.count() == 4


def test_hints_of_one_batch_leave_the_others_as_they_are(alice: User, batch: Batch, hand_in: HandIn) -> None:
    other = hand_in(alice, count=1)
    image = other.images.get()
    Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, 0.9)])
    batch.know(ALL)
    champion = ModelVersion.objects.champion()
    assert champion
    assert {image.batch_id for image in Image.objects.outdated(champion)} == {batch.pk}
