"""The dial: as much as can be accepted at an expected precision, and no more."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.test_batch import a_prediction
from webapp.models import Batch, Image, SitePolicy, User
from webapp.models.batch.dial import LEAST_ACCEPTED, Bin, stops, sure_from

pytestmark = pytest.mark.both_databases
HandIn = Callable[..., Batch]
confidences = st.lists(st.floats(LEAST_ACCEPTED, 1), min_size=1, max_size=40, unique=True)
precisions = st.sampled_from([0.9, 0.95, 0.99, 0.999])


def bins(values: list[float]) -> list[Bin]:
    return [Bin(value, 1, value, 1, value) for value in sorted(values, reverse=True)]


@given(confidences, precisions)
def test_the_accepted_are_expected_to_be_as_precise_as_asked_and_one_more_would_not_be(
    values: list[float], precision: float
) -> None:
    least = sure_from(bins(values), precision)
    ranked = sorted(values, reverse=True)
    accepted = [value for value in ranked if value >= least]
    if accepted:
        assert sum(accepted) / len(accepted) >= precision - 1e-6
    if len(accepted) < len(ranked):
        more = ranked[: len(accepted) + 1]
        assert sum(more) / len(more) < precision


@given(confidences)
def test_asking_for_more_accepts_no_more_and_expects_no_more_errors(values: list[float]) -> None:
    rows = stops(bins(values), len(values), 0.97)
    assert [row.accepted for row in rows] == sorted((row.accepted for row in rows), reverse=True)
    assert [row.errors for row in rows] == sorted((row.errors for row in rows), reverse=True)
    assert {row.accepted + row.to_check for row in rows} == {len(values)}
    assert rows[-1].accepted == 0


def test_what_is_less_likely_right_than_wrong_is_never_accepted() -> None:
    crowd = Bin(0.999, 10_000, 9_999.0, 10_000, 9_999.0)
    unlikely = Bin(0.4, 1, 0.4, 1, 0.4)
    assert sure_from([crowd, unlikely], 0.9) == 0.999


def test_expected_errors_are_said_in_whole_ones() -> None:
    sure = Bin(0.99, 2731, 2731 * 0.99, 2731, 2731 * 0.99)
    (stop,) = (row for row in stops([sure], 3000, 0.99) if row.precision == 0.99)
    assert (stop.accepted, stop.to_check, stop.errors_expected) == (2731, 269, 27)


@pytest.mark.parametrize(
    ("values", "precision", "said"),
    [
        ([0.9716, 0.6], 0.99, "no answer is 99\xa0% sure: the surest is 97.1\xa0% sure"),
        ([0.97], 0.995, "no answer is 99.5\xa0% sure: the surest is 97\xa0% sure"),
        ([], 0.99, "no answer is likelier right than wrong"),
        ([0.9999], 1.0, "everything is for you to check"),
    ],
)
def test_where_nothing_is_accepted_it_says_why(values: list[float], precision: float, said: str) -> None:
    rows = stops(bins(values), 2, precision)
    (stop,) = (row for row in rows if row.precision == precision)
    assert (stop.accepted, stop.sentence) == (0, said)


def test_where_all_that_is_sure_enough_breaks_a_rule_it_says_so() -> None:
    broken = Bin(0.999, 3, 2.997, 0, 0.0)
    (stop,) = (row for row in stops([broken], 3, 0.99) if row.precision == 0.99)
    assert stop.sentence == "what is sure enough was checked already or breaks a rule"


def test_where_a_person_has_checked_everything_it_says_so() -> None:
    checked = Bin(0.999, 3, 2.997, 0, 0.0)
    assert {row.sentence for row in stops([checked], 0, 0.99)} == {"a person has checked all that was read"}


@pytest.mark.django_db
def test_a_new_batch_starts_with_the_sites_precision(alice: User) -> None:
    assert Batch.objects.create(owner=alice, name="x", expected=1).precision == 0.99
    SitePolicy(acceptance_precision=0.95).save()
    assert SitePolicy.current().acceptance_precision == 0.95
    assert Batch.objects.create(owner=alice, name="x", expected=1).precision == 0.95
    SitePolicy(acceptance_precision=0.9).save()
    assert SitePolicy.objects.count() == 1


@pytest.mark.django_db
def test_turning_the_dial_moves_pictures_between_accepted_and_to_check(
    alice: User, hand_in: HandIn, champion: None
) -> None:
    batch = hand_in(alice, count=4)
    for image, confidence in zip(batch.images.order_by("pk"), (0.999, 0.98, 0.92, 0.3), strict=True):
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, confidence)])
    expected = {0.99: 1, 0.98: 2, 0.9: 3, 1.0: 0}  # 0.999 and 0.98 make 0.9895
    for precision, accepted in expected.items():
        batch.turn_dial(precision)
        standings = batch.standings()
        assert (standings["sure"], standings["doubtful"]) == (accepted, 4 - accepted), precision
        assert [image.standing for image in Image.objects.with_answers()].count("sure") == accepted
        (stop,) = (stop for stop in batch.dial_stops(standings) if stop.precision == precision)
        assert (stop.accepted, stop.to_check) == (accepted, 4 - accepted)
