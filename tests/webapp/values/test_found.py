"""Answers are sorted and found by their values."""

import csv

import pytest
from django.test import Client

from tests.webapp.values.conftest import CODES, COMMA, DATES, Read
from webapp.models import Batch, User
from webapp.notation import AS_WRITTEN, Kind, Notation

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def shown(client: Client, batch: Batch, **asked: str) -> list[str]:
    page = client.get(batch.get_absolute_url(), asked)
    return [image.answer for image in page.context["images"].object_list]


def test_answers_are_sorted_as_numbers_and_what_is_none_comes_last(as_alice: Client, read: Read) -> None:
    batch = read("100", "12,5", "3/4", "9", "-7", "12.4", "1/4")
    assert shown(as_alice, batch, sort="answer") == ["-7", "9", "12.4", "12,5", "100", "1/4", "3/4"]


@pytest.mark.parametrize(
    ("noted", "asked", "found"),
    [
        (AS_WRITTEN, "12.5", "12,5 12.5 112.5"),
        (AS_WRITTEN, "12,50", "12,5 12.5"),
        (AS_WRITTEN, "12..13", "12,5 12.5"),
        (AS_WRITTEN, "13 .. 12", "12,5 12.5"),
        (AS_WRITTEN, "..12,5", "12,5 12.5 -3"),
        (AS_WRITTEN, "112.5..", "112.5 1250"),
        (AS_WRITTEN, "..", ""),
        (AS_WRITTEN, "a..b", ""),
        (AS_WRITTEN, "12..x", ""),
        (AS_WRITTEN, "1.250", ""),  # nobody knows what it is worth
        (COMMA, "1.250", "1250"),
        (COMMA, "1250", "1250"),
        (COMMA, "12.5", "12,5 12.5 112.5"),  # as it stands there, and as somebody else writes it
        (CODES, "12..13", ""),
    ],
)
def test_a_batch_is_searched_by_text_and_by_value(
    as_alice: Client, read: Read, noted: Notation, asked: str, found: str
) -> None:
    batch = read("12,5", "12.5", "112.5", "1250", "-3", noted=noted)
    assert " ".join(shown(as_alice, batch, answer=asked)) == found


def test_days_are_found_as_their_batch_writes_them(as_alice: Client, read: Read) -> None:
    batch = read("1.5.2024", "12.5.24", "2/6/2024", noted=DATES)
    assert shown(as_alice, batch, answer="12.05.2024") == ["12.5.24"]
    assert shown(as_alice, batch, answer="1.5.2024..31.5.2024") == ["1.5.2024", "12.5.24"]
    assert shown(as_alice, batch, sort="answer") == ["1.5.2024", "12.5.24", "2/6/2024"]


def in_history(client: Client, **asked: object) -> list[str]:
    return [image.answer for image in client.get("/history/", {"tab": "pictures", **asked}).context["rows"].rows]


def test_all_that_one_has_is_searched_by_value(as_alice: Client, read: Read, bob: User) -> None:
    batch = read("12,5", "12.50", "7", "20,1")
    read("12,5", owner=bob)
    assert sorted(in_history(as_alice, answer="12.5")) == ["12,5", "12.50"]
    assert sorted(in_history(as_alice, answer="12..20")) == ["12,5", "12.50"]
    assert sorted(in_history(as_alice, answer="7..", batch=batch.pk)) == ["12,5", "12.50", "20,1", "7"]
    table = b"".join(as_alice.get("/history/answers.csv", {"answer": "12..20"}).streaming_content)  # type: ignore[attr-defined]
    assert sorted(row["text"] for row in csv.DictReader(table.decode().splitlines())) == ["12,5", "12.50"]


def test_days_and_times_are_no_numbers_where_all_is_searched(as_alice: Client, read: Read) -> None:
    read("1:00", noted=Notation(Kind.TIME))
    days = read("1.1.1970", noted=DATES)
    read("3600,0", "719163.0", noted=AS_WRITTEN)
    assert in_history(as_alice, answer="3600.0") == ["3600,0"]
    assert in_history(as_alice, answer="719163,0") == ["719163.0"]
    assert in_history(as_alice, answer="719163..719163") == ["719163.0"]
    assert in_history(as_alice, answer="1.1.70", batch=days.pk) == ["1.1.1970"]


def test_a_number_of_many_digits_does_not_find_its_neighbours(as_alice: Client, read: Read) -> None:
    read("12345678901234567", "12345678901234568")
    assert in_history(as_alice, answer="12345678901234567") == ["12345678901234567"]
