"""A notation as programs say it."""

import pytest
from django.test import Client

from webapp.models import ApiToken, Batch, User
from webapp.notation import Notation

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def program(alice: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})


def test_a_program_says_how_numbers_are_written_and_is_told(program: Client) -> None:
    said = {"expected": 1, "kind": "number", "decimal": ",", "thousands": " ", "negative": "false", "unit": "m³"}
    answer = program.post("/api/batches", said)
    assert answer.status_code == 201
    assert Batch.objects.get().noted == Notation("number", ",", " ", negative=False, unit="m³")
    assert answer.json()["notation"] == {
        "kind": "number",
        "decimal": ",",
        "thousands": " ",
        "date_order": "dmy",
        "year": None,
        "negative": False,
        "unit": "m³",
    }


def test_a_program_that_says_nothing_of_it_leaves_it_to_its_person(program: Client) -> None:
    assert program.post("/api/batches", {"expected": 1}).status_code == 201
    assert Batch.objects.get().notation == {}


@pytest.mark.parametrize("said", [{"kind": "roman"}, {"kind": "date", "year": 0}, {"kind": "number", "decimal": "'"}])
def test_a_program_s_nonsense_is_refused_in_words(program: Client, said: dict[str, object]) -> None:
    answer = program.post("/api/batches", {"expected": 1, **said})
    assert answer.status_code == 400
    assert " " in answer.json()["error"]
    assert not Batch.objects.exists()
