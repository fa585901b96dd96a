"""Documents, books and programs begin like a zip archive: each is named for what it is, and nothing is unpacked."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.webapp.test_batch import a_prediction, stored_keys
from webapp import faults
from webapp.faults import sentence
from webapp.models import ApiToken, Batch, Image, Upload, User
from webapp.models.package import package_in
from webapp.models.rules import Rules

HandIn = Callable[..., Batch]


def packed(*names: str, first: str = "", comment: bytes = b"") -> bytes:
    """A zip with these names in it; `first` is what an entry `mimetype` says at its beginning."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as bag:
        if first:
            bag.writestr("mimetype", first)
        for name in names:
            bag.writestr(name, "x")
        bag.comment = comment
    return held.getvalue()


OFFICE = ("[Content_Types].xml", "_rels/.rels")
KINDS = {
    "word": packed(*OFFICE, "word/document.xml"),
    "excel": packed(*OFFICE, "xl/workbook.xml"),
    "powerpoint": packed("ppt/presentation.xml", *OFFICE),
    "opendocument": packed("content.xml", first="application/vnd.oasis.opendocument.spreadsheet"),
    "book": packed("META-INF/container.xml", first="application/epub+zip"),
    "android": packed("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex"),
    "java": packed("META-INF/MANIFEST.MF", "org/example/Main.class"),
}
ARCHIVES = {
    "pictures": packed("word/1.png", "word/2.png"),
    "a long comment": packed("1.png", comment=b"PK\x05\x06" * 1000),
    "none": packed(),
    "some other type": packed("1.png", first="image/openraster"),
    "pictures of a signed archive": packed("META-INF/MANIFEST.MF", "1.png"),
    "cut short": KINDS["word"][:-30],
    "a table that is not there": KINDS["word"][:-6] + b"\xff\xff\xff\x7f\x00\x00",
    "a table full of nonsense": b"PK\x03\x04" + b"PK\x01\x02" * 30 + KINDS["word"][-22:-10] + b"\xb4\0\0\0\4\0\0\0\0\0",
    "no more than a head": b"PK\x03\x04",
    "nothing": b"",
    "a picture": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize("kind", faults.SENTENCES["package"].sentences)
def test_each_is_known_for_what_it_is(kind: str) -> None:
    file = ContentFile(KINDS[kind], name="renamed.zip")
    assert package_in(file) == kind
    assert file.tell() == 0


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_and_what_is_none_at_all_are_not_taken_for_one(name: str) -> None:
    assert package_in(ContentFile(ARCHIVES[name])) == ""


def test_a_long_comment_hides_nothing() -> None:
    assert package_in(ContentFile(packed(*OFFICE, "word/document.xml", comment=b"x" * 60_000))) == "word"


@pytest.mark.django_db
@pytest.mark.both_databases
def test_a_document_is_left_out_at_once_with_what_to_do(as_alice: Client, alice: User) -> None:
    before = stored_keys()
    as_alice.post("/", {"pictures": SimpleUploadedFile("report.docx", KINDS["word"])})
    batch = Batch.objects.get()
    page = " ".join(as_alice.get(batch.get_absolute_url()).content.decode().split())
    assert "<b>report.docx</b> was left out." in page
    assert "This is a Word document, not a picture or an archive of pictures. Export it as PDF." in page
    assert "Done." in page
    assert "There is no picture in this batch." in page
    assert "unpack" not in page
    assert "Try failed ones again" not in page
    assert (batch.is_done, batch.missing_count, batch.stored_bytes) == (True, 0, 0)
    assert batch.finished_at
    assert stored_keys() == before, "its bytes are of no use"
    assert batch.retry_failed() == 0
    program = Client(headers={"Authorization": f"Bearer {ApiToken.make(alice, 'scanner')}"})
    told = program.get(f"/api/batches/{batch.pk}")
    assert told.json()["left_out"] == [{"file": "report.docx", "why": sentence("package", {"kind": "word"})}]
    batch.delete()
    assert not Upload.objects.exists()


@pytest.mark.django_db
def test_pictures_beside_a_document_are_read(alice: User, hand_in: HandIn, champion: None) -> None:
    batch = hand_in(alice, files=[("a.png", b"x"), ("report.xlsx", KINDS["excel"])])
    assert (batch.sealed, batch.is_done, batch.upload_count, batch.unpacked_count) == (True, False, 1, 1)
    batch.expect(Rules(total=8))
    image = batch.images.get()
    Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image)])
    batch.refresh_from_db()
    assert batch.is_done


@pytest.mark.django_db
def test_a_document_that_comes_last_ends_its_batch(alice: User, champion: None) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=2)
    (image,) = batch.take_in({0: SimpleUploadedFile("a.png", b"x")})
    batch.expect(Rules(total=8))
    Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, 0.999)])
    batch.take_in({1: SimpleUploadedFile("report.docx", KINDS["word"])})
    assert batch.is_done
    assert batch.finished_at
    assert batch.images.get().broken_rule == "sum", "it is whole now"
