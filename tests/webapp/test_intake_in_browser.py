"""Handing in as a person does it, from the first press to the last photo: a real browser, two widths, axe-core."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recognizer.learning.mnist import Digits
from tests.conftest import png, wait_until
from tests.webapp.test_browser import chromium, fits, page, sign_in  # noqa: F401 (fixtures)
from tests.webapp.test_people_in_browser import open_page, serious
from webapp.models import Batch, Image, User
from webapp.models.hints import Hints
from worker.tasks.unpack import unpack_upload

HandIn = Callable[..., Batch]


@pytest.fixture
def shots(tmp_path: Path, digits: Digits) -> list[Path]:
    """Four pictures in a folder, named as cameras do; the last is the tenth."""
    folder = tmp_path / "Cellar, May"
    folder.mkdir()
    paths = [folder / f"IMG_{n}.png" for n in (1, 2, 3, 10)]
    for path, image in zip(paths, digits.images, strict=False):
        path.write_bytes(png(image))
    return paths


@pytest.fixture
def archive(tmp_path: Path, shots: list[Path]) -> Path:
    path = tmp_path / "Readings June.zip"
    with zipfile.ZipFile(path, "w") as bag:
        for shot in shots:
            bag.write(shot, shot.name)
    return path


def look(page: Page) -> None:  # noqa: F811
    assert fits(page)
    assert serious(page) == []


def read_them(page: Page) -> None:  # noqa: F811
    page.get_by_role("button", name="Read them").click()


def names(batch: Batch) -> list[str]:
    return list(batch.images.order_by("index").values_list("name", flat=True))


# --- What the page says ----------------------------------------------------------------------------------------------


def test_the_heading_counts_what_has_been_unpacked_since(
    alice: User,
    hand_in: HandIn,
    page: Page,  # noqa: F811
    archive: Path,
) -> None:
    batch = hand_in(alice, files=[(archive.name, archive.read_bytes())])
    sign_in(page)
    open_page(page, batch.get_absolute_url())
    expect(page.locator("#batch-facts")).to_contain_text("0 pictures")
    unpack_upload([batch.uploads.get().pk])
    expect(page.locator("#batch-facts")).to_contain_text("4 pictures")
    for pk in batch.images.values_list("pk", flat=True):
        Image.objects.fail(Image.objects.claim([pk]), [pk], "empty")
    expect(page.get_by_text("Done.")).to_be_visible()
    expect(page.locator("#batch-facts")).to_have_count(1)
    look(page)


def test_a_complaint_goes_as_soon_as_it_is_answered(alice: User, page: Page, shots: list[Path]) -> None:  # noqa: F811
    sign_in(page)
    read_them(page)
    expect(page.get_by_role("alert")).to_have_text("Choose at least one picture first.")
    page.locator("#pictures").set_input_files(shots)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_complaint_of_the_site_s_own_goes_too(alice: User, page: Page, shots: list[Path]) -> None:  # noqa: F811
    sign_in(page)
    so_far = len(page.complaints)  # type: ignore[attr-defined]
    page.evaluate("HTMLFormElement.prototype.submit.call(document.getElementById('hand-in'))")
    complaint = page.locator("#hand-in-errors [role=alert]")
    expect(complaint).to_have_text("Choose at least one picture first.")
    del page.complaints[so_far:]  # type: ignore[attr-defined]  # of the status that the answer has
    page.locator("#pictures").set_input_files(shots)
    expect(complaint).to_have_count(0)


# --- The same once more ----------------------------------------------------------------------------------------------


def test_going_back_and_pressing_again_leads_to_the_batch_that_is_there(
    alice: User,
    page: Page,  # noqa: F811
    shots: list[Path],
) -> None:
    sign_in(page)
    page.get_by_label("Name of this batch").fill("Cellar")
    page.locator("#pictures").set_input_files(shots)
    read_them(page)
    page.wait_for_url("**/batches/*/")
    first = Batch.objects.get()
    page.go_back()
    expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()
    page.locator("#pictures").set_input_files(shots)
    read_them(page)
    notice = page.locator("#handed-in")
    expect(notice).to_contain_text("These files were handed in on")
    expect(notice).to_contain_text("as “Cellar”")
    look(page)
    assert Batch.objects.count() == 1
    notice.get_by_role("button", name="See that batch").click()
    page.wait_for_url(f"**{first.get_absolute_url()}")
    page.go_back()
    page.locator("#pictures").set_input_files(shots)
    read_them(page)
    notice.get_by_role("button", name="Hand in again all the same").click()
    page.wait_for_url(f"**/batches/{first.pk + 1}/")
    expect(page.get_by_text("All of these 4 pictures are also in Cellar")).to_be_visible()
    assert Batch.objects.get(pk=first.pk + 1).image_count == 4
    look(page)


# --- Names and order -------------------------------------------------------------------------------------------------


def test_a_folder_gives_the_batch_its_name_and_counts_as_people_do(
    alice: User,
    page: Page,  # noqa: F811
    shots: list[Path],
) -> None:
    sign_in(page)
    page.locator("#folder").set_input_files(shots[0].parent)
    page.wait_for_url("**/batches/*/")
    batch = Batch.objects.get()
    assert batch.name == "Cellar, May"
    assert names(batch) == ["IMG_1.png", "IMG_2.png", "IMG_3.png", "IMG_10.png"]


def test_an_archive_gives_the_batch_its_name(alice: User, page: Page, archive: Path) -> None:  # noqa: F811
    sign_in(page)
    page.locator("#pictures").set_input_files(archive)
    read_them(page)
    expect(page.get_by_role("heading", name="Readings June")).to_be_visible()


# --- More for a batch that is there ----------------------------------------------------------------------------------


def test_pictures_are_added_from_the_batch_s_own_page(
    alice: User,
    hand_in: HandIn,
    page: Page,  # noqa: F811
    shots: list[Path],
) -> None:
    batch = hand_in(alice, count=1)
    sign_in(page)
    open_page(page, batch.get_absolute_url())
    expect(page.locator("#pictures")).to_be_hidden()
    page.get_by_text("Add pictures").click()
    look(page)
    page.locator("#pictures").set_input_files(shots)
    with page.expect_navigation():
        read_them(page)
    expect(page.locator(".card")).to_have_count(5)
    batch.refresh_from_db()
    assert names(batch)[1:] == [path.name for path in shots]
    assert (batch.sealed, batch.missing_count) == (True, 0)
    page.get_by_text("Add pictures").click()
    page.locator("#pictures").set_input_files(shots)
    read_them(page)
    expect(page.locator("#handed-in")).to_contain_text("These files were added to this batch on")
    assert batch.images.count() == 5


def test_what_is_dropped_on_a_batch_s_page_is_added(alice: User, hand_in: HandIn, page: Page) -> None:  # noqa: F811
    batch = hand_in(alice, count=1)
    sign_in(page)
    open_page(page, batch.get_absolute_url())
    page.wait_for_load_state()
    page.evaluate("""() => {
        const bag = new DataTransfer();
        for (const name of ["b10.png", "Thumbs.db", "b9.png"]) bag.items.add(new File(["x"], name));
        const event = (kind) => new DragEvent(kind, {dataTransfer: bag, bubbles: true, cancelable: true});
        for (const kind of ["dragenter", "drop"]) document.querySelector("#live").dispatchEvent(event(kind));
    }""")
    expect(page.locator(".card")).to_have_count(3)
    assert names(batch)[1:] == ["b9.png", "b10.png"]


# --- What is known of the numbers ------------------------------------------------------------------------------------


def say_what_is_known(page: Page) -> None:  # noqa: F811
    page.get_by_text("What you know about the numbers").click()
    expect(page.get_by_label(". point")).to_be_hidden()
    page.get_by_label("only these:").check()
    page.get_by_label(". point").check()
    page.get_by_label(", comma").check()
    page.get_by_label("Digits in each number").fill("5")


def test_what_is_known_goes_up_with_the_files(alice: User, page: Page, shots: list[Path]) -> None:  # noqa: F811
    sign_in(page)
    say_what_is_known(page)
    look(page)
    page.locator("#pictures").set_input_files(shots)
    read_them(page)
    expect(page.get_by_text("no signs but “. ,”, 5 digits in each number.")).to_be_visible()
    batch = Batch.objects.get()
    assert (batch.known, batch.image_count) == (Hints(signs=".,", digits=5), 4)
    page.goto(f"{page.url}settings/")
    expect(page.get_by_label(", comma")).to_be_checked()
    look(page)


def test_what_cannot_be_known_is_said_before_anything_is_sent(
    alice: User,
    page: Page,  # noqa: F811
    shots: list[Path],
) -> None:
    sign_in(page)
    say_what_is_known(page)
    for sign in (". point", ", comma"):
        page.get_by_label(sign).uncheck()
    page.locator("#folder").set_input_files(shots[0].parent)
    expect(page.get_by_text("Tick the signs that occur, or say that only digits do.")).to_be_visible()
    assert not Batch.objects.exists()
    page.complaints.clear()  # type: ignore[attr-defined]  # the browser tells of the refusal, too


def test_what_is_known_goes_up_with_the_first_photo(alice: User, page: Page, shots: list[Path]) -> None:  # noqa: F811
    sign_in(page)
    say_what_is_known(page)
    page.locator("#camera").set_input_files(shots[0])
    expect(page.locator("#photos [role=status]")).to_have_text("One picture in this batch")
    assert Batch.objects.get().known == Hints(signs=".,", digits=5)


# --- Photo after photo -----------------------------------------------------------------------------------------------


def test_photo_after_photo_goes_into_one_batch(alice: User, page: Page, shots: list[Path]) -> None:  # noqa: F811
    sign_in(page)
    page.get_by_label("Name of this batch").fill("Cellar")
    camera, said = page.locator("#camera"), page.locator("#photos [role=status]")
    camera.set_input_files(shots[0])
    expect(said).to_have_text("One picture in this batch")
    expect(page.get_by_role("img", name="The last photo")).to_be_visible()
    look(page)
    camera.set_input_files(shots[1])
    expect(said).to_have_text("2 pictures in this batch")
    camera.set_input_files(shots[1])  # the same again: a camera may give each photo one name
    expect(said).to_have_text("3 pictures in this batch")
    page.get_by_role("button", name="Remove the last one").click()
    expect(said).to_have_text("2 pictures in this batch")
    page.reload()  # as phones do while the camera is open
    expect(page.get_by_role("heading", name="Cellar")).to_be_visible()
    expect(said).to_have_text("2 pictures in this batch")
    look(page)
    camera.set_input_files(shots[2])
    expect(said).to_have_text("3 pictures in this batch")
    expect(page.locator(".card")).to_have_count(3)
    page.get_by_role("button", name="Done").click()
    page.wait_for_url("**/batches/*/")
    batch = Batch.objects.get()
    assert names(batch) == ["IMG_1.png", "IMG_2.png", "IMG_3.png"]
    assert (batch.name, batch.sealed, batch.expected, batch.missing_count) == ("Cellar", True, 3, 0)


def test_a_photo_is_taken_out_before_it_was_sent(alice: User, page: Page, shots: list[Path]) -> None:  # noqa: F811
    sign_in(page)
    held: list[object] = []
    page.route("**/images/", lambda route: held.append(route) if not held else route.continue_())
    page.locator("#camera").set_input_files(shots[0])
    wait_until(lambda: held or page.wait_for_timeout(20))
    page.locator("#camera").set_input_files(shots[1])
    expect(page.locator("#photos [role=status]")).to_have_text("No picture in this batch, 2 still to be sent")
    page.get_by_role("button", name="Remove the last one").click()
    expect(page.locator("#photos [role=status]")).to_have_text("No picture in this batch, 1 still to be sent")
    held[0].continue_()  # type: ignore[attr-defined]
    expect(page.locator("#photos [role=status]")).to_have_text("One picture in this batch")
    page.get_by_role("button", name="Done").click()
    page.wait_for_url("**/batches/*/")
    assert names(Batch.objects.get()) == ["IMG_1.png"]


def test_a_photo_that_was_refused_is_sent_with_the_next(alice: User, page: Page, shots: list[Path]) -> None:  # noqa: F811
    sign_in(page)
    refused = {"error": "Your pictures take up 20 GB of your 20 GB."}
    page.route("**/images/", lambda route: route.fulfill(status=409, json=refused), times=1)
    page.locator("#camera").set_input_files(shots[0])
    expect(page.locator("#upload-error")).to_have_text(refused["error"])
    page.complaints.clear()  # type: ignore[attr-defined]  # of the status
    page.locator("#camera").set_input_files(shots[1])
    expect(page.locator("#photos [role=status]")).to_have_text("2 pictures in this batch")
    expect(page.locator("#upload-error")).to_be_hidden()
    assert sorted(names(Batch.objects.get())) == ["IMG_1.png", "IMG_2.png"]
