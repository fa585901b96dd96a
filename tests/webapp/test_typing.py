"""Every sign that can be read can be typed and handed in wherever an answer is; and so can what is typed for it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.recognizer.files.test_unpack import PIXELS, zipped
from tests.webapp.test_batch import a_prediction
from tests.webapp.test_review import batch, no_checks_by_lot  # noqa: F401 (fixtures)
from webapp.models import ApiToken, Batch, Image, Review, ReviewQueue, Upload, User
from webapp.models.review_queue import signed_reason
from webapp.symbols import ALPHABET, SIGNS
from worker.tasks import unpack

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]

EVERY_SIGN = "-1.234,50 12:30\n3/4 +5% 6789"
# Text as it is sent, and the answer that it is.
SENT = [
    (EVERY_SIGN, EVERY_SIGN),
    (EVERY_SIGN.replace("\n", "\r\n"), EVERY_SIGN),  # as browsers do
    *[(sign, sign) for sign in ALPHABET],
    ("−12", "-12"),
    ("5–6", "5-6"),
    ("１２，５", "12,5"),
    ("1\u202f234", "1 234"),
]
NO_NUMBERS = ["seven", "12*3", "١٢", "1٫5", "2²", "1 234 €", "12=12"]
NAMED = f"the signs {' '.join(SIGNS)}, spaces and line breaks"


def test_every_sign_of_the_alphabet_is_asked_for() -> None:
    assert set(EVERY_SIGN) == {*ALPHABET, " ", "\n"}


@pytest.fixture
def sevens(batch: Batch) -> Batch:  # noqa: F811
    """Six pictures that were read as 7."""
    return batch


@pytest.fixture
def image(sevens: Batch) -> Image:
    return sevens.images.order_by("pk")[0]


def on_a_card(client: Client, image: Image, text: str) -> HttpResponse:
    return client.post(reverse("correct", args=[image.pk]), {"text": text}, headers={"HX-Request": "true"})


def on_its_page(client: Client, image: Image, text: str) -> HttpResponse:
    return client.post(reverse("correct", args=[image.pk]), {"text": text, "verdict": "text"})


def in_review(client: Client, image: Image, text: str) -> HttpResponse:
    return client.post(reverse("review-image", args=[image.pk]), {"text": text})


WHERE = [on_a_card, on_its_page, in_review]
Where = Callable[[Client, Image, str], HttpResponse]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize(("text", "answer"), SENT)
def test_it_can_be_typed(as_alice: Client, image: Image, where: Where, text: str, answer: str) -> None:
    assert where(as_alice, image, text).status_code < 400
    image.refresh_from_db()
    assert (image.answer, image.search_text, image.outcome) == (answer, answer, "read")


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_cannot_be_typed_is_refused_with_the_signs_and_stands_in_the_field_as_it_was(
    as_alice: Client, image: Image, where: Where, text: str
) -> None:
    reply = where(as_alice, image, text)
    said = reply.content.decode()
    assert NAMED in said
    assert reply.context["form"]["text"].value() == text
    assert f'value="{text}"' in said
    assert not Review.objects.exists()


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("text", ["1'234", "1’234,50"])
def test_an_apostrophe_between_thousands_is_said_to_be_none_of_them(
    as_alice: Client, image: Image, where: Where, text: str
) -> None:
    assert "An apostrophe is none of them: leave it out" in where(as_alice, image, text).content.decode()


def read_as(image: Image, text: str) -> None:
    said = a_prediction(image, 0.3)
    said.text = text
    Image.objects.filter(pk=image.pk).update(state="waiting")
    Image.objects.record(Image.objects.claim([image.pk]), [said])


@pytest.mark.parametrize("text", [EVERY_SIGN.replace("\n", " "), *SIGNS, "100%", "-5"])
def test_many_that_were_read_the_same_are_agreed_with_at_once(
    as_alice: Client,
    sevens: Batch,
    text: str,
) -> None:
    for image in sevens.images.all():
        read_as(image, text)
    address = reverse("review-grid", args=[sevens.pk])
    page = as_alice.get(address)
    assert f"Which of these are not {text}?" in page.content.decode()
    shown = ",".join(str(image.pk) for image in page.context["pictures"])
    as_alice.post(address, {"text": text, "shown": shown})
    assert list(Review.objects.values_list("text", "verdict").distinct()) == [(text, "text")]
    assert Review.objects.count() == 6


@pytest.mark.parametrize(("text", "answer"), SENT)
def test_a_second_look_at_a_known_picture_agrees_by_what_is_meant(
    as_alice: Client, alice: User, bob: User, image: Image, text: str, answer: str
) -> None:
    image.correct(bob, "text", answer)
    Review.objects.update(created_at=timezone.now() - timedelta(hours=1))
    queue = ReviewQueue(image.batch, alice)
    (known,) = queue.known()
    signed = signed_reason(known, "known")
    as_alice.post(reverse("review-image", args=[image.pk]), {"text": text, "why": signed})
    assert queue.measured() | {"random": 0} == {"random": 0, "model_right": 0, "known": 1, "agreed": 1}


def table(text: str) -> bytes:
    quoted = text.replace('"', '""')
    return zipped(("a.png", PIXELS), ("labels.csv", f'file,text\na.png,"{quoted}"\n'.encode()))


def by_page(client: Client, archive: SimpleUploadedFile) -> None:
    client.post("/", {"pictures": archive})


def by_program(client: Client, archive: SimpleUploadedFile) -> None:
    token = ApiToken.make(User.objects.get(), "scanner")
    sent = Client(headers={"Authorization": f"Bearer {token}"}).post("/api/batches", {"pictures": [archive]})
    assert sent.status_code == 201


@pytest.mark.parametrize("handed_in", [by_page, by_program])
@pytest.mark.parametrize(("text", "answer"), SENT)
def test_it_can_come_with_its_picture(
    as_alice: Client, handed_in: Callable[[Client, SimpleUploadedFile], None], text: str, answer: str
) -> None:
    handed_in(as_alice, SimpleUploadedFile("a.zip", table(text)))
    unpack.unpack_upload([Upload.objects.get().pk])
    word = Review.objects.get()
    assert (word.verdict, word.text, word.image.search_text) == ("text", answer, answer)


@pytest.mark.parametrize("text", [*NO_NUMBERS, "1'234", "n/a"])
def test_what_cannot_come_with_a_picture_is_named_with_the_signs_that_can(as_alice: Client, text: str) -> None:
    by_page(as_alice, SimpleUploadedFile("a.zip", table(text)))
    unpack.unpack_upload([Upload.objects.get().pk])
    said = as_alice.get(Batch.objects.get().get_absolute_url(), headers={"Accept-Language": "en"}).content.decode()
    assert f"{NAMED} (no apostrophes)" in said
    assert not Review.objects.exists()


@pytest.mark.parametrize("address", ["image", "batch", "review"])
def test_no_field_for_an_answer_asks_for_a_keypad_that_lacks_some_sign(
    as_alice: Client,
    sevens: Batch,
    address: str,
) -> None:
    """A numeric or decimal keypad has no minus, slash, colon or percent sign on iOS, and lacks some on Android."""
    pk = sevens.images.order_by("pk")[0].pk if address == "image" else sevens.pk
    page = as_alice.get(reverse(address, args=[pk])).content.decode()
    fields = [tag for tag in page.split("<") if 'name="text"' in tag]
    assert fields
    assert all('inputmode="text"' in tag for tag in fields)
