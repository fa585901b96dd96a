"""How likely an answer is right that is said to be so sure, by those of its batch that people have checked."""

import random
from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from tests.webapp.test_batch import a_prediction
from webapp.calibration import EDGES, FEWEST, Curve, fitted
from webapp.models import Batch, Certificate, Image, User
from webapp.models.rules import Rules
from worker.tasks import maintain

HandIn = Callable[..., Batch]
checked = some.lists(some.tuples(some.floats(0, 1), some.booleans()), min_size=FEWEST, max_size=90)


def test_too_few_change_nothing() -> None:
    curve = fitted([(0.9, False)] * (FEWEST - 1))
    assert curve == Curve()
    assert curve.likely(0.37) == 0.37
    assert curve.stored() == {}


@given(checked, some.floats(0, 1), some.floats(0, 1))
def test_whoever_is_surer_is_never_less_likely_right(
    answers: list[tuple[float, bool]], one: float, other: float
) -> None:
    curve = fitted(answers)
    assert 0 <= curve.likely(min(one, other)) <= curve.likely(max(one, other)) <= 1
    assert Curve.of(curve.stored()) == curve


def test_of_what_nobody_has_checked_the_model_is_believed() -> None:
    curve = fitted([(0.3, True)] * 40)
    assert curve.likely(0.3) > 0.75
    assert curve.likely(0.97) == pytest.approx(0.97, abs=0.01)
    assert curve.likely(0.05) < 0.3


def test_with_many_what_was_seen_is_believed() -> None:
    chance = random.Random(1)
    said = [chance.random() for _ in range(20_000)]
    curve = fitted((sure, chance.random() < sure**2) for sure in said)
    for sure in (0.3, 0.5, 0.7, 0.85):
        assert curve.likely(sure) == pytest.approx(sure**2, abs=0.06)


def test_what_is_said_rightly_stays_as_it_is() -> None:
    chance = random.Random(2)
    curve = fitted((sure, chance.random() < sure) for sure in [chance.random() for _ in range(2000)])
    for sure in EDGES:
        assert curve.likely(sure) == pytest.approx(sure, abs=0.08)


@pytest.fixture
def batch(alice: User, champion: None, hand_in: HandIn) -> Batch:
    """Fifty answers, of which the model says 92 % of each."""
    batch = hand_in(alice, count=50)
    images = list(batch.images.order_by("index"))
    Image.objects.record(Image.objects.claim([image.pk for image in images]), [a_prediction(i, 0.92) for i in images])
    batch.refresh_from_db()
    return batch


def check(batch: Batch, right: int, wrong: int, sampled: str = "doubtful") -> None:
    for number, image in enumerate(batch.images.order_by("index")[: right + wrong]):
        said = image.prediction.text if number < right else "9876"
        image.correct(batch.owner, "text", said, sampled)
    maintain.adapt()
    batch.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.both_databases
def test_where_checked_ones_are_right_the_others_are_believed(batch: Batch, as_alice: Client) -> None:
    assert batch.standings()["sure"] == 0
    batch.turn_dial(0.95)
    check(batch, right=35, wrong=0)
    assert batch.curve.checked == 35
    assert batch.standings()["sure"] == 15
    image = batch.images.select_related("batch", "prediction").order_by("index")[40]
    assert (image.percent, image.prediction.percent) == (97, 92)
    page = " ".join(as_alice.get(batch.get_absolute_url()).content.decode().split())
    assert "by the 35 answers of this batch that were checked" in page
    page = " ".join(as_alice.get(f"/images/{image.pk}/").content.decode().split())
    assert "97 % sure, by what the model says (92 %) and by how often it was right on the 35 answers" in page
    assert as_alice.get(f"/api/batches/{batch.pk}/answers").json()["answers"][40]["confidence"] == pytest.approx(
        0.979, abs=0.001
    )


@pytest.mark.django_db
@pytest.mark.both_databases
def test_where_checked_ones_are_wrong_the_others_are_not_believed(batch: Batch) -> None:
    batch.turn_dial(0.9)
    assert batch.standings()["sure"] == 50
    check(batch, right=26, wrong=8)
    assert batch.standings()["sure"] == 0


def test_the_surest_are_believed_no_more_than_was_seen() -> None:
    curve = fitted([(1.0, False)] * 40)
    assert curve.likely(1.0) < 0.6


@given(checked, some.floats(0, 1))
def test_from_there_on_answers_are_as_likely_right(answers: list[tuple[float, bool]], likely: float) -> None:
    curve = fitted(answers)
    said = curve.said(likely)
    assert curve.likely(said) >= likely - 1e-9 or said == 1


@pytest.mark.django_db
def test_what_is_sure_against_a_rule_says_nothing_of_the_others(batch: Batch) -> None:
    batch.turn_dial(0.9)
    batch.expect(Rules(digits=7))
    check(batch, right=0, wrong=35)
    assert set(batch.images.filter(review__isnull=False).values_list("review__sampled", flat=True)) == {"rule"}
    assert batch.curve == Curve()


@pytest.mark.django_db
def test_a_promise_that_stands_is_not_moved(batch: Batch) -> None:
    batch.turn_dial(0.9)
    assert Certificate.draw(batch, batch.owner)
    check(batch, right=35, wrong=0, sampled="certify")
    assert batch.curve == Curve()


@pytest.mark.django_db
def test_what_somebody_picks_out_says_nothing_of_the_others(batch: Batch) -> None:
    check(batch, right=0, wrong=35, sampled="chosen")
    assert batch.curve == Curve()


@pytest.mark.django_db
def test_what_is_taken_back_counts_no_more(batch: Batch) -> None:
    check(batch, right=FEWEST, wrong=0)
    assert batch.curve.checked == FEWEST
    batch.images.order_by("index")[0].withdraw(batch.owner)
    maintain.adapt()
    batch.refresh_from_db()
    assert batch.curve == Curve()
