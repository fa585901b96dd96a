"""What the checked answers of a batch show of how it is written, tried on the others: to be applied, left or undone."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from webapp.models import Adapter, Batch, Image, ModelVersion, Prediction, RereadingOrder, User
from webapp.models.adapter import FEWEST
from worker.tasks import maintain, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
HandIn = Callable[..., Batch]
COUNT = FEWEST + 4


@pytest.fixture
def batch(alice: User, champion: None, hand_in: HandIn) -> Batch:
    """Digits as the champion reads them, all of them doubtful, and the last wrong by our own hand."""
    batch = hand_in(alice, count=COUNT)
    read.read_images(list(batch.images.values_list("pk", flat=True)))
    batch.images.update(confidence=0.4)
    last = batch.images.get(index=COUNT - 1)
    Prediction.objects.filter(pk=last.prediction_id).update(text="99")
    Image.objects.filter(pk=last.pk).update(search_text="99")
    batch.refresh_from_db()
    return batch


def check(batch: Batch, count: int, first: int = 0) -> None:
    for image in batch.images.order_by("index")[first : first + count]:
        image.correct(batch.owner, "text", f"{image.index % 10},50")


def tried(batch: Batch) -> Adapter:
    maintain.adapt()
    adapter = Adapter.objects.standing(batch).first()
    assert adapter
    read.read_again(list(adapter.rereadings.values_list("pk", flat=True)))
    return Adapter.objects.of(batch)[0]


def last(batch: Batch) -> Image:
    return batch.images.select_related("batch", "prediction").get(index=COUNT - 1)


def test_with_too_few_checked_nothing_is_tried(batch: Batch) -> None:
    check(batch, FEWEST - 1)
    maintain.adapt()
    assert Adapter.objects.standing(batch).first() is None


def test_what_is_left_to_check_is_tried_and_nothing_changes_by_that(batch: Batch) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    assert adapter.patterns == {"N,dd": FEWEST}
    assert adapter.examples == ["12,34"]
    assert (adapter.rereadings.count(), adapter.changed, adapter.is_open) == (COUNT - FEWEST, 1, False)
    assert (last(batch).search_text, last(batch).prediction.text) == ("99", "99")
    assert Batch.objects.get().patterns == {}


def test_a_trial_is_read_by_what_checked_ones_show(batch: Batch) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    after = adapter.rereadings.get(image=last(batch)).after
    assert after
    assert (after.patterns, after.hints) == ({"N,dd": FEWEST}, {})
    assert last(batch).predictions.count() == 2


def test_applied_it_holds_for_what_is_tried_and_what_comes(batch: Batch, hand_in: HandIn) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    adapter.apply()
    image = last(batch)
    assert image.prediction.patterns == {"N,dd": FEWEST}
    assert image.search_text == image.prediction.text != "99"
    assert image.sort_value == float(image.prediction.text)
    assert image.confidence == image.prediction.confidence
    assert Batch.objects.get().patterns == {"N,dd": FEWEST}
    Image.objects.filter(pk=image.pk).update(state="waiting", attempts=0)
    read.read_images([image.pk])
    assert last(batch).prediction.patterns == {"N,dd": FEWEST}


def test_applied_it_makes_nothing_outdated(batch: Batch) -> None:
    check(batch, FEWEST)
    tried(batch).apply()
    champion = ModelVersion.objects.champion()
    assert champion
    assert not batch.images.outdated(champion).exists()


def test_undone_everything_is_as_before(batch: Batch) -> None:
    before = list(batch.images.order_by("pk").values("prediction", "confidence", "sort_value", "model_version"))
    check(batch, FEWEST)
    adapter = tried(batch)
    adapter.apply()
    adapter.undo()
    after = list(batch.images.order_by("pk").values("prediction", "confidence", "sort_value", "model_version"))
    assert [row["prediction"] for row in after] == [row["prediction"] for row in before]
    assert after[-1]["model_version"] == before[-1]["model_version"]
    assert last(batch).search_text == "99"
    assert Batch.objects.get().patterns == {}
    assert Adapter.objects.standing(batch).first() is None


def test_what_somebody_has_said_meanwhile_stays(batch: Batch, alice: User) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    last(batch).correct(alice, "text", "4,50")
    adapter.apply()
    assert last(batch).search_text == "4,50"
    adapter.undo()
    assert last(batch).search_text == "4,50"


def test_what_was_read_again_meanwhile_stays(batch: Batch) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    champion = ModelVersion.objects.champion()
    ModelVersion.objects.get(shipped_as="seed").promote()
    order = RereadingOrder.place(batch.owner, batch.images.all(), batch.pk)
    assert order
    read.read_again(list(order.rereadings.values_list("pk", flat=True)))
    adapter.apply()
    assert last(batch).model_version != champion
    assert last(batch).prediction.patterns == {}


def test_tried_again_once_twice_as_many_are_checked(batch: Batch) -> None:
    check(batch, FEWEST)
    first = tried(batch)
    check(batch, 2, first=FEWEST)
    maintain.adapt()
    assert Adapter.objects.of(batch)[0] == first
    batch.images.filter(index__lt=FEWEST).update(search_text=" ".join(["1,50"] * 3))  # pages of three numbers each
    second = tried(batch)
    assert second != first
    first.refresh_from_db()
    assert (first.trial, second.trial) == ("left", "open")


def test_undoing_the_second_leaves_the_first(batch: Batch) -> None:
    check(batch, FEWEST)
    tried(batch).apply()
    batch.images.update(confidence=0.4)
    batch.images.filter(index__lt=FEWEST).update(search_text="1,50 2,50")
    second = tried(batch)
    second.apply()
    second.undo()
    assert Batch.objects.get().patterns == {"N,dd": FEWEST}
    standing = Adapter.objects.standing(batch).first()
    assert standing
    assert standing.is_applied


def test_applied_without_asking_where_its_owner_says_so(batch: Batch, as_alice: Client) -> None:
    as_alice.post(reverse("batch-adapts", args=[batch.pk]), {"adapts": "on"})
    check(batch, FEWEST)
    tried(batch)
    maintain.adapt()
    assert Adapter.objects.of(batch)[0].is_applied
    assert last(batch).search_text != "99"


def test_what_is_declined_is_not_told_again(batch: Batch, as_alice: Client) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    assert b'id="adapter"' in as_alice.get(batch.get_absolute_url()).content
    as_alice.post(reverse("undo-adapter", args=[adapter.pk]))
    assert b'id="adapter"' not in as_alice.get(batch.get_absolute_url()).content


def test_one_click_applies_and_one_undoes(batch: Batch, as_alice: Client) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    assert "1 answer would change" in as_alice.get(batch.get_absolute_url()).content.decode()
    assert "99" in as_alice.get(adapter.get_absolute_url()).content.decode()
    as_alice.post(reverse("apply-adapter", args=[adapter.pk]))
    assert last(batch).search_text != "99"
    assert "1 answer was changed" in as_alice.get(batch.get_absolute_url()).content.decode()
    as_alice.post(reverse("undo-adapter", args=[adapter.pk]))
    assert last(batch).search_text == "99"


def test_nobody_else_applies_it(batch: Batch, as_bob: Client) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    for name in ("apply-adapter", "undo-adapter"):
        assert as_bob.post(reverse(name, args=[adapter.pk])).status_code == 404
    assert as_bob.post(reverse("batch-adapts", args=[batch.pk])).status_code == 404
    assert last(batch).search_text == "99"


def test_reading_again_by_a_new_model_is_no_trial(batch: Batch, as_alice: Client) -> None:
    ModelVersion.objects.get(shipped_as="seed").promote()
    order = RereadingOrder.place(batch.owner, batch.images.all(), batch.pk)
    assert order
    assert as_alice.post(reverse("apply-adapter", args=[order.pk])).status_code == 404
    assert Adapter.objects.standing(batch).first() is None


def test_what_is_declined_or_superseded_is_not_applied(batch: Batch) -> None:
    check(batch, FEWEST)
    first = tried(batch)
    first.leave()
    first.apply()
    assert last(batch).search_text == "99"
    batch.images.filter(index__lt=FEWEST).update(search_text="1,50 2,50")
    tried(batch)
    Adapter.objects.filter(pk=first.pk).update(trial="open")
    first.apply()
    assert last(batch).search_text == "99"
    assert Batch.objects.get().patterns == {}


def test_what_was_first_read_by_it_is_read_again_without(batch: Batch) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    adapter.apply()
    image = batch.images.get(index=COUNT - 2)
    Image.objects.filter(pk=image.pk).update(state="waiting", attempts=0, prediction=None)
    Prediction.objects.filter(image=image).delete()
    read.read_images([image.pk])
    adapter.undo()
    (order,) = RereadingOrder.objects.that_count()
    assert [one.image for one in order.rereadings.all()] == [image]
    read.read_again(list(order.rereadings.values_list("pk", flat=True)))
    image.refresh_from_db()
    assert image.prediction.patterns == {}


def test_what_would_change_nothing_is_left(batch: Batch) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    adapter.rereadings.update(differs=False)
    Batch.objects.update(sure_from=2.0)
    maintain.adapt()
    assert Adapter.objects.standing(batch).first() is None


def test_what_is_corrected_meanwhile_is_not_counted(batch: Batch, alice: User) -> None:
    check(batch, FEWEST)
    adapter = tried(batch)
    last(batch).correct(alice, "text", "4,50")
    assert (adapter.differ, adapter.changed) == (1, 0)
