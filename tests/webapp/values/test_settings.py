"""A notation, and rules on values, as their batch's owner says them on pages."""

import re

import pytest
from django.test import Client

from tests.webapp.values.conftest import CODES, COMMA, DATES, Read
from webapp.forms import NotationForm
from webapp.models import Batch, User
from webapp.models.rules import Rules
from webapp.notation import AS_WRITTEN, Kind, Notation

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def settings_of(batch: Batch, part: str = "settings") -> str:
    return f"/batches/{batch.pk}/{part}/"


def test_a_notation_is_saved_said_and_found_in_its_form_again(as_alice: Client, as_bob: Client, read: Read) -> None:
    batch = read("1.250")
    said = {"kind": "number", "decimal": ",", "thousands": ".", "negative": "on", "unit": " kWh ", "year": "1999"}
    page = as_alice.post(settings_of(batch, "notation"), said, follow=True).content.decode()
    assert "Written as: numbers, decimal comma, thousands parted by points, in kWh." in page
    assert Batch.objects.get().noted == Notation("number", ",", ".", unit="kWh")
    form = as_alice.get(settings_of(batch)).content.decode()
    assert '<option value="number" selected>' in form
    assert 'value="kWh"' in form
    assert "Value: 1,250 kWh" in " ".join(as_alice.get(f"/images/{batch.images.get().pk}/").content.decode().split())
    assert as_bob.post(settings_of(batch, "notation"), {}).status_code == 404
    assert as_bob.get(settings_of(batch, "notation")).status_code == 405


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "number", "decimal": ",", "thousands": ","}, "One sign cannot part thousands and decimals alike."),
        ({"kind": "date", "year": "0"}, "The year of dates without one is a number from 1 to 9999."),
        ({"kind": "date", "year": "now"}, "The year of dates without one is a number from 1 to 9999."),
        ({"kind": "number", "unit": "x" * 21}, "Ensure this value has at most 20 characters (it has 21)."),
        ({"kind": "roman"}, "The answers are: “roman” is none of “number”, “code”, “date”, “time”, “fraction”."),
    ],
)
def test_a_notation_that_makes_no_sense_is_explained_once(
    as_alice: Client, read: Read, said: dict[str, str], sentence: str
) -> None:
    batch = read("1.250")
    answer = as_alice.post(settings_of(batch, "notation"), said)
    assert answer.status_code == 400
    assert answer.content.decode().count(sentence) == 1
    assert Batch.objects.get().notation == {}


def test_only_what_matters_to_the_kind_is_kept() -> None:
    everything = {"decimal": ",", "thousands": ".", "date_order": "mdy", "year": "1999", "unit": "m"}
    kept = {}
    for kind in Kind.values:
        form = NotationForm({"kind": kind, **everything})
        assert form.is_valid()
        kept[kind] = form.notation()
    assert kept == {
        "": Notation(unit="m"),
        "number": Notation("number", ",", ".", negative=False, unit="m"),
        "code": CODES,
        "date": Notation("date", date_order="mdy", year=1999),
        "time": Notation("time"),
        "fraction": Notation("fraction", negative=False, unit="m"),
    }


@pytest.mark.parametrize(
    ("noted", "rules", "sentence"),
    [
        (AS_WRITTEN, {"earliest": "2024-05-01"}, "Say first that these are dates, below"),
        (DATES, {"least": "1", "most": "2"}, "are of numbers, and these are none."),
        (DATES, {"earliest": "2024-05-02", "latest": "2024-05-01"}, "The range ends before it begins."),
        (COMMA, {"least": "1.5", "most": "1.25"}, "The range ends before it begins."),
        (COMMA, {"step": "0"}, "Steps are of more than nothing."),
        (COMMA, {"places": "-1"}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_rules_that_do_not_go_with_the_notation_are_explained(
    as_alice: Client, read: Read, noted: Notation, rules: dict[str, str], sentence: str
) -> None:
    batch = read("1", noted=noted)
    answer = as_alice.post(settings_of(batch, "rules"), rules)
    assert answer.status_code == 400
    assert answer.content.decode().count(sentence) == 1


def test_rules_on_values_are_saved_exactly_and_found_in_the_form_again(as_alice: Client, read: Read) -> None:
    batch = read("12,50", "12,55", noted=COMMA)
    page = as_alice.post(settings_of(batch, "rules"), {"least": "-0.50", "places": "2", "step": "0.25"}, follow=True)
    assert "at least -0.50, exactly 2 decimals, multiples of 0.25" in page.content.decode()
    assert "It should be a multiple of 0.25." in page.content.decode()
    assert Batch.objects.get().rules == {"least": "-0.50", "places": 2, "step": "0.25"}
    assert 'value="-0.50"' in as_alice.get(settings_of(batch)).content.decode()
    batch.notate(DATES)
    as_alice.post(settings_of(batch, "rules"), {"earliest": "2024-05-01"})
    assert Batch.objects.get().expectations == Rules(earliest=Rules.of({"earliest": "2024-05-01"}).earliest)
    assert 'value="2024-05-01"' in as_alice.get(settings_of(batch)).content.decode()


DECIMALS = ["12,5", "13,25", "14", "1,75"] * 5
PROPOSED = "19 of 20 answers look like this: numbers, decimal comma."


def hidden(page: str) -> dict[str, str]:
    """What the button sends that takes what is proposed."""
    form = page.split('id="proposal"')[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', form))


def test_what_the_answers_look_like_is_proposed_and_taken_by_a_button(as_alice: Client, read: Read) -> None:
    batch = read(*DECIMALS[:-1], "3/4")
    page = as_alice.get(batch.get_absolute_url()).content.decode()
    assert PROPOSED in page
    assert "The other one is then for you to check." in page
    page = as_alice.post(settings_of(batch, "notation"), hidden(page), follow=True).content.decode()
    assert Batch.objects.get().noted == Notation("number", decimal=",")
    assert "Written as: numbers, decimal comma." in page
    assert "1 to check" in page
    assert 'id="proposal"' not in page


def test_what_is_kept_as_written_is_not_proposed_again(as_alice: Client, read: Read) -> None:
    batch = read(*DECIMALS)
    assert 'id="proposal"' in as_alice.get(batch.get_absolute_url()).content.decode()
    page = as_alice.post(settings_of(batch, "notation"), {}, follow=True).content.decode()
    assert 'id="proposal"' not in page
    assert "Written as:" not in page
    assert Batch.objects.get().noted == AS_WRITTEN


def test_nothing_is_proposed_before_all_is_read_nor_to_others(
    as_alice: Client, as_bob: Client, bob: User, read: Read
) -> None:
    batch = read(*DECIMALS)
    Batch.objects.update(reviewer=bob)
    page = as_bob.get(batch.get_absolute_url())
    assert page.status_code == 200
    assert 'id="proposal"' not in page.content.decode()
    Batch.objects.update(sealed=False)
    assert 'id="proposal"' not in as_alice.get(batch.get_absolute_url()).content.decode()
