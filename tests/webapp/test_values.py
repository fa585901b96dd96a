"""What answers are worth: kept beside them, whatever changes the answer or the notation; sorted, searched and shown."""

import csv
import math
import re
from collections.abc import Callable, Iterable
from fractions import Fraction

import pytest
from django.test import Client

from tests.webapp.test_batch import a_prediction
from webapp.forms import NotationForm
from webapp.models import ApiToken, Batch, Image, RereadingOrder, Review, ReviewQueue, User
from webapp.models.batch import rules as batch_rules
from webapp.models.images import Under
from webapp.models.review_queue import batches_to_review
from webapp.models.rules import Rules
from webapp.notation import AS_WRITTEN, Kind, Notation, NoValue
from worker.tasks import maintain

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
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


# --- Kept beside answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noted", "text", "value"),
    [
        (AS_WRITTEN, "4079", 4079),
        (AS_WRITTEN, "-12,5", -12.5),
        (AS_WRITTEN, "1.250", None),
        (AS_WRITTEN, "0.1", 0.1),
        (AS_WRITTEN, "12\n13", None),
        (AS_WRITTEN, "", None),
        (COMMA, "1.250", 1250),
        (COMMA, "12.5", None),
        (COMMA, "9" * 190, float("9" * 190)),
        (CODES, "05", None),
        (DATES, "1.1.1970", 719163),
        (Notation(Kind.TIME), "1:00:01", 3601),
        (Notation(Kind.FRACTION), "1/4", 0.25),
    ],
)
def test_what_was_read_is_kept_with_its_value(read: Read, noted: Notation, text: str, value: float | None) -> None:
    (kept,) = sort_values(read(text, noted=noted))
    assert (kept is None) == (value is None)
    assert value is None or math.isclose(kept, value, rel_tol=1e-15)


def test_the_value_itself_is_exact(read: Read) -> None:
    batch = read("1/3", "x", noted=Notation(Kind.FRACTION))
    first, second = batch.images.with_answers().order_by("index")
    assert (first.value, second.value) == (Fraction(1, 3), None)


def test_each_picture_of_a_message_is_valued_by_its_own_batch(read: Read, hand_in: HandIn, alice: User) -> None:
    batches = [read("0", noted=noted) for noted in (COMMA, Notation(Kind.NUMBER, decimal="."))]
    images = Image.objects.filter(batch__in=batches)
    images.update(state="waiting", attempts=0)
    answer(images.order_by("pk"), ["1.250", "1.250"])
    assert [sort_values(batch) for batch in batches] == [[1250], [1.25]]


def test_however_large_and_small_values_reach_the_database(read: Read) -> None:
    batch = read(*["1"] * 9)
    pks = list(batch.images.order_by("index").values_list("pk", flat=True))
    values = [0.0, -1.0, 0.1, 1e-300, 1.7976931348623157e308, -(2.0**53), 1 / 3, 12345678901234.567, None]
    batch.images.update(sort_value=Under(dict(zip(pks, values, strict=True))))
    for kept, value in zip(sort_values(batch), values, strict=True):
        assert kept == value or math.isclose(kept, value, rel_tol=1e-15)
    batch.images.update(sort_value=Under({pks[0]: 5}))
    assert sort_values(batch) == [5, *[None] * 8]


def test_a_person_s_word_has_its_own_value_and_taking_it_back_the_model_s(read: Read, alice: User) -> None:
    batch = read("1,5", noted=COMMA)
    image = batch.images.get()
    image.correct(alice, "text", "2,5")
    assert sort_values(batch) == [2.5]
    image.correct(alice, "blank")
    assert sort_values(batch) == [None]
    image.withdraw(alice)
    image.withdraw(alice)
    assert sort_values(batch) == [1.5]


def test_a_reading_done_again_is_valued_and_a_person_s_word_keeps_its_value(read: Read, alice: User) -> None:
    batch = read("1,5", "2,5", noted=COMMA)
    batch.images.order_by("index")[0].correct(alice, "text", "99")
    Batch.objects.update(hints={"digits": 2})
    order = RereadingOrder.place(alice, batch.images.all(), batch.pk)
    assert order
    rows = order.rereadings.order_by("image")
    said = [a_prediction(row.image) for row in rows]
    for one in said:
        one.text, one.hints = "3,5", {"digits": 2}
    order.rereadings.record(order.rereadings.claim([row.pk for row in rows]), said)
    assert sort_values(batch) == [99, 3.5]


def test_answers_that_come_with_their_pictures_are_valued(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=3)
    Batch.objects.update(notation=COMMA.stored())
    Review.objects.bring(batch.images.select_related("batch"), {0: "1.250,5", 1: "", 2: "4"})
    assert sort_values(batch) == [1250.5, None, 4]


# --- Another notation ------------------------------------------------------------------------------------------------


def test_another_notation_values_all_anew_piece_by_piece(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_rules, "VALUED_AT_ONCE", 2)
    batch = read("1.250", "2.5", "05", "7", "-")
    assert sort_values(batch) == [None, 2.5, None, 7, None]
    batch.notate(COMMA)
    assert sort_values(batch) == [1250, None, 5, 7, None]
    batch.notate(CODES)
    assert sort_values(batch) == [None] * 5
    batch.notate(AS_WRITTEN)
    assert sort_values(batch) == [None, 2.5, None, 7, None]
    assert batch.valued


def test_what_was_broken_off_is_gone_on_with(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = read("1.250", "2.500")
    monkeypatch.setattr(Batch, "value_answers", lambda self: None)
    batch.notate(COMMA)
    monkeypatch.undo()
    assert sort_values(batch) == [None, None]
    maintain.value()
    assert sort_values(batch) == [1250, 2500]
    assert not Batch.objects.to_be_valued().exists()


def test_pictures_of_before_there_were_values_get_theirs(read: Read) -> None:
    batches = [read("4079", "12,5"), read("05", "3")]
    Image.objects.update(sort_value=None)
    Batch.objects.update(valued=False)
    maintain.value()
    assert [sort_values(batch) for batch in batches] == [[4079, 12.5], [None, 3]]
    maintain.value()
    assert Batch.objects.filter(valued=True).count() == 2


def test_what_has_no_value_in_a_notation_that_was_said_is_to_check_with_the_reason(read: Read, alice: User) -> None:
    batch = read("1,5", "1.5", "-2", "")
    assert standings(batch) == ["sure"] * 4
    batch.notate(Notation(Kind.NUMBER, decimal=",", negative=False))
    assert standings(batch) == ["sure", "doubtful", "doubtful", "sure"]
    reasons = [image.broken_sentence for image in batch.images.order_by("index")]
    assert reasons == ["", NoValue.NUMBER.label, NoValue.NEGATIVE.label, ""]
    assert ReviewQueue(batch, alice).left() == 2
    assert list(batches_to_review(Batch.objects.all())) == [batch]
    batch.images.order_by("index")[1].correct(alice, "text", "2,5")
    assert standings(batch) == ["sure", "reviewed", "doubtful", "sure"]
    batch.images.order_by("index")[1].correct(alice, "text", "2.5")
    assert batch.images.order_by("index")[1].broken_rule == "value"
    batch.notate(AS_WRITTEN)
    assert standings(batch) == ["sure", "reviewed", "sure", "sure"]


def test_what_is_read_later_is_checked_by_the_notation(alice: User, hand_in: HandIn, champion: None) -> None:
    batch = hand_in(alice, count=2)
    batch.notate(COMMA)
    answer(batch.images.order_by("index"), ["1,5", "1.5"])
    batch.refresh_from_db()
    assert standings(batch) == ["sure", "doubtful"]


# --- Sorted and found ------------------------------------------------------------------------------------------------


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


# --- On the pages ----------------------------------------------------------------------------------------------------


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


# --- By programs -----------------------------------------------------------------------------------------------------


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
