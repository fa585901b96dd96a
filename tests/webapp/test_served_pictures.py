"""What is shown of an upload is made afresh from its pixels: no browser finds anything in it to run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from recognizer.files import decode, display_copy
from recognizer.page import Fault
from tests.conftest import Processes, wait_until
from tests.recognizer.files.test_bad_pictures import SHARED, photo
from tests.webapp.test_browser import chromium, page, sign_in  # noqa: F401 (fixtures)
from tests.webapp.test_pages import read_batch  # noqa: F401 (a fixture)
from webapp.models import Batch, User

HandIn = Callable[..., Batch]
SCRIPT = b"<script>window.ran = true; document.title = 'ran'</script>"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_a_copy_carries_nothing_but_pixels(kind: str) -> None:
    copy = display_copy(decode(photo(kind) + b"<html>" + SCRIPT))
    assert copy.startswith((b"\x89PNG", b"RIFF"))
    for word in (b"<script", b"<html", b"Exif", b"http", b"xmp"):
        assert word not in copy


@pytest.mark.skipif(not SHARED.is_dir(), reason="the collection of odd files is not beside this project")
def test_no_copy_of_the_collection_carries_what_its_file_did() -> None:
    for path in sorted((SHARED / "files").iterdir()):
        try:
            copy = display_copy(decode(path.read_bytes()))
        except Fault:
            continue
        for word in (b"<script", b"<?php", b"<svg", b"Exif", b"PK\x03\x04", b"GIF8"):
            assert word not in copy, path.name


@pytest.mark.django_db
def test_pictures_are_served_as_pictures_and_boxed_in(as_alice: Client, read_batch: Batch) -> None:  # noqa: F811
    image = read_batch.images.first()
    image.prediction.copy = display_copy(decode(photo("PNG")))
    image.prediction.save()
    for name in ("picture", "glyphs"):
        answer = as_alice.get(reverse(name, args=[image.pk]))
        assert answer["Content-Type"] == "image/png"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert set(answer["Content-Security-Policy"].split("; ")) == {"default-src 'none'", "sandbox"}
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "private" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/history/answers.csv", "/account/data.zip", "/api/batches"])
def test_what_one_person_may_see_is_kept_by_no_proxy(as_alice: Client, address: str) -> None:
    assert as_alice.get(address)["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
def test_every_page_forbids_what_it_does_not_need(as_alice: Client) -> None:
    answer = as_alice.get("/")
    policy = answer["Content-Security-Policy"]
    for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_browser_runs_nothing_of_what_was_handed_in(
    processes: Processes,
    champion: None,
    alice: User,
    page: Page,  # noqa: F811
    tmp_path: Path,
) -> None:
    polyglots = {
        "a.png": photo("PNG") + SCRIPT,
        "b.html": photo("GIF") + b"<html>" + SCRIPT,
        "c.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=\'ran\'">' + SCRIPT + b"</svg>",
        "<img src=x onerror=document.title='ran'>.png": photo("JPEG"),
    }
    for name, data in polyglots.items():
        (tmp_path / name).write_bytes(data)
    processes.worker("interactive,bulk", "reader")
    sign_in(page)
    page.set_input_files("#pictures", [tmp_path / name for name in polyglots])
    page.get_by_role("button", name="Read them").click()
    page.wait_for_url("**/batches/*/")
    batch = Batch.objects.get()
    wait_until(lambda: Batch.objects.get(pk=batch.pk).is_done)
    assert set(batch.images.values_list("name", "state")) >= {("a.png", "read"), ("c.svg", "failed")}
    page.reload()
    assert "ran" not in page.title()
    alone = page.context.new_page()  # not watched for complaints: Chromium's own frame for pictures breaks the policy
    for image in batch.images.filter(state="read"):
        alone.goto(page.site + reverse("picture", args=[image.pk]))  # type: ignore[attr-defined]
        assert alone.evaluate("document.contentType") in ("image/png", "image/webp")
        assert alone.title() != "ran"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the collection of odd files is not beside this project")
def test_the_whole_collection_in_one_batch_stops_no_worker(
    processes: Processes, champion: None, alice: User, hand_in: HandIn, as_alice: Client
) -> None:
    manifest = json.loads((SHARED / "files/MANIFEST.json").read_text())
    files = [(path.name, path.read_bytes()) for path in sorted((SHARED / "files").iterdir()) if path.name in manifest]
    batch = hand_in(alice, files=files)
    processes.worker("interactive,bulk", "reader")
    wait_until(lambda: Batch.objects.get(pk=batch.pk).is_done, seconds=180)
    assert "WorkerLostError" not in processes.log()
    assert set(batch.images.values_list("attempts", flat=True)) == {1}
    for image in batch.images.all():
        wanted = {"accept": "read", "reject": "failed"}.get(manifest[image.name]["want"], image.state)
        assert image.state == wanted, (image.name, image.error)
        assert image.state == "read" or (image.error.endswith(".") and " " in image.error), image.name
    assert as_alice.get(batch.get_absolute_url()).status_code == 200


def test_a_picture_that_asks_for_too_much_memory_fails_alone(
    processes: Processes, champion: None, alice: User, hand_in: HandIn
) -> None:
    batch = hand_in(alice, files=[("a.png", photo("PNG")), ("greedy.png", photo("PNG") + b"GREEDY")])
    processes.worker("interactive,bulk", "reader", app="tests.slow_worker")
    wait_until(lambda: Batch.objects.get(pk=batch.pk).is_done)
    assert set(batch.images.values_list("name", "state", "attempts")) == {
        ("a.png", "read", 1),
        ("greedy.png", "failed", 1),
    }
