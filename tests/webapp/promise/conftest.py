"""The promise: how many of a batch's accepted answers are wrong at most, by looking at some that were drawn by lot."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.test_batch import a_prediction
from webapp.models import Batch, Certificate, Image, Review, User, certifying

HandIn = Callable[..., Batch]
SCRIPT = {"X-Requested-With": "fetch"}
NONE_WRONG = "with 95 % confidence: 33 drawn by lot were looked at, none was wrong."


@pytest.fixture(autouse=True)
def nothing_mixed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """But where a test asks for it."""
    monkeypatch.setattr(certifying, "DOUBTFUL_SHARE", 0)
    monkeypatch.setattr(certifying, "KNOWN_SHARE", 0)


def read(batch: Batch, confidences: list[float]) -> Batch:
    images = list(batch.images.order_by("index"))
    fence = Image.objects.claim([image.pk for image in images])
    Image.objects.record(fence, [a_prediction(*pair) for pair in zip(images, confidences, strict=True)])
    batch.refresh_from_db()
    return batch


@pytest.fixture
def batch(alice: User, hand_in: HandIn, champion: None) -> Batch:
    """Sixty pictures read as 7 and accepted, half of them more surely, and four to check."""
    return read(hand_in(alice, count=64), [0.9995] * 30 + [0.99] * 30 + [0.4] * 4)


@pytest.fixture
def lot(batch: Batch, alice: User) -> Certificate:
    return drawn(batch, alice)


def drawn(batch: Batch, person: User) -> Certificate:
    certificate = Certificate.draw(batch, person)
    assert certificate is not None
    return certificate


def look(batch: Batch, person: User, looks: int, *wrong: int) -> None:
    """Answer so many of the lot in its order; those at these places turn out to be something else."""
    for one in batch.certificate.looks.order_by("place")[:looks]:
        if one.image.review is None:
            one.image.say(person, "text", "1" if one.place in wrong else "7", Review.Sampled.CERTIFY)


def page_of(client: Client, batch: Batch) -> str:
    return " ".join(client.get(reverse("promise", args=[batch.pk])).content.decode().split())
