import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.conftest import png, wait_until
from tests.webapp.test_batch import a_prediction
from webapp.models import Batch, Image, Review, User
from webapp.models.rules import Rules
from webapp.templatetags.reading import rate
from worker.tasks.people import erase

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


@pytest.fixture
def read_batch(alice: User, hand_in: HandIn, champion: None) -> Batch:
    batch = hand_in(alice, count=3)
    for image, confidence in zip(batch.images.order_by("pk"), (0.99, 0.4), strict=False):
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, confidence)])
    last = batch.images.last()
    Image.objects.all().fail(Image.objects.claim([last.pk]), [last.pk], "empty")
    batch.refresh_from_db()
    return batch


def files(*named: tuple[str, bytes]) -> dict[str, object]:
    return {"pictures": [SimpleUploadedFile(name, data) for name, data in named]}


# --- Who sees what ---------------------------------------------------------------------------------------------------


def test_a_script_of_someone_signed_out_is_told_so(client: Client, read_batch: Batch) -> None:
    live = reverse("batch-live", args=[read_batch.pk])
    answer = client.get(live, headers={"HX-Request": "true"})
    assert (answer.status_code, "HX-Redirect" in answer) == (401, False)
    assert client.post("/batches/", headers={"X-Requested-With": "fetch"}).status_code == 401


def test_lists_show_only_ones_own(as_bob: Client, read_batch: Batch) -> None:
    for url in ("/", "/history/", "/history/?tab=drawings", "/history/?tab=pictures", "/draw/"):
        page = as_bob.get(url).content.decode()
        assert read_batch.name not in page
        assert "digit-0.png" not in page


def test_a_mark_says_in_words_what_its_shape_says(as_alice: Client, read_batch: Batch) -> None:
    page = as_alice.get(read_batch.get_absolute_url()).content.decode()
    for standing, shape, word in (("sure", "✓", "accepted"), ("doubtful", "?", "to check"), ("failed", "✕", "failed")):
        shown = rf"\s*>{re.escape(shape)}</span>"
        said = rf'<span class="mark {standing}"\s+role="img" aria-label="{word}" title="{word}"{shown}'
        assert re.search(said, page), word
        beside = rf'<span class="mark {standing}"\s+aria-hidden="true"{shown}\s*<a [^>]*>\d+ {word}</a>'
        assert re.search(beside, page), "its words stand beside it"


def test_anybody_may_ask_whether_the_site_is_well(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


# --- Handing in ------------------------------------------------------------------------------------------------------


def test_the_plain_form_makes_a_batch_and_shows_it(as_alice: Client) -> None:
    answer = as_alice.post("/", {"name": "May", **files(("a.png", b"1"), ("b.png", b"2"))}, follow=True)
    batch = Batch.objects.get()
    assert answer.redirect_chain == [(f"/batches/{batch.pk}/", 302)]
    assert (batch.name, batch.image_count, batch.sealed) == ("May", 2, True)
    assert "a.png" in answer.content.decode()


@pytest.mark.parametrize("data", [{}, {"name": "x"}, files((".DS_Store", b"x"), ("Thumbs.db", b"x"))])
def test_an_upload_with_no_usable_file_says_so_and_makes_no_batch(as_alice: Client, data: dict) -> None:
    answer = as_alice.post("/", data)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert "picture" in answer.content.decode().split('role="alert"')[1][:200]
    assert not Batch.objects.exists()


def test_an_empty_file_is_taken_in_beside_its_neighbours(as_alice: Client) -> None:
    as_alice.post("/", files(("empty.png", b""), ("a.png", b"1")))
    assert Batch.objects.get().image_count == 2


def test_a_batch_in_pieces_can_be_sent_again_after_a_lost_answer(as_alice: Client) -> None:
    opened = as_alice.post("/batches/", {"name": "", "expected": 3})
    assert opened.status_code == 201
    page = opened.json()["page"]

    def send(*indexes: int) -> dict:
        return as_alice.post(
            f"{page}images/", {f"file-{i}": SimpleUploadedFile(f"{i}.png", b"x") for i in indexes}
        ).json()

    assert send(0, 1) == {"arrived": 2, "expected": 3, "sealed": False}
    assert send(0, 1) == {"arrived": 2, "expected": 3, "sealed": False}
    assert send(1, 2) == {"arrived": 3, "expected": 3, "sealed": True}
    assert list(Batch.objects.get().images.order_by("index").values_list("name", flat=True)) == [
        "0.png",
        "1.png",
        "2.png",
    ]


@pytest.mark.parametrize("expected", ["", "0", "-1", "many", "999999999"])
def test_a_batch_of_an_impossible_size_is_refused_in_words(as_alice: Client, expected: str) -> None:
    answer = as_alice.post("/batches/", {"expected": expected})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_files_in_wrongly_named_fields_are_refused_in_words(as_alice: Client, alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=1)
    url = reverse("add-images", args=[batch.pk])
    for data in ({}, {"picture": SimpleUploadedFile("a.png", b"x")}):
        answer = as_alice.post(url, data)
        assert answer.status_code == 400
        assert "file-INDEX" in answer.json()["error"]


def test_a_name_with_markup_is_shown_as_text(as_alice: Client) -> None:
    answer = as_alice.post("/", {"name": "<b>x</b>", **files(("<script>alert(1)</script>.png", b"1"))}, follow=True)
    page = answer.content.decode()
    assert "<b>x</b>" not in page
    assert "<script>alert" not in page


# --- Watching and correcting -----------------------------------------------------------------------------------------


def test_the_live_part_asks_again_until_the_batch_is_done(as_alice: Client, alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=1)
    live = reverse("batch-live", args=[batch.pk])
    assert "every 1s" in as_alice.get(live).content.decode()
    image = batch.images.get()
    Image.objects.all().fail(Image.objects.claim([image.pk]), [image.pk], "empty")
    page = as_alice.get(live).content.decode()
    assert "every 1s" not in page
    assert "This file is empty." in page


def test_a_batch_page_shows_pictures_answers_and_confidence(as_alice: Client, read_batch: Batch) -> None:
    page = as_alice.get(read_batch.get_absolute_url()).content.decode()
    for piece in ("99 % sure", "40 % sure", "1 accepted", "1 to check", "1 failed", "/picture"):
        assert piece in page, piece


def test_only_doubtful_ones_can_be_shown(as_alice: Client, read_batch: Batch) -> None:
    page = as_alice.get(read_batch.get_absolute_url(), {"show": "doubtful"}).content.decode()
    assert "digit-1.png" in page
    assert "digit-0.png" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"show": "sure"}, ["digit-0"]),
        ({"show": "failed"}, ["digit-2"]),
        ({"show": "reviewed"}, []),
        ({"confidence": "0-50"}, ["digit-1"]),
        ({"confidence": "99-101"}, ["digit-0"]),
        ({"answer": "7"}, ["digit-0", "digit-1"]),
        ({"answer": "8"}, []),
        ({"sort": "doubt"}, ["digit-1", "digit-0", "digit-2"]),
        ({"sort": "sureness"}, ["digit-0", "digit-1", "digit-2"]),
        ({"sort": "name"}, ["digit-0", "digit-1", "digit-2"]),
        ({"show": "nonsense", "sort": "-batch__owner", "confidence": "x"}, ["digit-0", "digit-1", "digit-2"]),
    ],
)
def test_pictures_are_filtered_and_sorted_as_asked(
    as_alice: Client, read_batch: Batch, query: dict, names: list[str]
) -> None:
    page = as_alice.get(read_batch.get_absolute_url(), query).content.decode()
    assert re.findall(r'class="name quiet" title="(digit-\d)', page) == names


def test_moving_the_dial_moves_the_counts_and_stays(as_alice: Client, read_batch: Batch) -> None:
    url = reverse("dial", args=[read_batch.pk])
    page = as_alice.post(url, {"precision": "1.0"}, headers={"HX-Request": "true"}).content.decode()
    assert "0 accepted" in page
    assert "2 to check" in page
    assert "everything is for you to check" in page
    read_batch.refresh_from_db()
    assert read_batch.precision == 1.0
    assert as_alice.post(f"{url}?show=sure", {"precision": "0.95"}).url == f"{read_batch.get_absolute_url()}?show=sure"
    for nonsense in ("", "7", "0.1", "much"):
        as_alice.post(url, {"precision": nonsense})
    read_batch.refresh_from_db()
    assert read_batch.precision == 0.95


def test_what_breaks_a_rule_says_so_on_its_card_and_its_page(as_alice: Client, read_batch: Batch) -> None:
    read_batch.expect(Rules(digits=3))
    for url in (read_batch.get_absolute_url(), reverse("image", args=[read_batch.images.first().pk])):
        assert "It should have exactly 3 digits." in as_alice.get(url).content.decode()


def test_a_picture_has_its_boxes_glyphs_and_notes_in_plain_words(as_alice: Client, read_batch: Batch) -> None:
    image = read_batch.images.first()
    image.prediction.width, image.prediction.height = 40, 30
    image.prediction.notes = ["low_contrast", "something new"]
    image.prediction.save()
    page = as_alice.get(reverse("image", args=[image.pk])).content.decode()
    for piece in (
        'viewBox="0 0 40 30"',
        "<rect",
        "Faint: the ink",
        "something new",
        "Likeliest classes",
        "Next picture",
    ):
        assert piece in page, piece


def test_who_waits_behind_others_is_told_how_long(
    as_alice: Client, alice: User, bob: User, hand_in: HandIn, read_batch: Batch
) -> None:
    Batch.objects.filter(pk=read_batch.pk).update(
        first_result_at=read_batch.created_at, finished_at=read_batch.created_at + timedelta(seconds=20), read_count=10
    )
    hand_in(bob, count=4)
    mine = hand_in(alice, count=6)
    assert mine.wait() == (4, pytest.approx(20 * 10 / (10 + read_batch.failed_count)))
    page = as_alice.get(mine.get_absolute_url()).content.decode()
    assert "4 pictures of other batches come first" in page
    assert "about 18 seconds left" in page


def test_a_correction_is_kept_and_shown(as_alice: Client, alice: User, read_batch: Batch) -> None:
    image = read_batch.images.first()
    url = reverse("correct", args=[image.pk])
    answer = as_alice.post(url, {"text": "41"}, headers={"HX-Request": "true"})
    assert "41" in answer.content.decode()
    review = Review.objects.get()
    assert (review.text, review.model_said, review.reviewer) == ("41", "7", alice)
    as_alice.post(url, {"verdict": "blank"})
    image.refresh_from_db()
    assert image.review.verdict == "blank"
    assert Review.objects.count() == 2


@pytest.mark.parametrize("text", ["", "seven", "1,5 €", "²", "١٢"])
def test_a_correction_that_is_no_number_is_explained(as_alice: Client, read_batch: Batch, text: str) -> None:
    url = reverse("correct", args=[read_batch.images.first().pk])
    assert as_alice.post(url, {"text": text}).status_code == 400
    assert 'role="alert"' in as_alice.post(url, {"text": text}, headers={"HX-Request": "1"}).content.decode()
    assert not Review.objects.exists()


def test_a_number_of_several_lines_keeps_them_when_it_is_corrected(as_alice: Client, read_batch: Batch) -> None:
    image = read_batch.images.first()
    image.prediction.text = "12\n34"
    image.prediction.save()
    assert "<textarea" in as_alice.get(reverse("image", args=[image.pk])).content.decode()
    as_alice.post(reverse("correct", args=[image.pk]), {"text": "12\r\n35"})
    image.refresh_from_db()
    assert image.answer == "12\n35"


def test_a_correction_leads_back_to_where_it_was_made_and_nowhere_else(as_alice: Client, read_batch: Batch) -> None:
    image = read_batch.images.first()
    url = reverse("correct", args=[image.pk])
    filtered = f"{read_batch.get_absolute_url()}?show=doubtful"
    assert as_alice.post(url, {"text": "1", "next": filtered}).url == f"{filtered}#image-{image.pk}"
    for address in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "nowhere", "²"):
        assert as_alice.post(url, {"text": "1", "next": address}).url == image.get_absolute_url()


def test_a_failed_picture_that_a_person_can_read_counts_as_checked(as_alice: Client, read_batch: Batch) -> None:
    failed = read_batch.images.last()
    as_alice.post(reverse("correct", args=[failed.pk]), {"text": "5"})
    failed.refresh_from_db()
    assert failed.standing == "reviewed"
    assert read_batch.standings()["failed"] == 0


def test_deleting_asks_first_and_then_the_batch_is_gone(as_alice: Client, read_batch: Batch) -> None:
    url = reverse("delete-batch", args=[read_batch.pk])
    assert "3 pictures" in as_alice.get(url).content.decode()
    assert as_alice.get(read_batch.get_absolute_url()).status_code == 200
    page = as_alice.post(url, follow=True).content.decode()
    assert "are being deleted" in page
    assert as_alice.get(read_batch.get_absolute_url()).status_code == 404


def test_answers_can_be_taken_away_as_csv(as_alice: Client, alice: User, read_batch: Batch) -> None:
    first = read_batch.images.first()
    Image.objects.filter(pk=first.pk).update(name="=cmd()")
    first.correct(alice, "text", "007")
    answer = as_alice.get(reverse("answers-csv", args=[read_batch.pk]))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row["text"] for row in rows] == ["007", "7", ""]
    assert rows[0]["file"] == "'=cmd()"
    assert (rows[0]["checked by"], rows[0]["model text"], rows[0]["outcome"]) == ("alice", "7", "read")
    assert rows[2]["error"] == "This file is empty."


def test_pages_ask_the_database_no_more_for_more_pictures(
    as_alice: Client, alice: User, hand_in: HandIn, champion: None, django_assert_max_num_queries: Callable
) -> None:
    batch = hand_in(alice, count=50)
    for image in batch.images.all():
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image)])
    for url in (batch.get_absolute_url(), reverse("batch-live", args=[batch.pk]), "/history/?tab=pictures", "/"):
        with django_assert_max_num_queries(16):
            assert as_alice.get(url).status_code == 200


# --- Accounts --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_password_can_be_set_anew_by_mail(client: Client, alice: User) -> None:
    client.post(reverse("password_reset"), {"email": alice.email})
    wait_until(lambda: mail.outbox)
    link = next(word for word in mail.outbox[0].body.split() if "/password/new/" in word)
    page = client.get(link.removeprefix("http://testserver"), follow=True)
    client.post(page.redirect_chain[-1][0], {"new_password1": "a new secret", "new_password2": "a new secret"})
    answer = client.post(reverse("login"), {"username": "alice", "password": "a new secret"})
    assert answer.url == "/"


def test_signing_in_and_out(client: Client, alice: User) -> None:
    answer = client.post(reverse("login"), {"username": "alice", "password": "correct horse"})
    assert answer.url == "/"
    client.post(reverse("logout"))
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "url", ["/nowhere/", "/batches/999999/", "/images/999999/picture", "/images/99999999999999999999/"]
)
def test_what_is_not_there_is_a_404(as_alice: Client, url: str) -> None:
    answer = as_alice.get(url)
    assert answer.status_code == 404
    assert "Not here" in answer.content.decode()


# --- Admin -----------------------------------------------------------------------------------------------------------


def test_the_admin_lists_and_shows_every_table(admin: User, read_batch: Batch) -> None:
    read_batch.images.first().correct(admin, "text", "1")
    client = Client()
    client.force_login(admin)
    for table in ("user", "batch", "image", "prediction", "review", "modelversion"):
        model = {"modelversion": "ModelVersion"}.get(table, table.capitalize())
        url = reverse(f"admin:webapp_{table}_changelist")
        assert client.get(url, {"q": "7"}).status_code == 200, url
        row = getattr(__import__("webapp.models", fromlist=[model]), model).objects.first()
        assert client.get(reverse(f"admin:webapp_{table}_change", args=[row.pk])).status_code == 200, table


def test_the_admin_cancels_and_retries_batches(admin: User, read_batch: Batch) -> None:
    client = Client()
    client.force_login(admin)
    url = reverse("admin:webapp_batch_changelist")
    client.post(url, {"action": "retry_failed", "_selected_action": [read_batch.pk]})
    assert read_batch.images.waiting().count() == 1
    client.post(url, {"action": "cancel", "_selected_action": [read_batch.pk]})
    read_batch.refresh_from_db()
    assert read_batch.cancelled_count == 1
    client.post(url, {"action": "delete_selected", "_selected_action": [read_batch.pk], "post": "yes"})
    assert "being deleted" in client.get(url).content.decode()
    erase()
    assert not Batch.objects.exists()


def test_staff_who_may_only_look_cannot_cancel(read_batch: Batch, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_batch", "view_image"]))
    client = Client()
    client.force_login(bob)
    read_batch.retry_failed()
    for table, row in (("batch", read_batch), ("image", read_batch.images.last())):
        client.post(reverse(f"admin:webapp_{table}_changelist"), {"action": "cancel", "_selected_action": [row.pk]})
    assert read_batch.images.waiting().count() == 1


def test_an_administrator_can_delete_somebody_with_all_they_handed_in(
    admin: User, alice: User, read_batch: Batch
) -> None:
    client = Client()
    client.force_login(admin)
    client.post(reverse("admin:webapp_user_delete", args=[alice.pk]), {"post": "yes"})
    assert not User.objects.get(pk=alice.pk).is_active
    erase()
    erase()
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not Image.objects.exists()


def test_the_admin_never_links_to_a_picture_as_it_came(admin: User, read_batch: Batch) -> None:
    client = Client()
    client.force_login(admin)
    page = client.get(reverse("admin:webapp_image_change", args=[read_batch.images.first().pk])).content.decode()
    assert "originals/" not in page
    assert "data:image/png" in page


def test_history_cannot_be_rewritten_in_the_admin(admin: User, read_batch: Batch) -> None:
    client = Client()
    client.force_login(admin)
    prediction = read_batch.images.first().prediction
    url = reverse("admin:webapp_prediction_change", args=[prediction.pk])
    assert client.post(url, {"text": "9"}).status_code == 403
    assert client.post(reverse("admin:webapp_prediction_delete", args=[prediction.pk])).status_code == 403


def test_text_is_sent_compressed_and_pictures_as_they_are(as_alice: Client, read_batch: Batch) -> None:
    image = read_batch.images.exclude(prediction=None).earliest("pk")
    image.prediction.copy = png(np.zeros((60, 90), np.uint8))
    image.prediction.save()
    compressed = {"Accept-Encoding": "gzip"}
    assert as_alice.get("/", headers=compressed).headers["Content-Encoding"] == "gzip"
    assert as_alice.get("/static/webapp/site.css", headers=compressed).headers["Content-Encoding"] == "gzip"
    assert as_alice.get("/api/batches", headers=compressed).status_code == 200
    assert "Content-Encoding" not in as_alice.get(f"/images/{image.pk}/picture", headers=compressed).headers
    assert "Content-Encoding" not in as_alice.get("/").headers


# --- One and many ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"expected": 1, "sealed": False}, "0 of 1 file has arrived."),
        ({"expected": 2, "image_count": 1, "sealed": False}, "1 of 2 files have arrived."),
        ({"expected": 1}, "The file never came."),
        ({"expected": 2, "image_count": 1}, "1 of the 2 files never came."),
        ({"expected": 1, "image_count": 1, "read_count": 1, "cancelled_at": timezone.now()}, "1 was read before that."),
        (
            {"expected": 2, "image_count": 2, "read_count": 2, "cancelled_at": timezone.now()},
            "2 were read before that.",
        ),
        ({"expected": 1, "image_count": 1}, "1 picture, <time"),
        ({"expected": 2, "image_count": 2}, "2 pictures, <time"),
    ],
)
def test_one_is_one_and_many_are_many(as_alice: Client, alice: User, counts: dict[str, Any], said: str) -> None:
    batch = Batch.objects.create(owner=alice, name="x", **{"sealed": True} | counts)
    assert said in " ".join(as_alice.get(batch.get_absolute_url()).content.decode().split())


def test_a_picture_a_minute_is_one() -> None:
    assert (rate(1 / 60), rate(2 / 60)) == ("1 picture a minute", "2 pictures a minute")
