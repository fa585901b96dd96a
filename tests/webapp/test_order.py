"""Names stand in the order in which people count, from the form to the spreadsheet; and give a batch its name."""

import csv
import html
import importlib
import io
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from webapp.models import ApiToken, Batch, Image, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]
COUNTED = ["IMG_1.png", "img_2.png", "IMG_10.png", "IMG_100.png"]
SHUFFLED = [COUNTED[2], COUNTED[0], COUNTED[3], COUNTED[1]]


def files(*names: str) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, name.encode()) for name in names]


@pytest.fixture
def shuffled(alice: User, hand_in: HandIn) -> Batch:
    """As a program may hand them in: in an order of its own."""
    return hand_in(alice, files=[(name, name.encode()) for name in SHUFFLED])


def places(page: str) -> list[str]:
    """The names in the order in which the page shows them."""
    return sorted(COUNTED, key=lambda name: page.index(f'title="{name}"'))


def test_a_page_sorts_names_as_people_count(as_alice: Client, shuffled: Batch) -> None:
    assert places(as_alice.get(shuffled.get_absolute_url()).content.decode()) == SHUFFLED
    assert places(as_alice.get(f"{shuffled.get_absolute_url()}?sort=name").content.decode()) == COUNTED


def test_what_is_taken_away_stands_as_on_the_page(as_alice: Client, shuffled: Batch) -> None:
    Batch.objects.update(read_count=1)
    for query, order in (("", SHUFFLED), ("?sort=name&page=2", COUNTED)):
        page = as_alice.get(shuffled.get_absolute_url() + query).content.decode()
        link = re.findall(r'href="([^"]*answers\.csv[^"]*)"', page)[0]
        answer = as_alice.get(html.unescape(link))
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        assert [row["file"] for row in csv.DictReader(io.StringIO(text))] == order


def test_the_plain_form_takes_files_in_in_that_order(as_alice: Client) -> None:
    as_alice.post("/", {"pictures": files(*SHUFFLED)})
    assert list(Image.objects.order_by("index").values_list("name", flat=True)) == COUNTED


def test_a_program_s_own_order_is_kept(alice: User) -> None:
    program = Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})
    program.post("/api/batches", {"pictures": files(*SHUFFLED)})
    assert list(Image.objects.order_by("index").values_list("name", flat=True)) == SHUFFLED


def test_pictures_that_were_there_before_are_given_their_order(shuffled: Batch) -> None:
    Image.objects.update(name_key=b"")
    migration = importlib.import_module("webapp.migrations.0023_growing_batches")
    migration.fill_keys(apps, SimpleNamespace(connection=connection))
    assert list(shuffled.images.order_by("name_key").values_list("name", flat=True)) == COUNTED


@pytest.mark.parametrize(
    ("named", "names", "expected"),
    [
        ("", ["Readings, May.zip"], "Readings, May"),
        ("", ["Readings.May.pdf"], "Readings.May"),
        ("June", ["May.zip"], "June"),
        ("", ["May.zip", "a.png"], "Batch of"),
        ("", ["a.png"], "Batch of"),
    ],
)
def test_a_single_archive_gives_the_batch_its_name(
    as_alice: Client, alice: User, named: str, names: list[str], expected: str
) -> None:
    as_alice.post("/", {"name": named, "pictures": files(*names)})
    program = Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})
    program.post("/api/batches", {"name": named, "pictures": files(*names)})
    for batch in Batch.objects.all():
        assert batch.name == expected or (expected == "Batch of" and batch.name.startswith(expected))


def test_pages_follow_one_another_in_that_order(
    as_alice: Client, shuffled: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.views.batch.PER_PAGE", 2)
    shown = []
    for number in (1, 2):
        page = as_alice.get(f"{shuffled.get_absolute_url()}?sort=name&page={number}").content.decode()
        assert f"Page {number} of 2" in page
        shown += [name for name in COUNTED if f'title="{name}"' in page]
    assert shown == COUNTED
