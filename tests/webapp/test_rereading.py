"""Reading again with a newer model: old answers stay until it has succeeded, and a person's word stays for good."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from webapp.models import Batch, ModelVersion, Prediction, Rereading, RereadingOrder, User
from worker.tasks import maintain, read

pytestmark = pytest.mark.django_db(transaction=True)
HandIn = Callable[..., Batch]


@pytest.fixture
def batch(alice: User, champion: None, hand_in: HandIn) -> Batch:
    """Ten digits as the seed reads them, two of them wrongly by our own hand; then the sapling is champion."""
    sapling = ModelVersion.objects.champion()
    ModelVersion.objects.get(shipped_as="seed").promote()
    batch = hand_in(alice, count=10)
    read.read_images(list(batch.images.values_list("pk", flat=True)))
    for image in batch.images.order_by("index")[:2]:
        Prediction.objects.filter(pk=image.prediction_id).update(text="99")
    assert sapling
    sapling.promote()
    batch.refresh_from_db()
    return batch


def read_again(order: RereadingOrder) -> None:
    read.read_again(list(order.rereadings.values_list("pk", flat=True)))


def placed(batch: Batch) -> RereadingOrder:
    order = RereadingOrder.place(batch.owner, batch.images.all(), batch.pk)
    assert order
    return order


def test_what_differs_is_told_and_both_predictions_are_kept(batch: Batch) -> None:
    order = placed(batch)
    read_again(order)
    assert (order.counts["read"], order.counts["differ"], order.counts["open"]) == (10, 2, 0)
    first = batch.images.order_by("index")[0]
    assert first.prediction.model_version.shipped_as == "sapling"
    assert sorted(first.predictions.values_list("model_version__shipped_as", flat=True)) == ["sapling", "seed"]
    assert first.search_text == first.prediction.text != "99"


def test_a_person_s_word_is_never_overwritten(batch: Batch, alice: User) -> None:
    image = batch.images.order_by("index")[0]
    image.correct(alice, "text", "42")
    read_again(placed(batch))
    image.refresh_from_db()
    assert (image.answer, image.search_text, image.outcome) == ("42", "42", "read")
    assert image.prediction.text != "42"


def test_until_it_is_read_again_a_picture_keeps_its_answer(batch: Batch) -> None:
    placed(batch)
    assert batch.images.order_by("index")[0].prediction.text == "99"


def test_asking_twice_reads_once(batch: Batch, alice: User) -> None:
    placed(batch)
    assert RereadingOrder.place(alice, batch.images.all(), batch.pk) is None
    assert Rereading.objects.count() == 10


def test_what_the_current_model_has_read_is_not_read_again(batch: Batch, alice: User) -> None:
    read_again(placed(batch))
    assert RereadingOrder.place(alice, batch.images.all(), batch.pk) is None


def test_a_picture_that_cannot_be_read_again_keeps_its_answer(batch: Batch) -> None:
    image = batch.images.order_by("index")[0]
    image.file.storage.delete(image.key)
    order = placed(batch)
    read_again(order)
    assert order.counts["failed"] == 1
    image.refresh_from_db()
    assert (image.state, image.prediction.text) == ("read", "99")


def test_a_lost_message_is_sent_again(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    order = placed(batch)
    order.rereadings.update(resend_at=order.created_at)
    sent: list[int] = []
    monkeypatch.setattr("webapp.jobs.read_again", lambda rows, most: sent.extend(row.pk for row in rows))
    maintain.sweep()
    assert sorted(sent) == sorted(order.rereadings.values_list("pk", flat=True))


def test_the_page_tells_what_changed_to_whoever_asked(batch: Batch, as_alice: Client, as_bob: Client) -> None:
    answer = as_alice.post(reverse("read-batch-again", args=[batch.pk]))
    order = RereadingOrder.objects.get()
    assert answer["Location"] == reverse("rereading", args=[order.pk])
    read_again(order)
    page = as_alice.get(answer["Location"]).content.decode()
    assert "2 of 10 differ." in page
    assert as_bob.get(answer["Location"]).status_code == 404
    assert as_bob.post(reverse("read-batch-again", args=[batch.pk])).status_code == 404


def test_the_batch_s_page_leads_to_every_comparison_with_what_it_found(
    batch: Batch, as_alice: Client, as_bob: Client, bob: User
) -> None:
    assert "Read again with model" not in as_alice.get(batch.get_absolute_url()).content.decode()
    order = placed(batch)
    page = as_alice.get(batch.get_absolute_url()).content.decode()
    assert f'href="{order.get_absolute_url()}"' in page
    assert "0 differ, still being read." in " ".join(page.split())
    read_again(order)
    page = " ".join(as_alice.get(batch.get_absolute_url()).content.decode().split())
    when = date_format(timezone.localtime(order.created_at), "DATETIME_FORMAT")
    assert f"Read again with model {order.model_version}, {when}</a>: 2 differ." in page
    Batch.objects.update(reviewer=bob)
    assert order.get_absolute_url() not in as_bob.get(batch.get_absolute_url()).content.decode()


def test_what_staff_have_had_read_again_is_for_its_owner_to_compare(
    batch: Batch, admin: User, as_alice: Client
) -> None:
    order = RereadingOrder.place(admin, batch.images.all(), batch.pk)
    assert order
    assert order.get_absolute_url() in as_alice.get(batch.get_absolute_url()).content.decode()
    assert as_alice.get(order.get_absolute_url()).status_code == 200


def test_the_history_leads_to_the_comparison_of_everything(batch: Batch, as_alice: Client, as_bob: Client) -> None:
    as_alice.post(reverse("read-all-again"))
    order = RereadingOrder.objects.get()
    history = reverse("history")
    assert order.get_absolute_url() in as_alice.get(history, {"tab": "pictures"}).content.decode()
    assert order.get_absolute_url() not in as_bob.get(history, {"tab": "pictures"}).content.decode()


def test_the_batch_offers_it_only_where_another_model_has_read(batch: Batch, as_alice: Client) -> None:
    words = "Read again with the current model"
    assert words in as_alice.get(batch.get_absolute_url()).content.decode()
    read_again(placed(batch))
    assert words not in as_alice.get(batch.get_absolute_url()).content.decode()


def test_all_of_one_s_pictures_can_be_read_again(batch: Batch, as_alice: Client) -> None:
    as_alice.post(reverse("read-all-again"))
    assert RereadingOrder.objects.get().counts["open"] == 10
