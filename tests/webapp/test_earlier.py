"""What pictures had the last time: a table of names and values, and by how much an answer may differ from it."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as some

from tests.recognizer.files.test_unpack import PIXELS, zipped
from tests.webapp.values.conftest import answer
from webapp.earlier import BadTable, read_table
from webapp.exports import personal
from webapp.models import ApiToken, Batch, EarlierValue, Image, Upload, User
from webapp.models.batch import rules as batch_rules
from webapp.models.rules import Rules
from webapp.notation import AS_WRITTEN, Kind, Notation
from worker.tasks import maintain
from worker.tasks import unpack as unpack_task

HandIn = Callable[..., Batch]
Metered = Callable[..., Batch]
COMMA = Notation(Kind.NUMBER, decimal=",")
LIMITS = Rules(rise=500, fall=0)
LAST_MAY = b"file,value\n0.png,4079\n1.png,4079\n2.png,4079\n"


@pytest.fixture
def metered(alice: User, hand_in: HandIn, champion: None) -> Metered:
    """A batch of 0.png, 1.png and so on, in which these texts were read."""

    def metered(*texts: str, noted: Notation = AS_WRITTEN, table: bytes = LAST_MAY) -> Batch:
        batch = hand_in(alice, files=[(f"{i}.png", b"x") for i in range(len(texts))])
        Batch.objects.filter(pk=batch.pk).update(notation=noted.stored())
        answer(batch.images.order_by("index"), texts)
        batch.refresh_from_db()
        batch.learn_earlier(read_table(table))
        batch.value_answers()
        return batch

    return metered


def broken(batch: Batch) -> list[str]:
    return list(batch.images.order_by("index").values_list("broken_rule", flat=True))


def earlier(batch: Batch) -> list[str]:
    return list(batch.images.order_by("index").values_list("earlier", flat=True))


def table(text: str | bytes = LAST_MAY, name: str = "earlier.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


def unpack(batch: Batch) -> None:
    for upload in batch.uploads.order_by("index"):
        unpack_task.unpack_upload([upload.pk])
    batch.refresh_from_db()


# --- The table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "file,value\na.png,4079\n",
        "a.png,4079\n",
        "\ufeffDatei;Stand\r\na.png;4079\r\n\r\n",
        "Value\tFile\n4079\t./a.png\n",
        'text,file,reason,value\n"4,079","a.png",,4079\n',
        "a.png,4079\nb.png,\n",
    ],
)
def test_tables_are_understood_as_spreadsheets_save_them(text: str) -> None:
    assert read_table(text.encode()) == {"a.png": "4079"}


def test_a_value_has_its_comma_where_semicolons_part_cells() -> None:
    assert read_table(b"a.png;12,5\n") == {"a.png": "12,5"}


def test_names_count_from_the_folder_of_the_table_and_accents_are_spelled_either_way() -> None:
    assert read_table("e\u0301\\b.png,1".encode(), "in/earlier.csv") == {"in/\u00e9/b.png": "1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.png,4,079\n", "Line 1 has 3 cells instead of 2: the name of a file, then its value."),
        ("file,value\na.png\n", "Line 2 has 1 cell instead of 2: the name of a file, then its value."),
        ("a.png,1\nb.png,2\na.png,3\n", "Line 3 names a.png once more."),
        (b"a.png,\xff\n", "It is not text in UTF-8; save it as “CSV UTF-8”."),
        ("file,value\n", "It has no line with the name of a file and a value."),
        ("", "It has no line with the name of a file and a value."),
        (f"a.png,{'1' * 101}\n", "Line 1 has a value of more than 100 characters."),
        ("\n".join(f"{i}.png,1" for i in range(4)), "It is larger than the table of any batch: at most 3 lines."),
        (b" " * (16 * 2**20 + 1), "It is larger than the table of any batch: at most 3 lines."),
        (f"a.png,1\n{'b' * 200_000},1\n", "Line 2 cannot be read as CSV (field larger than field limit (131072))."),
    ],
)
def test_a_table_that_is_none_says_why(text: str | bytes, said: str, settings: object) -> None:
    settings.MAX_FILES_PER_BATCH = 3  # type: ignore[attr-defined]
    with pytest.raises(BadTable) as caught:
        read_table(text if isinstance(text, bytes) else text.encode())
    assert str(caught.value) == said


# --- The rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "text", "before", "rule"),
    [
        (LIMITS, "4579", "4079", ""),
        (LIMITS, "4580", "4079", "change"),
        (LIMITS, "4079", "4 079", ""),
        (LIMITS, "4078", "4079", "change"),
        (LIMITS, "4078", "", ""),
        (LIMITS, "4078", "n/a", ""),
        (LIMITS, "3/4", "4079", "change"),
        (LIMITS, "3/4", "", ""),
        (LIMITS, "", "4079", ""),
        (Rules(rise=5), "0", "4079", ""),
        (Rules(fall=5), "9999", "4079", ""),
        (Rules(rise=Decimal("0.1")), "0.3", "0.2", ""),
        (Rules(rise=Decimal("0.1")), "0.30001", "0.2", "change"),
        (Rules(least=5, rise=1), "4", "1", "range"),
        (Rules(digits=4), "9999", "1", ""),
    ],
)
def test_an_answer_may_rise_and_fall_by_so_much(rules: Rules, text: str, before: str, rule: str) -> None:
    assert rules.broken_alone(text, earlier=before) == rule


AMOUNTS = some.decimals(-(10**12), 10**12, places=3)
STEPS = some.decimals(0, 10**6, places=3)


@given(AMOUNTS, STEPS, STEPS, some.decimals(-(10**6), 10**6, places=3))
def test_limits_are_exact_and_count_themselves(before: Decimal, rise: Decimal, fall: Decimal, change: Decimal) -> None:
    def written(number: Decimal) -> str:
        return f"{number:f}".replace(".", ",")

    within = -fall <= change <= rise
    rules = Rules(rise=rise, fall=fall)
    assert rules.broken_alone(written(before + change), COMMA, written(before)) == ("" if within else "change")
    for limit in (before + rise, before - fall):
        assert rules.broken_alone(written(limit), COMMA, written(before)) == ""


@pytest.mark.parametrize(
    ("rules", "text", "said"),
    [
        (LIMITS, "4700", "4,700 is more than 500 above the earlier 4,079."),
        (LIMITS, "4000", "4,000 is below the earlier 4,079."),
        (Rules(rise=0, fall=Decimal("2.5")), "4080", "4,080 is above the earlier 4,079."),
        (Rules(fall=Decimal("2.5")), "4076.4", "4,076.4 is more than 2.5 below the earlier 4,079."),
        (LIMITS, "3/4", "It has no value that could be compared with the earlier one."),
    ],
)
def test_the_reason_says_the_earlier_value_and_the_limit(rules: Rules, text: str, said: str) -> None:
    assert rules.broken_alone(text, earlier="4079") == "change"
    assert rules.sentence("change", text, earlier="4079") == said


def test_limits_of_nothing_say_so() -> None:
    assert Rules(rise=500, fall=0).summary() == [
        "at most 500 above the earlier value",
        "never below the earlier value",
    ]
    assert Rules(rise=0, fall=20).summary() == ["never above the earlier value", "at most 20 below the earlier value"]


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [{"rise": "-1"}, {"fall": "x"}])
def test_a_limit_is_a_number_and_not_less_than_nothing(as_alice: Client, metered: Metered, asked: dict) -> None:
    batch = metered("4079")
    assert as_alice.post(f"/batches/{batch.pk}/rules/", asked).status_code == 400
    batch.notate(Notation(Kind.DATE))
    page = as_alice.post(f"/batches/{batch.pk}/rules/", {"fall": "1"}).content.decode()
    assert "Range, rise and fall, decimals, multiples and sum are of numbers" in page


# --- A batch and its table -------------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.django_db
def test_what_has_moved_too_far_is_to_check_with_the_reason(as_alice: Client, metered: Metered) -> None:
    batch = metered("4579", "4700", "4000", "1")
    assert broken(batch) == [""] * 4, "without limits they are only shown"
    page = as_alice.post(f"/batches/{batch.pk}/rules/", {"rise": "500", "fall": "0"}, follow=True).content.decode()
    assert broken(batch) == ["", "change", "change", ""]
    assert "at most 500 above the earlier value, never below the earlier value" in page
    assert "4,700 is more than 500 above the earlier 4,079." in page
    assert page.count("Earlier value: <b>4079</b>") == 3
    batch.refresh_from_db()
    batch.expect(Rules())
    assert broken(batch) == [""] * 4


@pytest.mark.both_databases
@pytest.mark.django_db
def test_another_notation_understands_the_earlier_values_anew(metered: Metered) -> None:
    batch = metered("1.300", table=b"0.png;1.250")
    batch.expect(LIMITS)
    assert broken(batch) == [""], "nobody knows what 1.250 is"
    batch.notate(COMMA)
    assert broken(batch) == [""]
    batch.notate(Notation(Kind.NUMBER, decimal="."))
    batch.expect(Rules(rise=Decimal("0.04")))
    assert broken(batch) == ["change"]


@pytest.mark.both_databases
@pytest.mark.django_db
def test_a_new_table_takes_the_old_one_s_place_and_can_be_removed(
    as_alice: Client, metered: Metered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_rules, "VALUED_AT_ONCE", 2)
    batch = metered("4700", "4700", "4700")
    batch.expect(LIMITS)
    address = f"/batches/{batch.pk}/earlier/"
    page = as_alice.post(address, {"table": table("1.png,4600\n2.png,4000")}, follow=True).content.decode()
    assert "Saved." in page
    assert (earlier(batch), broken(batch)) == (["", "4600", "4000"], ["", "", "change"])
    assert "2 earlier values are known." in as_alice.get(f"/batches/{batch.pk}/settings/").content.decode()
    as_alice.post(f"{address}forget/")
    assert (earlier(batch), broken(batch), EarlierValue.objects.count()) == ([""] * 3, [""] * 3, 0)


@pytest.mark.django_db
def test_a_table_that_is_none_changes_nothing_and_the_page_says_why(as_alice: Client, metered: Metered) -> None:
    batch = metered("4700")
    for sent, said in (({"table": table("0.png,1,2")}, "Line 1 has 3 cells"), ({}, "Choose a table first.")):
        refused = as_alice.post(f"/batches/{batch.pk}/earlier/", sent)
        assert refused.status_code == 400
        assert said in refused.content.decode()
    assert earlier(batch) == ["4079"]


@pytest.mark.both_databases
@pytest.mark.django_db
def test_unknown_names_and_values_that_are_none_are_told_to_the_owner(as_alice: Client, metered: Metered) -> None:
    names = "".join(f"x{i}.png,1\n" for i in range(7))
    batch = metered("4700", "4700", table=f"0.png,4000\n1.png,4O79\n{names}".encode())
    batch.expect(LIMITS)
    assert broken(batch) == ["change", ""], "nothing else is harmed"
    page = as_alice.get(batch.get_absolute_url()).content.decode()
    names_told = "x0.png, x1.png, x2.png, x3.png, x4.png, …"
    assert f"7 earlier values have names that no picture has: {names_told}." in page
    assert "1 earlier value is not understood as the numbers of this batch are written: 1.png (“4O79”)." in page
    with translation.override("de"):
        assert "Namen, die kein Bild hat" in batch.earlier_troubles[0]
    batch.learn_earlier({}, instead=True)
    assert batch.earlier_troubles == []


@pytest.mark.both_databases
@pytest.mark.django_db
def test_pictures_that_come_after_the_table_find_their_values(alice: User, hand_in: HandIn, champion: None) -> None:
    batch = hand_in(alice, files=[("earlier.csv", b"a.png,7\nin/b.png,8\nlater.png,9\n"), ("a.png", b"x")])
    batch.expect(LIMITS)
    unpack(batch)
    assert earlier(batch) == ["7"]
    addition, _is_new = batch.announce(2)
    later = [SimpleUploadedFile("later.png", b"x"), SimpleUploadedFile("b.zip", zipped(("in/b.png", PIXELS)))]
    batch.take_in(dict(enumerate(later, start=addition.start)))
    assert batch.earlier_troubles == [], "not all of it is there"
    unpack(batch)
    assert earlier(batch) == ["7", "9", "8"]
    answer(batch.images.order_by("index"), ["7", "8", "8"])
    batch.refresh_from_db()
    assert broken(batch) == ["", "change", ""]
    assert batch.is_done
    assert batch.earlier_troubles == []


@pytest.mark.django_db
def test_the_table_is_no_picture_and_the_batch_is_done_without_one(as_alice: Client, alice: User) -> None:
    as_alice.post("/", {"pictures": [table("a.png,7"), SimpleUploadedFile("a.png", b"x")]})
    batch = Batch.objects.get()
    assert (batch.expected, batch.image_count, batch.upload_count) == (2, 1, 1)
    unpack(batch)
    assert (batch.sealed, batch.unpacked_count, batch.left_out, earlier(batch)) == (True, 1, [], ["7"])
    assert not batch.uploads.get().can_be_tried_again


@pytest.mark.django_db
def test_a_bad_table_among_pictures_is_told_and_they_are_taken_in(as_alice: Client, alice: User) -> None:
    as_alice.post("/", {"pictures": [table("a.png,7,8"), SimpleUploadedFile("a.png", b"x")]})
    batch = Batch.objects.get()
    unpack(batch)
    assert batch.uploads.get().state == "failed"
    assert "Line 1 has 3 cells instead of 2" in as_alice.get(batch.get_absolute_url()).content.decode()
    assert earlier(batch) == [""]


@pytest.mark.django_db
def test_a_zip_may_have_tables_and_their_names_count_from_their_folders(alice: User, hand_in: HandIn) -> None:
    pictures = [("a.png", PIXELS), ("b/2.png", PIXELS), ("c/3.png", PIXELS)]
    tables = [("Earlier.CSV", b"a.png,1\nb/2.png,5\n"), ("b/earlier.csv", b"2.png;2\n"), ("c/earlier.csv", b"x")]
    batch = hand_in(alice, files=[("all.zip", zipped(*pictures, *tables))])
    unpack(batch)
    assert earlier(batch) == ["1", "2", ""]
    told = "Line 1 has 1 cell instead of 2: the name of a file, then its value."
    assert batch.left_out == [{"file": "c/earlier.csv", "why": told}]
    assert batch.image_count == 3


@pytest.mark.django_db
def test_labels_and_earlier_values_lie_side_by_side(alice: User, hand_in: HandIn) -> None:
    files = [("a.png", PIXELS), ("labels.csv", b"file,text\na.png,9\n"), ("earlier.csv", b"a.png,7\n")]
    batch = hand_in(alice, files=[("all.zip", zipped(*files))])
    batch.expect(LIMITS)
    unpack(batch)
    image = batch.images.with_answers().get()
    assert (image.answer, image.earlier) == ("9", "7")


@pytest.mark.django_db
def test_a_zip_with_a_table_alone_is_empty(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, files=[("all.zip", zipped(("earlier.csv", b"a.png,7\n")))])
    unpack(batch)
    assert Upload.objects.get().error_code == "archive_empty"


@pytest.mark.django_db
def test_what_was_broken_off_is_gone_on_with(metered: Metered) -> None:
    batch = metered("4079", table=b"0.png,1")
    batch.learn_earlier({"0.png": "2"})
    maintain.value()
    assert earlier(batch) == ["2"]


@pytest.mark.django_db
def test_a_correction_is_compared_with_the_earlier_value(metered: Metered, alice: User) -> None:
    batch = metered("4700")
    batch.expect(LIMITS)
    image = batch.images.get()
    image.correct(alice, "text", "4100")
    assert broken(batch) == [""]
    image.correct(alice, "text", "410")
    assert broken(batch) == ["change"]


@pytest.mark.django_db
def test_the_picture_s_page_and_the_review_show_the_earlier_value(as_alice: Client, metered: Metered) -> None:
    batch = metered("4700")
    batch.expect(LIMITS)
    for address in (f"/images/{batch.images.get().pk}/", f"/batches/{batch.pk}/review/"):
        assert "Earlier value: <b>4079</b>" in as_alice.get(address).content.decode(), address


@pytest.mark.django_db
def test_who_looks_for_a_promise_is_not_told_the_earlier_value(as_alice: Client, metered: Metered) -> None:
    batch = metered("4700")
    page = as_alice.get(f"/batches/{batch.pk}/review/", {"goal": "0.01"}).content.decode()
    assert "Earlier value" not in page


# --- Taken away ------------------------------------------------------------------------------------------------------


def taken(client: Client, batch: Batch, kind: str) -> bytes:
    return b"".join(client.get(f"/batches/{batch.pk}/answers.{kind}"))  # type: ignore[arg-type]


@pytest.mark.both_databases
@pytest.mark.django_db
def test_what_is_taken_away_has_the_earlier_value_beside_the_value(as_alice: Client, metered: Metered) -> None:
    batch = metered("4700", "5", noted=COMMA, table=b"0.png;4.079,50\n1.png;4.5\n")
    batch.expect(LIMITS)
    rows = list(csv.DictReader(io.StringIO(taken(as_alice, batch, "csv").decode("utf-8-sig"))))
    assert list(rows[0])[:4] == ["file", "text", "value", "earlier"]
    assert [row["earlier"] for row in rows] == ["4079.50", "4.5"], "what is not understood stays as it was written"
    assert rows[0]["reason"] == "4700 is more than 500 above the earlier 4079.5."
    sheet = openpyxl.load_workbook(io.BytesIO(taken(as_alice, batch, "xlsx"))).worksheets[0]
    assert [sheet.cell(row, 4).value for row in (1, 2, 3)] == ["earlier", 4079.5, "4.5"]
    assert sheet.cell(2, 4).number_format == "#,##0.00"
    lines = [json.loads(line) for line in taken(as_alice, batch, "jsonl").splitlines()]
    assert [line["earlier"] for line in lines] == [4079.5, "4.5"]


@pytest.mark.django_db
def test_without_earlier_values_there_is_no_such_column(as_alice: Client, metered: Metered) -> None:
    batch = metered("4700")
    batch.learn_earlier({}, instead=True)
    assert "earlier" not in taken(as_alice, batch, "csv").decode()
    assert "earlier" not in taken(as_alice, batch, "jsonl").decode()


@pytest.mark.django_db
def test_a_person_s_data_has_their_earlier_values_and_nobody_else_s(metered: Metered, alice: User, bob: User) -> None:
    batch = metered("4700", table=b"0.png,1\nnever-came.png,2\n")

    def kept(user: User) -> list[dict[str, object]]:
        bag = zipfile.ZipFile(io.BytesIO(b"".join(personal.archive(user))))
        return [json.loads(line) for line in bag.read("earlier.jsonl").splitlines()]

    assert kept(alice) == [
        {"batch": batch.pk, "name": "0.png", "text": "1"},
        {"batch": batch.pk, "name": "never-came.png", "text": "2"},
    ]
    assert kept(bob) == []


@pytest.mark.both_databases
@pytest.mark.django_db
def test_a_batch_is_deleted_with_its_earlier_values(metered: Metered) -> None:
    batch = metered("4700")
    batch.delete()
    assert not EarlierValue.objects.exists()
    assert not Image.objects.exists()


# --- The API ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def token(alice: User) -> dict[str, str]:
    return {"headers": {"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"}}  # type: ignore[dict-item]


def names(answers: Sequence[dict[str, str]]) -> list[tuple[str, str]]:
    return [(one["file"], one["earlier"]) for one in answers]


@pytest.mark.django_db
def test_programs_hand_in_fetch_replace_and_remove_earlier_values(client: Client, token: dict, champion: None) -> None:
    files = [table("a.png,7\nb.png,x\n"), SimpleUploadedFile("a.png", b"x")]
    made = client.post("/api/batches", {"pictures": files}, **token).json()
    unpack(Batch.objects.get())
    address = f"/api/batches/{made['id']}"
    assert names(client.get(f"{address}/answers", **token).json()["answers"]) == [("a.png", "7")]
    known = {"count": 2, "unknown": ["b.png"], "not_understood": ["b.png"]}
    assert client.get(f"{address}/earlier", **token).json() == known
    answered = client.post(f"{address}/earlier", {"table": table("a.png;8", "last-may.csv")}, **token)
    assert answered.json() == {"count": 1, "unknown": [], "not_understood": []}
    assert names(client.get(f"{address}/answers", **token).json()["answers"]) == [("a.png", "8")]
    refused = client.post(f"{address}/earlier", {"table": table("a.png")}, **token)
    assert (refused.status_code, refused.json()["error"][:20]) == (400, "Line 1 has 1 cell in")
    assert client.delete(f"{address}/earlier", **token).status_code == 204
    assert names(client.get(f"{address}/answers", **token).json()["answers"]) == [("a.png", "")]
