"""Where something else than a number stands: a person can keep it as it is, and nothing takes it for a number."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.test_batch import a_prediction
from tests.webapp.test_review import batch, no_checks_by_lot  # noqa: F401 (fixtures)
from webapp import watching
from webapp.models import ApiToken, Batch, Image, Review, ReviewQueue, User
from webapp.models.review_queue import signed_reason
from webapp.models.rules import Rules

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]

OTHERS = ["n/a", "see note", "dito", "12 kg", "١٢", "1'234", "½", "–5 °C", "12\nn/a\n14", "=1+1", "👍", "עשר"]
NO_OTHERS = {
    "": "Type what stands there instead of a number.",
    "1234": "That is a number.",
    "−5": "That is a number.",
    "a" * 101: "At most 100 characters, please; these are 101.",
    "a\u202eb": "There is a character in it that cannot be seen.",
    "a\u200fb": "There is a character in it that cannot be seen.",
    "a\x07b": "There is a character in it that cannot be seen.",
    "a\tb": "There is a character in it that cannot be seen.",
    "a\u2028b": "There is a character in it that cannot be seen.",
    "a\ufffeb": "There is a character in it that cannot be seen.",
    "\u200b": "There is a character in it that cannot be seen.",
    "\ufeff": "There is a character in it that cannot be seen.",
}


@pytest.fixture
def sevens(batch: Batch) -> Batch:  # noqa: F811
    """Six pictures that were read as 7."""
    return batch


@pytest.fixture
def image(sevens: Batch) -> Image:
    return sevens.images.order_by("pk")[0]


def keep(client: Client, image: Image, text: str, page: str = "correct", **headers: str) -> object:
    address = reverse(page, args=[image.pk])
    return client.post(address, {"text": text, "verdict": "other"}, headers=headers)


@pytest.mark.parametrize("page", ["correct", "review-image"])
@pytest.mark.parametrize("text", OTHERS)
def test_it_is_kept_as_it_was_typed(as_alice: Client, image: Image, text: str, page: str) -> None:
    keep(as_alice, image, text.replace("\n", "\r\n"), page)
    image.refresh_from_db()
    assert (image.review.verdict, image.answer, image.search_text, image.outcome) == ("other", text, text, "other")
    assert image.review.model_said == "7"


@pytest.mark.parametrize("page", ["correct", "review-image"])
@pytest.mark.parametrize(("text", "why"), NO_OTHERS.items())
def test_what_is_a_number_too_long_or_not_to_be_seen_is_refused(
    as_alice: Client, image: Image, text: str, why: str, page: str
) -> None:
    reply = keep(as_alice, image, text, page)
    assert reply.status_code == 400  # type: ignore[attr-defined]
    assert why in reply.content.decode()  # type: ignore[attr-defined]
    assert not Review.objects.exists()


def test_a_nul_is_refused(as_alice: Client, image: Image) -> None:
    assert keep(as_alice, image, "a\0b").status_code == 400  # type: ignore[attr-defined]
    assert not Review.objects.exists()


def test_it_is_offered_where_a_number_is_refused_and_takes_a_second_press(as_alice: Client, image: Image) -> None:
    address = reverse("correct", args=[image.pk])
    card = as_alice.get(image.batch.get_absolute_url()).content.decode()
    assert "Keep it as it is" not in card
    card = as_alice.post(address, {"text": "n/a"}, headers={"HX-Request": "true"}).content.decode()
    assert "Keep it as it is: other text" in card
    assert 'value="n/a"' in card
    for text in ("", "a" * 101, "a\u202eb"):
        card = as_alice.post(address, {"text": text}, headers={"HX-Request": "true"}).content.decode()
        assert "Keep it as it is" not in card
    assert not Review.objects.exists()


def test_pages_show_it_and_say_that_it_is_no_number(as_alice: Client, image: Image) -> None:
    card = keep(as_alice, image, "see <b>note", **{"HX-Request": "true"}).content.decode()  # type: ignore[attr-defined]
    pages = [image.batch.get_absolute_url(), reverse("image", args=[image.pk]), reverse("history") + "?tab=pictures"]
    for page in [card, *(as_alice.get(address).content.decode() for address in pages)]:
        assert '<span class="digits" dir="auto">see &lt;b&gt;note</span>\n<span class="word">other text</span>' in page


def test_it_is_found_by_its_text_and_by_what_it_is(as_alice: Client, image: Image) -> None:
    keep(as_alice, image, "see note")
    for asked in ({"answer": "note"}, {"outcome": "other"}):
        page = as_alice.get(reverse("history"), {"tab": "pictures", **asked})
        assert [found.pk for found in page.context["rows"].rows] == [image.pk]
    assert image.pk not in Image.objects.with_outcome("read").values_list("pk", flat=True)
    (shown,) = as_alice.get(image.batch.get_absolute_url(), {"answer": "note"}).context["images"]
    assert shown == image


def test_a_number_can_follow_and_undo_brings_back_what_was_read(as_alice: Client, alice: User, image: Image) -> None:
    keep(as_alice, image, "n/a")
    image.refresh_from_db()
    image.correct(alice, "text", "12")
    assert (image.answer, image.outcome) == ("12", "read")
    image.withdraw(alice)
    assert (image.answer, image.outcome) == ("n/a", "other")
    image.withdraw(alice)
    assert (image.answer, image.outcome) == ("7", "read")


def test_a_word_without_a_text_or_a_blank_with_one_cannot_be_stored(alice: User, image: Image) -> None:
    for verdict, text in (("other", ""), ("blank", "n/a"), ("unreadable", "n/a"), ("text", "")):
        with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
            image.reviews.create(reviewer=alice, verdict=verdict, text=text)


# --- Rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rules", [Rules(digits=4), Rules(least=1000), Rules(check="luhn"), Rules(unique=True), Rules(total=100)]
)
def test_it_breaks_no_rule_and_is_not_to_check_again(
    alice: User,
    sevens: Batch,
    rules: Rules,
) -> None:
    sevens.expect(rules)
    image = sevens.images.order_by("pk")[0]
    assert image.broken_rule == next(iter(rules.stored())).replace("least", "range").replace("total", "sum")
    image.correct(alice, "other", "12 kg")
    image.refresh_from_db()
    assert (image.broken_rule, image.standing) == ("", "reviewed")
    assert image not in sevens.images.doubtful()
    sevens.expect(rules)
    image.refresh_from_db()
    assert image.broken_rule == ""


def test_it_is_in_no_sum_and_nobodys_double(alice: User, sevens: Batch) -> None:
    sevens.expect(Rules(total=35))
    sevens.images.order_by("pk")[0].correct(alice, "other", "1'000")
    sevens.refresh_from_db()
    assert sevens.sum_sentence == "The answers add up to 35, as expected."
    assert set(sevens.images.values_list("broken_rule", flat=True)) == {""}
    sevens.expect(Rules(unique=True))
    _first, second, *others = sevens.images.order_by("pk")
    for image in others:
        image.correct(alice, "other", "n/a")
    sevens.refresh_from_db()
    second.refresh_from_db()
    assert second.broken_rule == ""
    assert {image.broken_rule for image in sevens.images.all()} == {""}


# --- What is learned and measured ------------------------------------------------------------------------------------


def test_nothing_is_learned_from_it_nor_judged_by_it(alice: User, sevens: Batch) -> None:
    other, number = sevens.images.order_by("pk")[:2]
    other.correct(alice, "other", "7 kg")
    number.correct(alice, "text", "8")
    for held_out in (False, True):
        Batch.objects.update(held_out=held_out, held_out_one_in=1)
        assert [review.image for review in Review.objects.lessons(held_out)] == [number]


def test_a_model_that_was_sure_of_a_number_there_was_wrong_and_one_that_found_none_was_right(
    alice: User,
    sevens: Batch,
) -> None:
    first, second, third = sevens.images.order_by("pk")[:3]
    second.prediction.text, second.prediction.outcome = "", "unclear"
    second.prediction.save()
    for image, said in ((first, "other"), (second, "other"), (third, "text")):
        image.correct(alice, said, "7 kg" if said == "other" else "7", "random")
    assert {word.image for word in Review.objects.model_was_right()} == {second, third}
    assert ReviewQueue(sevens, alice).measured() | {"known": 0} == {
        "random": 3, "model_right": 2, "known": 0, "agreed": 0,
    }  # fmt: skip
    (version,) = watching.accuracies()
    right = version["rights"][0].share
    assert (right.part, right.whole) == (2, 3)


def test_it_weighs_nothing_where_models_are_judged_by_numbers(alice: User, hand_in: HandIn, champion: None) -> None:
    of_35 = hand_in(alice, count=35)
    images = list(of_35.images.order_by("pk"))
    Image.objects.record(Image.objects.claim([one.pk for one in images]), [a_prediction(one, 0.999) for one in images])
    images = list(of_35.images.order_by("pk"))
    for image in images[:30]:
        image.correct(alice, "text", "7", "random")
    for image in images[30:]:
        image.correct(alice, "other", "n/a", "random")
    assert Review.objects.share_of_mistakes(images[0].prediction.model_version) == 0


def test_nobody_is_measured_by_how_they_write_a_note(alice: User, bob: User, image: Image) -> None:
    image.correct(bob, "other", "see note")
    Review.objects.update(created_at=timezone.now() - timedelta(hours=1))
    queue = ReviewQueue(image.batch, alice)
    assert not queue.known().exists()
    image.correct(alice, "other", "See note", "known")
    assert queue.measured()["known"] == 0


def test_who_keeps_another_text_of_a_known_number_did_not_agree(
    as_alice: Client, alice: User, bob: User, image: Image
) -> None:
    image.correct(bob, "text", "12")
    signed = signed_reason(image, "known")
    as_alice.post(reverse("review-image", args=[image.pk]), {"text": "12 kg", "verdict": "other", "why": signed})
    image.refresh_from_db()
    assert image.answer == "12"
    measured = ReviewQueue(image.batch, alice).measured()
    assert (measured["known"], measured["agreed"]) == (1, 0)


# --- Taken away ------------------------------------------------------------------------------------------------------


FORMULAS = ["=1+1", "=HYPERLINK(1)", "@SUM(A1)", "-2+cmd", "+x", "a;=1+1", "a\n=1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_spreadsheet_takes_it_for_a_formula(as_alice: Client, alice: User, image: Image, text: str) -> None:
    image.correct(alice, "other", text)
    taken = {
        kind: b"".join(as_alice.get(reverse(f"answers-{kind}", args=[image.batch_id])).streaming_content)
        for kind in ("csv", "xlsx", "jsonl")
    }
    rows = list(csv.DictReader(io.StringIO(taken["csv"].decode("utf-8-sig"))))
    (row,) = [row for row in rows if row["file"] == image.name]
    assert (row["text"].replace("'", "", 1), row["outcome"]) == (text, "other")
    assert all(not part.startswith(("=", "@", "+", "-")) for part in row["text"].replace(";", "\n").split("\n"))
    sheet = openpyxl.load_workbook(io.BytesIO(taken["xlsx"])).active
    (cell,) = [cells[1] for cells in sheet.iter_rows() if cells[0].value == image.name]
    assert (cell.value, cell.data_type) == (text, "s")
    (told,) = [row for row in map(json.loads, taken["jsonl"].splitlines()) if row["file"] == image.name]
    assert (told["text"], told["outcome"]) == (text, "other")


def test_programs_are_told(alice: User, image: Image) -> None:
    image.correct(alice, "other", "see note")
    program = Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})
    answers = program.get(f"/api/batches/{image.batch_id}/answers").json()["answers"]
    (told,) = [answer for answer in answers if answer["file"] == image.name]
    assert (told["text"], told["outcome"], told["standing"]) == ("see note", "other", "reviewed")
    assert (told["model_text"], told["checked_by"]) == ("7", "alice")
