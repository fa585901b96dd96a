"""Handing in by script: asked for once however often, taken up again where it was left."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from webapp.models import Batch

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_announcing_a_batch_again_with_the_same_key_makes_no_second_one(as_alice: Client, as_bob: Client) -> None:
    first = as_alice.post("/batches/", {"expected": 3, "key": "abc-1"})
    page = first.json()["page"]
    as_alice.post(f"{page}images/", {"file-1": SimpleUploadedFile("1.png", b"x"), "file-0": upload_of_several()})
    again = as_alice.post("/batches/", {"expected": 3, "key": "abc-1"})
    assert (first.status_code, again.status_code) == (201, 200)
    said = {"id": first.json()["id"], "page": page, "start": 0, "sealed": False, "cancelled": False, "come": [0, 1]}
    assert again.json().items() >= said.items()
    assert first.json() == said | {"come": []}
    assert as_bob.post("/batches/", {"expected": 3, "key": "abc-1"}).json()["id"] != first.json()["id"]
    assert Batch.objects.count() == 2


def test_batches_without_a_key_are_each_their_own(as_alice: Client) -> None:
    for _ in range(2):
        assert as_alice.post("/batches/", {"expected": 3}).status_code == 201
    assert Batch.objects.count() == 2


def test_a_key_that_is_none_is_refused(as_alice: Client) -> None:
    assert as_alice.post("/batches/", {"expected": 3, "key": "no spaces"}).status_code == 400


def test_the_empty_page_offers_a_sample_and_hands_it_in(as_alice: Client) -> None:
    assert "Read the sample" in as_alice.get("/").content.decode()
    page = as_alice.post("/sample/", follow=True).content.decode()
    batch = Batch.objects.get()
    assert (batch.image_count, batch.sealed) == (24, True)
    assert "Sample: meter readings" in page
    assert "Read the sample" not in as_alice.get("/").content.decode()


def upload_of_several() -> SimpleUploadedFile:
    return SimpleUploadedFile("scan.pdf", b"%PDF-1.7")
