"""What was stored in English sentences before there were codes is said as before, and in German, too."""

import json
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation

from webapp.faults import in_words, sentence
from webapp.migrations import _old_sentences as old
from webapp.models import Batch, Image, ModelChange, ModelVersion, Prediction, SecondLook, TrainingRun, Upload, User

CODES = ("webapp", "0018_codes_for_sentences")

# --- One sentence ---------------------------------------------------------------------------------------------------
# Made from the frozen list, with values as they were written into each name's place.
VALUES = {
    "used": "1.2\xa0GB", "waiting": "20,001", "size": "1,234", "most": "64", "width": "9,000", "height": "8,000",
    "count": "1,002", "missing": "1,003", "seconds": "5",
    "fewest": "20", "run": "7", "error": "No space left on device", "p": "0.12",
    "challenger": "98.7%", "champion": "93.0%", "loss": "1.23%", "answer": "1", "said": "7", "sure": "99.9%",
    "version": "3 (seed)", "sha256": "0" * 64, "suite": "the digit 7", "suites": "clean, corruptions, numbers",
    "line": "1,234", "columns": "3", "fault": "line contains NUL", "name": "a 100%; b.png", "text": "12a",
    "why": "line 1,234 names a; b.png once more; its.png has no line; and 3 more",
}  # fmt: skip
# What is said otherwise since: grammar mended, names for what was a word of the trainer's.
MENDED = {
    "There are 1,002 corrections to learn from; 20 are needed.": "0 more corrections are needed (1,002 of 20).",
    "There are 1,002 answered pictures held out to judge by; 20 are needed. About one in four answered batches is held "
    "out, as a whole: answer pictures of more batches.": (
        "0 more answered pictures must be held out to judge by (1,002 of 20)."
    ),
    "1,003 more correction is": "1,003 more corrections are",
    "1,003 more answered picture must": "1,003 more answered pictures must",
    "clean, corruptions, numbers": "clean digits, corrupted digits, drawn numbers",
    "`manage.py register_models` has not been run on this database": "none has been registered yet",
    "Von Hand befördert.": "Promoted by hand.",
    "wurde zurückgenommen": "was rolled back",
}
SHARES = {"challenger": "98.70%", "champion": "93.00%", "most": "1.00%"}


def filled(said: str) -> str:
    values = VALUES | (SHARES if "On %(suite)s" in said else {"most": "2.0\xa0GB"} if "%(used)s" in said else {})
    return said % values


@pytest.mark.parametrize("said", old.SENTENCES)
def test_every_old_sentence_is_known_by_its_code_and_still_said(said: str) -> None:
    now = old.coded(filled(said))
    assert now is not None
    assert now["code"] == old.SENTENCES[said][0]
    json.dumps(now)
    wanted = filled(said)
    for before, after in MENDED.items():
        wanted = wanted.replace(before, after)
    assert in_words(now) == wanted


@pytest.mark.parametrize("said", old.LABELS)
def test_every_old_fault_of_a_table_is_known_by_its_code_and_still_said(said: str) -> None:
    now = old.coded(said % VALUES, old.LABELS)
    assert now is not None
    assert now["code"] == old.LABELS[said][0]
    assert in_words(now) == said % VALUES


def test_values_are_what_programs_count_with() -> None:
    assert old.coded("This picture is 9,000 × 8,000 pixels; the limit is 50 megapixels.") == {
        "code": "too_many_pixels",
        "values": {"width": 9000, "height": 8000, "most": 50},
    }
    (lost,) = old.several("On the digit 7 it reads 98.00% instead of 99.00%, and may lose 2.10%, more than 1.50%.")
    assert lost["values"]["suite"] == {"code": "digit", "values": {"digit": 7}}
    assert lost["values"]["most"] == pytest.approx(0.015)
    assert old.coded("Nothing was taken in, because of labels.csv: a; b.png has no line; c.png has no line.") == {
        "code": "labels",
        "values": {
            "table": "labels.csv",
            "why": [
                {"code": "file_without_label", "values": {"name": "a; b.png"}},
                {"code": "file_without_label", "values": {"name": "c.png"}},
            ],
        },
    }


def test_sentences_that_stood_one_after_the_other_are_reasons_of_their_own() -> None:
    said = "Better on the site's own pictures: 98.7% instead of 93.0% of 40 held-out pictures right. "
    said += "Not worse than the margins on clean, numbers or on any digit. Nobody knows this one."
    codes = [reason["code"] for reason in old.several(said)]
    assert codes == ["better", "not_worse", "other"]
    few = "There are 3 answered pictures held out to judge by; 20 are needed. About one in four answered batches is "
    few += "held out, as a whole: answer pictures of more batches."
    assert [reason["code"] for reason in old.several(f"{few} Cancelled before it was judged.")] == [
        "few_held_out",
        "cancelled",
    ]
    assert in_words(old.several("What is this? Nobody knows.")) == "What is this? Nobody knows."


# --- The whole database ---------------------------------------------------------------------------------------------
def migrate(to: tuple[str, str]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([to])
    return MigrationExecutor(connection).loader.project_state([to]).apps


def migrate_to_today() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("webapp"))


@pytest.fixture
def before(transactional_db: None) -> Iterator[Any]:
    """The models as they were; afterwards everything is brought back to where it was."""
    module = import_module(f"webapp.migrations.{CODES[1]}")
    (earlier,) = (name for name in module.Migration.dependencies if name[0] == "webapp")
    try:
        yield migrate(earlier)
    finally:
        migrate_to_today()


def failed(rows: Any, code: str, said: str, **details: Any) -> int:
    return rows.objects.create(state="failed", error_code=code, error=said, **details).pk


def a_past(then: Any) -> SimpleNamespace:
    """One of everything that kept sentences."""

    def model(name: str) -> Any:
        return then.get_model("webapp", name)

    alice = model("user").objects.create(username="alice")
    batch = model("batch").objects.create(owner=alice, name="Meters", expected=3)
    version = model("modelversion").objects.create(
        number=1, architecture="seed", load_error="The files of 1 (seed) cannot be had from storage: timed out"
    )
    pictures = {"batch": batch, "owner": alice, "name": "a.png", "size": 1}
    images = [
        failed(model("image"), "too_large", said, index=index, **pictures)
        for index, said in enumerate([
            "This picture is 9,000 × 8,000 pixels; the limit is 50 megapixels.",
            "This picture is larger than we can open.",
            "Something that nobody wrote.",
        ])
    ]  # fmt: skip
    read = model("image").objects.create(state="read", index=9, **pictures)
    notes = [["low contrast", "the page was turned"], [], ["something new", "touches the edge"], ["transparent"]]
    predictions = []
    for number, noted in enumerate(notes):
        image = model("image").objects.create(state="read", index=10 + number, **pictures)
        said = {"confidence": 0.9, "outcome": "read", "glyphs": b"", "milliseconds": 1}
        predictions.append(
            model("prediction").objects.create(image=image, model_version=version, notes=noted, **said).pk
        )
    upload = failed(
        model("upload"),
        "no_room",
        "A batch has at most 2,000 pictures. Hand in the rest as another.",
        batch=batch,
        index=3,
        name="a.zip",
        size=1,
        left_out=[["in.zip", "An archive inside an archive is not opened."], ["b.png", "Nobody knows."]],
    )
    compared = {"count": 5, "champion": 0.9, "challenger": 0.8, "gained": 0, "lost": 1}
    lost = "On the digit 7 it reads 98.00% instead of 99.00%, and may lose 2.10%, more than 1.50%."
    run = model("trainingrun").objects.create(
        slot="then",
        why="person",
        state="failed",
        error_code="no_mnist",
        error="MNIST could not be fetched.",
        said=f"{lost} Cancelled before it was judged.",
        data={"lessons": [1], "left_out": {"not aligned": 3, "duplicate": 1}, "held_out_left_out": {"MNIST test": 2}},
        verdict={
            "passed": False,
            "for": [],
            "against": [lost],
            "held_out": compared | {"name": "held-out pictures"},
            "suites": [compared | {"name": "clean"}],
            "digits": [compared | {"name": "the digit 7"}],
        },
    )
    waiting = model("trainingrun").objects.create(slot="now", why="person", state="read")
    change = model("modelchange").objects.create(version=version, action="rejected", why=lost)
    review = model("review").objects.create(image=read, reviewer=alice, verdict="text", text="7")
    look = model("secondlook").objects.create(
        review=review,
        reason="The champion reads 1 with 99.9%, a person says 7, and no similar correction agrees.",
    )
    return SimpleNamespace(
        images=images, read=read.pk, predictions=predictions, upload=upload, run=run.pk, waiting=waiting.pk,
        change=change.pk, look=look.pk, lost=lost,
    )  # fmt: skip


@pytest.mark.both_databases
def test_a_database_of_sentences_becomes_one_of_codes_that_says_the_same(before: Any) -> None:
    was = a_past(before)
    migrate_to_today()
    assert [Image.objects.get(pk=pk).error_code for pk in was.images] == ["too_many_pixels", "too_large", "other"]
    large, _, other = (Image.objects.get(pk=pk) for pk in was.images)
    assert large.error == "This picture is 9,000 × 8,000 pixels; the limit is 50 megapixels."
    assert other.error == "Something that nobody wrote."
    read = Image.objects.get(pk=was.read)
    assert (read.error_code, read.error_values, read.error) == ("", {}, "")
    with translation.override("de"):
        assert large.error.startswith("Dieses Bild hat 9.000 × 8.000 Pixel")

    notes = [Prediction.objects.values_list("notes", flat=True).get(pk=pk) for pk in was.predictions]
    assert notes == [["low_contrast", "turned_page"], [], ["something new", "touches_edge"], ["transparent"]]

    upload = Upload.objects.get(pk=was.upload)
    assert (upload.error_code, upload.error_values) == ("batch_too_large", {"most": 2000})
    assert [(name, in_words(why)) for name, why in upload.left_out] == [
        ("in.zip", "An archive inside an archive is not opened."),
        ("b.png", "Nobody knows."),
    ]


@pytest.mark.both_databases
def test_trainings_and_models_of_before_say_why_as_they_did(before: Any) -> None:
    was = a_past(before)
    migrate_to_today()
    run = TrainingRun.objects.get(pk=was.run)
    assert run.said == f"{was.lost} Cancelled before it was judged."
    assert (run.error_code, run.error_values) == ("no_mnist", {"error": "MNIST could not be fetched."})
    assert run.data == {
        "lessons": [1],
        "left_out": {"not_aligned": 3, "duplicate": 1},
        "held_out_left_out": {"mnist_test": 2},
    }
    assert [in_words(why) for why in run.verdict["against"]] == [was.lost]
    named = [run.verdict["held_out"], *run.verdict["suites"], *run.verdict["digits"]]
    assert [(one["name"], one["digit"]) for one in named] == [("held_out", None), ("clean", None), ("digit", 7)]
    untouched = TrainingRun.objects.get(pk=was.waiting)
    assert (untouched.said, untouched.error, untouched.verdict) == ("", "", {})
    assert ModelChange.objects.get(pk=was.change).why == was.lost
    assert SecondLook.objects.get(pk=was.look).reason.startswith("The champion reads 1 with 99.9%")
    assert ModelVersion.objects.get().load_error.startswith("The files of 1 (seed) cannot be had from storage")
    assert {*Batch.objects.values_list("owner__username", flat=True)} == {User.objects.get().username}
    assert sentence("other", {"text": "100 %"}) == "100 %"
