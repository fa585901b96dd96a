from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.test_batch import a_prediction
from webapp.models import Batch, Image, ModelVersion, User
from webapp.views import history

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def batch(alice: User, hand_in: HandIn, champion: None) -> Batch:
    """Six pictures of six days: 7 by the model, one corrected to 42, one blank, one failed, one 1234."""
    rooms = ("Kitchen", "Bath", "Cellar", "Attic", "Hall", "Shed")
    batch = hand_in(alice, files=[(f"{name}.png", b"x") for name in rooms])
    images = list(batch.images.order_by("index"))
    for day, image in enumerate(images):
        Image.objects.filter(pk=image.pk).update(created_at=DAY + timedelta(days=day))
    for image in images[:5]:
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image)])
    Image.objects.all().fail(Image.objects.claim([images[5].pk]), [images[5].pk], "empty")
    Image.objects.get(name="Bath.png").correct(alice, "text", "42")
    Image.objects.get(name="Cellar.png").correct(alice, "blank")
    Image.objects.filter(name="Attic.png").update(search_text="1234", sort_value=1234)
    batch.refresh_from_db()
    return batch


def found(client: Client, **asked: object) -> list[str]:
    page = client.get("/history/", {"tab": "pictures", **asked})
    assert page.status_code == 200
    return [image.name.removesuffix(".png") for image in page.context["rows"].rows]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, "Shed Hall Attic Cellar Bath Kitchen"),
        ({"answer": "7"}, "Hall Kitchen"),
        ({"answer": "23"}, "Attic"),
        ({"name": "kitch"}, "Kitchen"),
        ({"name": "%"}, ""),
        ({"since": "2026-03-05"}, "Shed Hall"),
        ({"since": "2026-03-02", "until": "2026-03-03"}, "Cellar Bath"),
        ({"outcome": "blank"}, "Cellar"),
        ({"outcome": "failed"}, "Shed"),
        ({"outcome": "read", "reviewed": "no"}, "Hall Attic Kitchen"),
        ({"reviewed": "yes"}, "Cellar Bath"),
        ({"since": "yesterday"}, ""),
    ],
)
def test_pictures_are_found_by_what_the_address_asks(as_alice: Client, batch: Batch, asked: dict, names: str) -> None:
    assert found(as_alice, **asked) == names.split()


def test_pictures_are_found_by_batch_and_by_model(as_alice: Client, alice: User, batch: Batch) -> None:
    other = Batch.objects.create(owner=alice, name="Other", expected=1)
    champion, retired = ModelVersion.objects.champion(), ModelVersion.objects.exclude(state="champion").first()
    assert len(found(as_alice, batch=batch.pk)) == 6
    assert found(as_alice, batch=other.pk) == []
    assert len(found(as_alice, model=champion.pk)) == 5
    assert found(as_alice, model=retired.pk) == []


def test_nobody_finds_what_is_not_theirs(as_bob: Client, batch: Batch) -> None:
    assert found(as_bob) == found(as_bob, name="Kitchen") == found(as_bob, batch=batch.pk) == []
    assert b"".join(as_bob.get("/history/answers.jsonl")) == b""
    assert as_bob.get("/history/answers.csv", {"batch": batch.pk}).status_code == 400


def test_pages_lead_on_and_back_again(as_alice: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PER_PAGE", 2)
    assert found(as_alice) == ["Shed", "Hall"]
    first = as_alice.get("/history/", {"tab": "pictures"}).context["rows"]
    assert not first.newer
    assert found(as_alice, before=first.older) == ["Attic", "Cellar"]
    second = as_alice.get("/history/", {"tab": "pictures", "before": first.older}).context["rows"]
    assert found(as_alice, before=second.older) == ["Bath", "Kitchen"]
    last = as_alice.get("/history/", {"tab": "pictures", "before": second.older}).context["rows"]
    assert not last.older
    assert found(as_alice, after=last.newer) == ["Attic", "Cellar"]
    assert found(as_alice, after=second.newer) == ["Shed", "Hall"]


def test_pictures_of_one_moment_are_each_shown_once(
    as_alice: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.objects.update(created_at=DAY)
    monkeypatch.setattr(history, "PER_PAGE", 4)
    first = as_alice.get("/history/", {"tab": "pictures"}).context["rows"]
    assert len({*found(as_alice), *found(as_alice, before=first.older)}) == 6


@pytest.mark.parametrize(
    "before",
    [
        "x",
        "2026-03-01_5",
        "2026-03-01T00:00:00+00:00_",
        "_",
        "9999-99-99T00:00:00Z_1",
        "0001-01-01T00:00:00+14:00_1",
        "9999-12-31T23:59:59-14:00_1",
    ],
)
def test_an_address_that_was_damaged_begins_at_the_top(as_alice: Client, batch: Batch, before: str) -> None:
    assert len(found(as_alice, before=before)) == 6


@pytest.mark.parametrize("tab", ["pictures", "batches"])
@pytest.mark.parametrize("asked", [{"until": "9999-12-31"}, {"since": "0001-01-01"}])
def test_a_day_beyond_all_clocks_finds_nothing(as_alice: Client, batch: Batch, tab: str, asked: dict) -> None:
    answer = as_alice.get("/history/", {"tab": tab} | asked)
    assert answer.status_code == 200
    assert not answer.context["rows"]
    assert as_alice.get("/history/answers.csv", asked).status_code == 400


def test_drawings_and_batches_are_found_too(as_alice: Client, alice: User, batch: Batch, hand_in: HandIn) -> None:
    drawing = hand_in(alice, count=1)
    Batch.objects.filter(pk=drawing.pk).update(source=Batch.Source.DRAWING)
    assert [image.batch for image in as_alice.get("/history/?tab=drawings").context["rows"].rows] == [drawing]
    assert as_alice.get("/history/?name=METERS").context["rows"].rows == [batch]
    assert as_alice.get("/history/?name=rates").context["rows"].rows == []
    assert as_alice.get("/history/?until=2026-01-01").context["rows"].rows == []


def test_what_was_searched_stands_in_the_links_to_take_it_away(as_alice: Client, batch: Batch) -> None:
    page = as_alice.get("/history/", {"tab": "pictures", "answer": "7"}).content.decode()
    assert f"{reverse('found-csv')}?answer=7" in page


def test_history_asks_the_database_little(
    as_alice: Client, batch: Batch, django_assert_max_num_queries: Callable
) -> None:
    for tab in ("batches", "drawings", "pictures"):
        with django_assert_max_num_queries(8):
            as_alice.get("/history/", {"tab": tab, "name": "a"})
