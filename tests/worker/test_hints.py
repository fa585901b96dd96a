"""Pictures are read with what their batches know of them, however many batches a worker holds at once."""

from collections.abc import Callable

import cv2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.learning.mnist import Digits
from tests.conftest import png
from tests.recognizer.paper import sheet, write
from webapp.models import Batch, Image, RereadingOrder, User
from webapp.models.hints import Hints
from worker.tasks import read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
HandIn = Callable[..., Batch]


@pytest.fixture
def page(digits: Digits) -> bytes:
    """-407, which may be a stroke of the pen and three digits."""
    paper = sheet(160, 420)
    cv2.line(paper, (50, 80), (85, 80), 60, 6, cv2.LINE_AA)
    write(paper, [digits.images[list(digits.labels).index(digit)] for digit in (4, 0, 7)], 110, 120)
    return png(paper)


def known(batch: Batch, hints: Hints) -> Batch:
    batch.know(hints)
    return batch


def answer(batch: Batch) -> str:
    return batch.images.get().search_text


def test_each_picture_of_a_chunk_is_read_with_its_own_batch_s_hints(
    alice: User, champion: None, hand_in: HandIn, page: bytes
) -> None:
    hints = [Hints(), Hints(signs=""), Hints(digits=2)]
    batches = [known(hand_in(alice, files=[("a.png", page)]), one) for one in hints]
    read.read_images(list(Image.objects.values_list("pk", flat=True)))
    anyhow, only_digits, two_digits = map(answer, batches)
    assert (anyhow, only_digits) == ("-407", "407")
    assert sum(sign.isdecimal() for sign in two_digits) == 2
    assert [batch.images.get().prediction.hints for batch in batches] == [one.stored() for one in hints]


def test_what_is_said_later_holds_once_it_is_read_again(
    alice: User, champion: None, hand_in: HandIn, page: bytes
) -> None:
    batch = hand_in(alice, files=[("a.png", page)])
    read.read_images([batch.images.get().pk])
    batch.know(Hints(signs=""))
    assert answer(batch) == "-407"
    order = RereadingOrder.place(alice, batch.images.all(), batch.pk)
    assert order
    read.read_again(list(order.rereadings.values_list("pk", flat=True)))
    assert (answer(batch), order.counts["differ"]) == ("407", 1)


def test_the_hints_of_many_pictures_cost_no_query_each(alice: User, champion: None, hand_in: HandIn) -> None:
    counts = []
    for count in (2, 12):
        batch = known(hand_in(alice, count=count), Hints(digits=1))
        with CaptureQueriesContext(connection) as queries:
            read.read_images(list(batch.images.values_list("pk", flat=True)))
        counts.append(len(queries))
    assert counts[0] == counts[1]
