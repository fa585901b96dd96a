"""What answers are worth: batches in which given texts were read."""

from collections.abc import Callable, Iterable

import pytest

from tests.webapp.test_batch import a_prediction
from webapp.models import Batch, Image, User
from webapp.notation import AS_WRITTEN, Kind, Notation

HandIn = Callable[..., Batch]
Read = Callable[..., Batch]
COMMA = Notation(Kind.NUMBER, decimal=",", unit="kWh")
DATES, CODES = Notation(Kind.DATE), Notation(Kind.CODE)


def answer(images: Iterable[Image], texts: Iterable[str]) -> None:
    images = list(images)
    said = [a_prediction(image, 0.999) for image in images]
    for one, text in zip(said, texts, strict=True):
        one.text = text
    Image.objects.record(Image.objects.claim([image.pk for image in images]), said)


@pytest.fixture
def read(alice: User, hand_in: HandIn, champion: None) -> Read:
    """A batch in which these texts were read."""

    def read(*texts: str, noted: Notation = AS_WRITTEN, owner: User = alice) -> Batch:
        batch = hand_in(owner, files=[(f"{i}.png", b"x") for i in range(len(texts))])
        Batch.objects.filter(pk=batch.pk).update(notation=noted.stored())
        answer(batch.images.order_by("index"), texts)
        return Batch.objects.get(pk=batch.pk)

    return read


def sort_values(batch: Batch) -> list[float | None]:
    return list(batch.images.order_by("index").values_list("sort_value", flat=True))


def standings(batch: Batch) -> list[str]:
    return [image.standing for image in batch.images.with_answers().order_by("index")]
