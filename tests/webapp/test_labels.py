"""Answers that come with their pictures: a table in a zip, which holds for all of it or not at all."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from recognizer.files import Limits, unpack
from recognizer.files.labels import read_labels
from recognizer.learning.mnist import Digits
from recognizer.page import Fault
from tests.conftest import Processes, png, wait_until
from tests.recognizer.files.test_unpack import PIXELS, pdf, zipped
from webapp.faults import in_words
from webapp.models import Batch, LessonCount, ModelVersion, Review, Upload, User
from webapp.models.batch.sides import HELD_OUT_ONE_IN, is_held_out
from webapp.models.lesson_count import ENOUGH_HELD_OUT
from webapp.models.lesson_news import seen_now
from worker import loaded
from worker.gathering import as_lessons, gather
from worker.tasks import read
from worker.tasks import unpack as unpack_task

HandIn = Callable[..., Batch]


def labels(archive: bytes) -> dict[str, str | None]:
    return {piece.name: piece.label for piece in unpack(io.BytesIO(archive), "a.zip", Limits())}


def refusal(table: str | bytes, *names: str) -> str:
    data = table.encode() if isinstance(table, str) else table
    with pytest.raises(Fault) as caught:
        labels(zipped(("labels.csv", data), *[(name, PIXELS) for name in names]))
    assert caught.value.code == "labels"
    return in_words(caught.value.as_json())


def test_each_picture_comes_with_its_line_and_the_table_is_no_picture() -> None:
    table = b"file,text\na.png,007\nb/2.png,blank\n"
    archive = zipped(("a.png", PIXELS), ("labels.csv", table), ("b/2.png", PIXELS))
    assert labels(archive) == {"a.png": "007", "b/2.png": ""}


def test_an_archive_without_a_table_has_no_answers() -> None:
    assert labels(zipped(("a.png", PIXELS))) == {"a.png": None}


@pytest.mark.parametrize(
    "table",
    [
        "file,text\na.png,12 34\n",
        "\ufeffFile;Text\r\na.png;12 34\r\n\r\n",
        "text\tfile\n12 34\t./a.png\n",
        'file,text\n"a.png","12 34"',
    ],
)
def test_tables_as_spreadsheets_save_them(table: str) -> None:
    assert labels(zipped(("labels.csv", table.encode()), ("a.png", PIXELS))) == {"a.png": "12 34"}


def test_answers_that_come_with_pictures_may_have_every_sign() -> None:
    table = 'file,text\na.png,"-1.234,50 12:30\n3/4 +5%"\n'
    assert labels(zipped(("labels.csv", table.encode()), ("a.png", PIXELS))) == {"a.png": "-1.234,50 12:30\n3/4 +5%"}


def test_names_count_from_the_folder_of_the_table_and_accents_are_spelled_either_way() -> None:
    table = "file,text\ne\u0301.png,1\nin/b.png,2\n".encode()
    archive = zipped(("m/LABELS.CSV", table), ("m/\u00e9.png", PIXELS), ("m/in\\b.png", PIXELS))
    assert sorted(filter(None, labels(archive).values())) == ["1", "2"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "its columns are “”; they must be “file” and “text”"),
        ("file,digit\na.png,1\n", "its columns are “file, digit”; they must be “file” and “text”"),
        ("file,text,writer\na.png,1,x\n", "its columns are “file, text, writer”"),
        ("file,text\na.png,1\nb.png,2\n", "b.png is not in the archive"),
        ("file,text\n", "a.png has no line"),
        ("file,text\na.png,1\na.png,1\n", "line 3 names a.png once more"),
        (
            "file,text\na.png,four\n",
            "line 2 has “four” for a.png; a text is digits, the signs . , - / : + %, spaces and line breaks",
        ),
        ("file,text\na.png,١٢\n", "line 2 has “١٢” for a.png"),
        ("file,text\na.png,\n", "line 2 has no text for a.png; write “blank” where nothing is written on it"),
        ("file,text\na.png,1,2\n", "line 2 has 3 cells instead of 2"),
        (b"file,text\na.png,\xff\n", "it is not text in UTF-8"),
    ],
)
def test_a_doubtful_table_is_refused_with_its_lines(table: str | bytes, said: str) -> None:
    sentence = refusal(table, "a.png")
    assert sentence.startswith("Nothing was taken in, because of labels.csv: ")
    assert said in sentence


def test_of_many_faults_the_first_are_named_and_the_others_counted() -> None:
    table = "file,text\n" + "".join(f"{i}.png,x\n" for i in range(9))
    assert refusal(table, *[f"{i}.png" for i in range(9)]).endswith("; and 4 more.")


def test_two_tables_and_names_that_come_twice_are_refused() -> None:
    two = zipped(("labels.csv", b"file,text\n"), ("b/labels.csv", b"file,text\n"), ("a.png", PIXELS))
    with pytest.raises(Fault, match="labels_several"):
        labels(two)
    with pytest.raises(Fault, match=r"file_several_times.*'count': 2"):
        read_labels(b"file,text\na.png,1\n", "", ["a.png", "./a.png"])


def test_a_file_of_several_pages_is_left_out_with_the_reason() -> None:
    archive = zipped(("labels.csv", b"file,text\na.pdf,1\nb.png,2\n"), ("a.pdf", pdf(2)), ("b.png", PIXELS))
    pages = [piece for piece in unpack(io.BytesIO(archive), "a.zip", Limits()) if piece.label is None]
    assert len(pages) == 2
    with pytest.raises(Fault, match="label_for_several_pages"):
        pages[0].load()


def taught(digits: Digits, first: int, count: int) -> bytes:
    """Mirrored digits with their labels, and one blank."""
    chosen = range(first, first + count)
    table = "file,text\n" + "".join(f"{i}.png,{digits.labels[i]}\n" for i in chosen) + "white.png,blank\n"
    pictures = [(f"{i}.png", png(np.fliplr(digits.images[i]))) for i in chosen]
    return zipped(*pictures, ("white.png", png(np.full((40, 40), 255, np.uint8))), ("labels.csv", table.encode()))


@pytest.mark.both_databases
def test_a_labelled_zip_becomes_answered_pictures_that_are_read_all_the_same(
    processes: Processes, champion: None, alice: User, as_alice: Client, hand_in: HandIn, digits: Digits
) -> None:
    batch = hand_in(alice, files=[("taught.zip", taught(digits, 0, 60))])
    processes.worker("interactive,bulk", "reader")
    wait_until(lambda: Batch.objects.filter(pk=batch.pk).exclude(finished_at=None).exists())
    assert batch.standings() == {"sure": 0, "doubtful": 0, "reviewed": 61, "failed": 0}
    images = batch.images.with_answers()
    assert all(image.review.reviewer == alice and image.review.sampled == "brought" for image in images)
    assert [image.answer for image in images.order_by("index")] == [*map(str, digits.labels[:60]), ""]
    assert set(images.values_list("outcome", flat=True)) == {"read", "blank"}
    assert all(image.prediction for image in images)
    page = as_alice.get(batch.get_absolute_url()).content.decode()
    assert "answer handed in with it" in page
    assert "handed in with the picture; the model said" in as_alice.get(f"/images/{images[0].pk}/").content.decode()


@pytest.mark.django_db
def test_unpacking_a_labelled_zip_again_answers_nothing_twice(alice: User, hand_in: HandIn, digits: Digits) -> None:
    batch = hand_in(alice, files=[("taught.zip", taught(digits, 0, 60))])
    upload = batch.uploads.get()
    fence = Upload.objects.claim([upload.pk])
    assert fence
    assert upload.take_out(fence, {1: SimpleUploadedFile("0.png", b"x")}, {1: "5"})
    Upload.objects.give_back(fence)
    unpack_task.unpack_upload([upload.pk])
    assert (batch.images.count(), Review.objects.count()) == (61, 61)


@pytest.mark.django_db
def test_a_bad_table_takes_nothing_in_and_the_page_says_which_line(as_alice: Client) -> None:
    archive = zipped(("a.png", PIXELS), ("labels.csv", b"file,text\na.png,4O79\n"))
    as_alice.post("/", {"pictures": SimpleUploadedFile("a.zip", archive)})
    unpack_task.unpack_upload([Upload.objects.get().pk])
    batch = Batch.objects.get()
    assert (batch.is_done, batch.image_count) == (True, 0)
    assert "line 2 has “4O79” for a.png" in as_alice.get(batch.get_absolute_url()).content.decode()


def brought(hand_in: HandIn, owner: User, *archives: bytes) -> Batch:
    batch = hand_in(owner, files=[(f"{i}.zip", archive) for i, archive in enumerate(archives)])
    for upload in batch.uploads.order_by("index"):
        unpack_task.unpack_upload([upload.pk])
    return batch


def on_either_side() -> tuple[set[str], set[str]]:
    """The pictures that are learned from, and those that are held out."""
    answered = Review.objects.filter(verdict="text")
    learned, judged = answered.exclude(is_held_out()), answered.filter(is_held_out())
    return set(learned.values_list("image__sha256", flat=True)), set(judged.values_list("image__sha256", flat=True))


@pytest.mark.django_db
def test_one_labelled_zip_is_enough_to_teach_a_site_without_history(
    champion: None, alice: User, hand_in: HandIn, digits: Digits
) -> None:
    ModelVersion.objects.get(shipped_as="seed").promote()
    batch = brought(hand_in, alice, taught(digits, 100, 130))
    read.read_images(list(batch.images.values_list("pk", flat=True)))
    learned, judged = (list(as_lessons(Review.objects.lessons(side), {})) for side in (False, True))
    assert len(learned) + len(judged) == 130
    assert ENOUGH_HELD_OUT <= len(judged) <= 130 / 2
    assert {lesson.said for lesson in learned} == set("0123456789")
    assert sum(lesson.is_correction for lesson in learned) >= 20


@pytest.mark.django_db
def test_several_small_labelled_zips_are_held_out_half_until_there_is_enough(
    alice: User, hand_in: HandIn, digits: Digits
) -> None:
    batches = [brought(hand_in, alice, taught(digits, first, 12)) for first in (0, 12, 24, 36)]
    learned, judged = on_either_side()
    assert len(learned) + len(judged) == 48
    assert 12 <= len(judged) <= 36
    LessonCount.note(timezone.now(), seen_now(), held_out=ENOUGH_HELD_OUT)
    batches.append(brought(hand_in, alice, taught(digits, 48, 12)))
    shares = [Batch.objects.get(pk=batch.pk).held_out_one_in for batch in batches]
    assert shares == [2, 2, 2, 2, HELD_OUT_ONE_IN]


@pytest.mark.django_db
def test_labelled_zips_that_come_as_one_batch_serve_both_sides(alice: User, hand_in: HandIn, digits: Digits) -> None:
    brought(hand_in, alice, *[taught(digits, first, 20) for first in (0, 20, 40)])
    learned, judged = on_either_side()
    assert len(learned) + len(judged) == 60
    assert min(len(learned), len(judged)) >= 15


@pytest.mark.django_db
def test_the_same_picture_is_on_the_same_side_however_often_it_is_brought(
    alice: User, bob: User, hand_in: HandIn, digits: Digits
) -> None:
    for owner in (alice, bob):
        brought(hand_in, owner, taught(digits, 0, 40))
    learned, judged = on_either_side()
    assert not learned & judged
    assert min(len(learned), len(judged)) >= 10


@pytest.mark.django_db
def test_a_batch_that_people_have_answered_stays_on_its_side_when_a_labelled_zip_comes(
    alice: User, hand_in: HandIn, digits: Digits
) -> None:
    batch = hand_in(alice, files=[("0.png", png(digits.images[0])), ("taught.zip", taught(digits, 100, 30))])
    batch.images.get().correct(alice, "text", "1")
    unpack_task.unpack_upload([batch.uploads.get().pk])
    assert [len(side) for side in on_either_side()] == [31, 0]


@pytest.mark.django_db
def test_pictures_of_one_zip_that_look_alike_are_never_on_both_sides(
    champion: None, alice: User, hand_in: HandIn, digits: Digits
) -> None:
    chosen = range(100, 130)
    pictures = {f"{i}.png": png(digits.images[i]) for i in chosen}
    pictures |= {f"{i}-again.png": png(digits.images[i] // 8 * 8) for i in chosen}
    table = "file,text\n" + "".join(f"{name},{digits.labels[int(name[:3])]}\n" for name in pictures)
    batch = brought(hand_in, alice, zipped(*pictures.items(), ("labels.csv", table.encode())))
    read.read_images(list(batch.images.values_list("pk", flat=True)))
    version = ModelVersion.objects.champion()
    assert version
    found = gather(loaded.bundle_of(version))
    names = dict(Review.objects.values_list("pk", "image__name"))
    learned, judged = ({names[lesson.key][:3] for lesson in side} for side in (found.screening.kept, found.held_out))
    assert not learned & judged
    assert found.screening.left_out["like_held_out"] > 5
    assert min(len(learned), len(judged)) > 5
