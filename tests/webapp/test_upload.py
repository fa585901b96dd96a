"""Files that hold several pictures, from the form to the answers: real workers, a real queue."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from recognizer.files import Piece, formats
from recognizer.learning.mnist import Digits
from tests.conftest import Processes, png, wait_until
from tests.recognizer.files.test_unpack import PIXELS, pdf, tiff, zipped
from webapp import jobs, shares
from webapp.celery import app
from webapp.models import Batch, Image, Upload, User
from webapp.models.upload import HOLDERS
from worker.tasks import unpack
from worker.tasks.maintain import sweep

pytestmark = pytest.mark.both_databases
HandIn = Callable[..., Batch]


def done(batch: Batch) -> bool:
    batch.refresh_from_db()
    return batch.is_done


@pytest.fixture
def zip_of_digits(digits: Digits) -> bytes:
    return zipped(*[(f"{i:03}-is-{digits.labels[i]}.png", png(digits.images[i])) for i in range(120)])


def names(batch: Batch) -> list[str]:
    return list(batch.images.order_by("index").values_list("name", flat=True))


def one_piece_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "SLICE_SECONDS", 0)
    monkeypatch.setattr(unpack, "TIMES_OPENING", 0)


def unpack_all() -> None:
    for pk in Upload.objects.waiting().values_list("pk", flat=True):
        unpack.unpack_upload([pk])


def test_a_zip_beside_a_picture_is_unpacked_and_read(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, zip_of_digits: bytes, digits: Digits
) -> None:
    batch = hand_in(alice, files=[("some.zip", zip_of_digits), ("one.png", png(digits.images[0]))])
    assert (batch.sealed, batch.image_count, batch.upload_count) == (True, 1, 1)
    processes.worker("interactive,bulk", "reader")
    wait_until(lambda: done(batch))
    assert (batch.image_count, batch.read_count, batch.missing_count) == (121, 121, 0)
    assert names(batch)[:2] == ["one.png", f"000-is-{digits.labels[0]}.png"]
    said = batch.images.exclude(name="one.png").values_list("name", "search_text")
    assert sum(name[7] == text for name, text in said) >= 116
    upload = batch.uploads.get()
    assert (upload.state, upload.pieces_done, upload.left_out) == ("read", 120, [])
    assert not default_storage.exists(upload.key)
    assert batch.stored_bytes == sum(batch.images.values_list("size", flat=True))


def test_a_killed_worker_costs_no_picture_of_an_archive_and_doubles_none(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, zip_of_digits: bytes
) -> None:
    batch = hand_in(alice, files=[("some.zip", zip_of_digits)])
    victim = processes.worker("interactive,bulk", "victim", app="tests.slow_worker")
    wait_until(lambda: Image.objects.exists())
    processes.kill(victim)
    processes.whole_crew()
    wait_until(lambda: done(batch), seconds=120)
    assert (batch.image_count, batch.read_count) == (120, 120)


@pytest.mark.django_db
def test_unpacking_again_changes_nothing(alice: User, hand_in: HandIn, zip_of_digits: bytes) -> None:
    batch = hand_in(alice, files=[("some.zip", zip_of_digits)])
    upload = batch.uploads.get()
    first = Upload.objects.claim([upload.pk])
    assert first
    assert upload.take_out(first, {1: SimpleUploadedFile("000.png", b"x"), 2: SimpleUploadedFile("001.png", b"y")})
    Upload.objects.give_back(first)
    assert not upload.take_out(first, {3: SimpleUploadedFile("late.png", b"z")})
    unpack_all()
    batch.refresh_from_db()
    assert (batch.image_count, batch.expected, batch.missing_count) == (120, 121, 0)
    assert len(set(names(batch))) == 120


@pytest.mark.django_db
def test_a_long_file_is_unpacked_in_turns(
    alice: User, hand_in: HandIn, zip_of_digits: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_piece_a_turn(monkeypatch)
    batch = hand_in(alice, files=[("some.zip", zip_of_digits)])
    counts = []
    while not batch.uploads.filter(state="read").exists():
        unpack_all()
        counts.append(batch.images.count())
    # However slow its pictures are: a turn that has no time left takes out the one that it has, and goes on later.
    assert counts == [*range(1, 121), 120]
    assert batch.uploads.get().attempts == 1


@pytest.mark.django_db
def test_what_a_file_has_taken_of_the_processor_counts_in_its_next_turn(
    alice: User, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_piece_a_turn(monkeypatch)
    batch = hand_in(alice, files=[("scan.pdf", pdf(3))])
    unpack_all()
    batch.uploads.update(seconds=1_000)
    while not batch.uploads.filter(state="read").exists():
        unpack_all()
    upload = batch.uploads.get()
    assert names(batch) == ["scan.pdf, page 1"]
    assert [(name, why["code"]) for name, why in upload.left_out] == [
        ("scan.pdf, page 2", "budget_spent"),
        ("scan.pdf, page 3", "budget_spent"),
    ]


@pytest.mark.django_db
def test_an_archive_whose_files_take_too_long_to_open_is_told_so_and_what_came_before_them_stays(
    alice: User, hand_in: HandIn
) -> None:
    batch = hand_in(alice, files=[("a.zip", zipped(("a.png", PIXELS), ("b.pdf", pdf(1)), ("c.png", PIXELS)))])
    batch.uploads.update(seconds=1_000)
    unpack_all()
    assert names(batch) == ["a.png"]
    assert batch.uploads.get().error == "To open what is in this file takes more time than one file may."


@pytest.mark.django_db
def test_who_has_had_an_hour_s_share_of_opening_is_told_so_and_it_goes_on_later(
    alice: User, bob: User, hand_in: HandIn, zip_of_digits: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_piece_a_turn(monkeypatch)
    batch = hand_in(alice, files=[("some.zip", zip_of_digits)])
    unpack_all()
    assert 0 < shares.opened(alice.pk) < 60
    shares.note_opening(alice.pk, unpack.MOST_SECONDS_AN_HOUR)
    unpack_all()
    upload = batch.uploads.get()
    assert upload.error.startswith("Opening your files has taken 30 minutes of this hour")
    assert batch.images.count() == 1
    hand_in(bob, files=[("some.zip", zip_of_digits)])
    unpack_all()
    assert bob.batches.get().images.count() == 1
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        batch.retry_failed()
        unpack_all()
    assert batch.images.count() == 2


@pytest.mark.django_db
def test_no_turn_opens_what_another_has_done_and_what_was_left_out_stays_said(
    alice: User, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_piece_a_turn(monkeypatch)
    opened = []
    load = unpack.Unpacking.add

    def add(self: unpack.Unpacking, piece: Piece) -> None:
        opened.append(piece.number)
        load(self, piece)

    monkeypatch.setattr(unpack.Unpacking, "add", add)
    batch = hand_in(alice, files=[("a.zip", zipped(("a.pdf", pdf(2)), ("b.zip", zipped()), ("c.tif", tiff(2))))])
    while not batch.uploads.filter(state="read").exists():
        unpack_all()
    assert opened == [1, 2, 3, 4, 5]
    assert batch.uploads.get().left_out == [["b.zip", {"code": "archive_nested", "values": {}}]]
    assert names(batch) == ["a.pdf, page 1", "a.pdf, page 2", "c.tif, page 1", "c.tif, page 2"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.zip", zipped(("../a.png", b"x")), "This archive is refused: an entry's name leads out of its folder."),
        ("a.zip", zipped(("b.zip", zipped())), "An archive inside an archive is not opened."),
        ("a.zip", b"", "This file is not a zip archive, whatever its name says."),
        ("a.pdf", b"%PDF-1.4", "This PDF is damaged and cannot be opened."),
    ],
)
def test_a_file_that_is_refused_says_why_and_ends_its_batch(
    as_alice: Client, name: str, data: bytes, said: str
) -> None:
    as_alice.post("/", {"pictures": SimpleUploadedFile(name, data)})
    unpack_all()
    batch = Batch.objects.get()
    assert (batch.is_done, batch.image_count) == (True, 0)
    page = " ".join(as_alice.get(batch.get_absolute_url()).content.decode().split())
    assert f"<b>{name}</b> was not unpacked." in page
    assert said.replace("'", "&#x27;") in page


def test_what_may_hold_several_pictures_is_what_the_reader_unpacks() -> None:
    assert set(HOLDERS) == {head for head, kind in formats.SIGNATURES if kind in formats.CONTAINERS}


@pytest.mark.django_db
def test_what_was_left_out_is_named_beside_the_others(as_alice: Client, alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, files=[("a.zip", zipped(("ok.png", PIXELS), ("in.zip", zipped()))), ("b.tif", tiff(2))])
    page = as_alice.get(batch.get_absolute_url()).content.decode()
    assert "is being unpacked." in page
    assert "every 1s" in page
    unpack_all()
    batch.refresh_from_db()
    assert names(batch) == ["ok.png", "b.tif, page 1", "b.tif, page 2"]
    page = as_alice.get(batch.get_absolute_url()).content.decode()
    assert "<b>in.zip</b> in a.zip was left out." in page
    assert "An archive inside an archive is not opened." in page
    german = as_alice.get(batch.get_absolute_url(), headers={"Accept-Language": "de"}).content.decode()
    assert "Ein Archiv in einem Archiv wird nicht geöffnet." in german


@pytest.mark.django_db
def test_what_is_no_picture_in_an_archive_is_named_with_its_reason(
    as_alice: Client, alice: User, hand_in: HandIn
) -> None:
    notes = [(f"notes-{i}.txt", b"Cellar, read on Monday") for i in range(4)]
    few = hand_in(alice, files=[("a.zip", zipped(("ok.png", PIXELS), *notes[:2]))])
    many = hand_in(alice, files=[("b.zip", zipped(("ok.png", PIXELS), *notes))])
    unpack_all()
    page = " ".join(as_alice.get(few.get_absolute_url()).content.decode().split())
    for name, _ in notes[:2]:
        assert f"<b>{name}</b> in a.zip was left out." in page
    assert page.count("This file is not a picture we can read (it looks like text).") == 2
    page = as_alice.get(many.get_absolute_url()).content.decode()
    assert "4 files in b.zip were left out" in page
    assert names(few) == names(many) == ["ok.png"]


@pytest.mark.django_db
def test_names_in_archives_never_make_a_page_long(as_alice: Client, alice: User, hand_in: HandIn) -> None:
    """An entry's name may have 65,535 bytes, and what each mark of it looks like in a page several more."""
    notes = [(f"{i:04}" + "'" * 20_000 + ".txt", b"a note") for i in range(150)]
    archives = [(f"{i}.zip", zipped(("ok.png", PIXELS), *notes)) for i in range(3)]
    batch = hand_in(alice, files=archives)
    unpack_all()
    uploads = batch.uploads.all()
    assert [upload.left_out_count for upload in uploads] == [150] * 3
    assert max(len(name) for upload in uploads for name, _why in upload.left_out) <= 255
    page = as_alice.get(batch.get_absolute_url()).content
    assert len(page) < 500_000
    assert b"150 files in 2.zip were left out" in page
    assert page.count(b"and 50 more") == 1
    assert page.count(b"and 150 more") == 2
    assert len(batch.left_out) == 100 + 3
    assert len(as_alice.get("/api/batches").content) < 100_000


def test_a_cancelled_batch_unpacks_nothing_more(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, files=[("a.pdf", pdf(2)), ("b.pdf", pdf(2))])
    first, second = batch.uploads.order_by("index")
    fence = Upload.objects.claim([first.pk])
    batch.cancel()
    assert fence
    assert not first.take_out(fence, {1: SimpleUploadedFile("late.png", b"x")})
    unpack.unpack_upload([second.pk])
    Upload.objects.held_by(fence).update(lease_until="2020-01-01T00:00Z")
    sweep()
    batch.refresh_from_db()
    assert (batch.is_done, batch.image_count) == (True, 0)


@pytest.mark.django_db
def test_a_failed_file_can_be_unpacked_again(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, files=[("a.pdf", pdf(2))])
    upload = batch.uploads.get()
    fence = Upload.objects.claim([upload.pk])
    assert fence
    Upload.objects.all().fail(fence, [upload.pk], "unpacking_broke")
    batch.refresh_from_db()
    assert batch.is_done
    assert batch.retry_failed() == 1
    assert not batch.is_done
    unpack_all()
    assert batch.images.count() == 2


@pytest.mark.django_db
def test_more_pictures_than_a_batch_may_have_are_refused(alice: User, hand_in: HandIn, settings: object) -> None:
    settings.MAX_FILES_PER_BATCH = 3  # type: ignore[attr-defined]
    batch = hand_in(alice, files=[("a.pdf", pdf(2)), ("b.pdf", pdf(2))])
    unpack_all()
    assert batch.images.count() == 2
    assert "at most 3 pictures" in batch.uploads.get(state="failed").error


@pytest.mark.django_db
def test_an_archive_beyond_its_owner_s_share_is_refused_with_the_figures(
    alice: User, hand_in: HandIn, settings: object
) -> None:
    batch = hand_in(alice, files=[("a.pdf", pdf(2))])
    settings.QUOTA_BYTES = 1  # type: ignore[attr-defined]
    unpack_all()
    upload = batch.uploads.get()
    assert (upload.state, upload.error_code) == ("failed", "share_full")
    assert upload.error_values == {"used": batch.stored_bytes, "most": 1}


def test_a_lost_message_about_a_file_is_sent_again(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, empty_queue: Callable[[], None]
) -> None:
    batch = hand_in(alice, files=[("a.pdf", pdf(2))])
    empty_queue()
    processes.whole_crew()
    wait_until(lambda: done(batch))
    app.send_task(jobs.UNPACK, args=[[batch.uploads.get().pk]], queue="bulk")
    assert batch.images.count() == 2
