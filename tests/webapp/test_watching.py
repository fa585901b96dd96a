"""What staff see of how the models do."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from tests.environment import ROOT
from tests.webapp.test_batch import a_prediction
from webapp import watching
from webapp.models import Batch, Image, ModelVersion, Prediction, User
from webapp.watching import Right, Share
from worker.tasks.people import count

pytestmark = pytest.mark.django_db
HandIn = Callable[..., Batch]


@pytest.fixture
def read(alice: User, champion: None, hand_in: HandIn) -> Callable[..., list[Image]]:
    def read(count: int, days_ago: int = 0, **said: object) -> list[Image]:
        batch = hand_in(alice, count=count)
        images = list(batch.images.order_by("pk"))
        Image.objects.record(
            Image.objects.claim([image.pk for image in images]), [a_prediction(image) for image in images]
        )
        when = timezone.now() - timedelta(days=days_ago)
        Prediction.objects.filter(image__in=images).update(created_at=when, **said)
        return [*batch.images.order_by("pk")]

    return read


def test_a_share_knows_what_is_beyond_chance() -> None:
    assert not Share(5, 100).differs_from(Share(8, 100))
    assert Share(5, 100).differs_from(Share(30, 100))
    assert not Share(5, 100).differs_from(Share(0, 0))


def test_days_tell_what_was_read_and_what_people_corrected(read: Callable[..., list[Image]], alice: User) -> None:
    images = read(4, text="7", confidence=0.9, outcome="read")
    read(3, days_ago=2, text="", outcome="unclear", confidence=0)
    for image, said in zip(images, ("7", "7", "1"), strict=False):
        image.correct(alice, "text", said)
    today, before = watching.days()
    assert (today.read, round(today.confidence, 2)) == (4, 0.9)
    assert (today.corrected.part, today.corrected.whole) == (1, 3)
    assert (before.read, before.unclear.value) == (3, 1.0)


def test_a_week_that_differs_beyond_chance_is_said(read: Callable[..., list[Image]]) -> None:
    read(30, days_ago=14, text="7", confidence=0.99, outcome="read")
    assert watching.alerts() == []
    read(30, text="", confidence=0, outcome="unclear")
    assert any("unclear pictures: 100.0 % this week, 0.0 %" in str(alert) for alert in watching.alerts())


def test_the_confidence_of_the_week_stands_in_tenths(read: Callable[..., list[Image]]) -> None:
    read(3, text="7", confidence=1.0, outcome="read")
    read(1, text="7", confidence=0.42, outcome="read")
    (version,) = watching.confidences()
    assert [bar["share"].part for bar in version["bars"]] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 3]


def test_a_version_is_better_or_worse_than_the_one_before_only_beyond_chance() -> None:
    def said(now: Share, before: Share) -> tuple[bool, bool]:
        return Right(now, before).is_better, Right(now, before).is_worse

    assert said(Share(990, 1000), Share(900, 1000)) == (True, False)
    assert said(Share(900, 1000), Share(990, 1000)) == (False, True)
    assert said(Share(3, 3), Share(2, 3)) == said(Share(3, 3), Share(0, 0)) == (False, False)


def test_the_page_says_how_many_of_how_many_and_which_version_is_better(
    read: Callable[..., list[Image]], admin: User, alice: User, champion: None
) -> None:
    older, newer = ModelVersion.objects.order_by("number")
    for version, right in ((older, 2), (newer, 30)):
        for number, image in enumerate(read(30, text="7", confidence=0.9, outcome="read", model_version=version)):
            Image.objects.get(pk=image.pk).correct(alice, "text", "7" if number < right else "1")
    client = Client()
    client.force_login(admin)
    page = " ".join(client.get(reverse("admin:webapp_modelversion_watching")).content.decode().split())
    first, second = re.findall(r"(\d+ of 30 \([\d.]+%\)) (?:<strong>(\w+)</strong>)?", page)[:2]
    assert (first, second) == (("30 of 30 (100.00%)", "better"), ("2 of 30 (6.67%)", ""))


def test_there_is_one_interval_of_a_share_in_the_whole_repository() -> None:
    """The recognizer's, which the rooms beside it may not import: what they show needs none."""
    rooms = [path for room in ("recognizer", "webapp", "worker") for path in (ROOT / room).rglob("*.py")]
    found = [path for path in rooms if re.search(r"Wilson", path.read_text()) and "sqrt(" in path.read_text()]
    assert len(found) == 1
    assert found[0].is_relative_to(ROOT / "recognizer")


def test_staff_see_it_and_others_do_not(
    read: Callable[..., list[Image]], admin: User, alice: User, as_alice: Client
) -> None:
    images = read(3, text="7", confidence=0.9, outcome="read")
    images[0].correct(alice, "text", "7")
    client = Client()
    client.force_login(admin)
    page = client.get(reverse("admin:webapp_modelversion_watching")).content.decode()
    assert "100.00%" in page
    assert as_alice.get(reverse("admin:webapp_modelversion_watching")).status_code == 302


def test_a_batch_tells_what_is_expected_to_be_right_before_anybody_has_looked(
    read: Callable[..., list[Image]], as_alice: Client
) -> None:
    images = read(2, text="7", outcome="read")
    Image.objects.filter(pk=images[0].pk).update(confidence=0.9)
    Image.objects.filter(pk=images[1].pk).update(confidence=0.7)
    batch = images[0].batch
    assert batch.expected_right == pytest.approx(0.8)
    assert "80 % of the answers are expected to be right" in as_alice.get(batch.get_absolute_url()).content.decode()


def test_what_takes_long_to_count_is_kept_and_says_since_when(
    read: Callable[..., list[Image]], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.delete(watching.KEY)
    read(1, text="7", confidence=0.9, outcome="read")
    assert watching.figures()["days"][0].read == 1
    assert cache.get(watching.KEY) is None
    monkeypatch.setattr(watching, "QUICK", -1)
    first = watching.figures()
    read(1, text="7", confidence=0.9, outcome="read")
    assert watching.figures() == first
    count()
    assert watching.figures()["days"][0].read == 2
    client = Client()
    client.force_login(admin)
    page = client.get(reverse("admin:webapp_modelversion_watching")).content.decode()
    assert f"Counted at {date_format(timezone.localtime(watching.figures()['at']), 'TIME_FORMAT')}" in page
    cache.delete(watching.KEY)
