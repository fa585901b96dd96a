"""The main journey as a person makes it: a real browser, the real site, a real worker."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from benchmarks.chromium import EXECUTABLE, launched
from recognizer.learning.mnist import Digits
from tests.conftest import Processes, png
from tests.webapp.test_batch import a_prediction
from webapp.models import Batch, Image, Review, User


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not EXECUTABLE:
        assert not os.environ.get("CI"), "CI must run the browser tests: install Chromium, or name it in CHROMIUM"
        pytest.skip("no Chromium on this machine: install one, or name it in CHROMIUM")
    expect.set_options(timeout=90_000)  # a reader that starts meanwhile may have to share a busy machine
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, 900, "light"), (360, 740, "dark")], ids=["wide", "narrow"])
def page(request: pytest.FixtureRequest, chromium: Browser, live_server: object) -> Iterator[Page]:
    """A page of either width; it fails the test where the console shows an error."""
    width, height, scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.set_default_timeout(90_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.site, page.complaints = live_server.url, complaints  # type: ignore[attr-defined]
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def pictures(tmp_path: Path, digits: Digits) -> list[Path]:
    """Twenty digits as PNG files, their labels in their names; among the first of them is one that is unclear."""
    twenty = digits[20:40]
    paths = [tmp_path / f"{i:02}-is-{label}.png" for i, label in enumerate(twenty.labels)]
    for path, image in zip(paths, twenty.images, strict=True):
        cv2.imwrite(str(path), image)
    return paths


def sign_in(page: Page, script: bool = True) -> None:
    page.goto(page.site)  # type: ignore[attr-defined]
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Hand in your pictures")).to_be_visible()
    # The page's script shows this button once it is there to take what is dropped.
    expect(page.get_by_role("button", name="Choose a folder")).to_be_visible(visible=script)


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_sign_in_hand_in_twenty_pictures_and_see_twenty_answers(
    processes: Processes, champion: None, alice: User, page: Page, pictures: list[Path]
) -> None:
    processes.worker("interactive,bulk", "reader")
    sign_in(page)
    assert fits(page)
    page.get_by_label("Name of this batch").fill("Meter readings")
    page.locator("#pictures").set_input_files(pictures)
    page.get_by_role("button", name="Read them").click()
    expect(page.get_by_role("heading", name="Meter readings")).to_be_visible()
    expect(page.get_by_text("Done.")).to_be_visible()
    answers = page.locator(".card .answer .digits")
    expect(answers).to_have_count(20)
    right = sum(a == p.stem[-1] for a, p in zip(answers.all_inner_texts(), pictures, strict=True))
    assert right >= 18
    assert fits(page)

    first = page.locator(".card").first
    first.get_by_role("textbox").fill("42")
    first.get_by_role("button", name="Correct").click()
    expect(page.locator(".card").first.locator(".answer .digits")).to_have_text("42")
    assert Review.objects.get().reviewer == alice

    page.locator(".card .picture").first.click()
    expect(page.get_by_role("heading", name="What the model saw")).to_be_visible()
    assert page.locator("img.large").evaluate("image => image.complete && image.naturalWidth") == 28
    assert fits(page)
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("cell", name="Done")).to_be_visible()
    assert fits(page)


def test_the_dial_moves_the_counts_at_once_and_is_kept(
    alice: User, page: Page, hand_in: Callable[..., Batch], champion: None, digits: Digits
) -> None:
    batch = hand_in(alice, count=3)
    for image, confidence in zip(batch.images.order_by("pk"), (0.999, 0.98, 0.6), strict=True):
        said = a_prediction(image, confidence)
        said.copy = png(digits.images[0])
        Image.objects.record(Image.objects.claim([image.pk]), [said])
    sign_in(page)
    page.goto(f"{page.site}{batch.get_absolute_url()}")  # type: ignore[attr-defined]
    dial, accepted = page.get_by_role("slider", name="Expected precision"), page.locator("[data-part=accepted]")
    expect(accepted).to_have_text("1")
    dial.evaluate("dial => { dial.value--; dial.dispatchEvent(new Event('input', {bubbles: true})); }")
    expect(accepted).to_have_text("2")  # while it moves, nothing has been asked of the site
    batch.refresh_from_db()
    assert batch.precision == 0.99
    dial.press("Home")
    dial.press("End")
    expect(page.locator(".counts")).to_contain_text("0 accepted")
    expect(page.locator(".counts")).to_contain_text("3 to check")
    batch.refresh_from_db()
    assert batch.precision == 1.0
    assert fits(page)


def test_files_dropped_on_the_page_are_handed_in(alice: User, page: Page, pictures: list[Path]) -> None:
    sign_in(page)
    page.evaluate("""() => {
        const bag = new DataTransfer();
        for (const name of ["a.png", "Thumbs.db", "b.png"]) bag.items.add(new File(["x"], name));
        document.querySelector(".dropzone").dispatchEvent(
            new DragEvent("drop", {dataTransfer: bag, bubbles: true, cancelable: true}));
    }""")
    page.wait_for_url("**/batches/*/")
    assert sorted(Batch.objects.get().images.values_list("name", flat=True)) == ["a.png", "b.png"]


def test_more_than_one_request_full_arrives_whole(alice: User, page: Page, tmp_path: Path) -> None:
    sign_in(page)
    paths = [tmp_path / f"{i}.png" for i in range(120)]
    for path in paths:
        path.write_bytes(b"x")
    page.locator("#pictures").set_input_files(paths)
    page.get_by_role("button", name="Read them").click()
    page.wait_for_url("**/batches/*/")
    batch = Batch.objects.get()
    assert (batch.image_count, batch.sealed) == (120, True)


def test_an_upload_with_nothing_in_it_says_so(alice: User, page: Page) -> None:
    sign_in(page)
    page.get_by_role("button", name="Read them").click()
    expect(page.get_by_role("alert")).to_have_text("Choose at least one picture first.")


def test_a_drawing_is_read_when_the_pen_lifts(processes: Processes, champion: None, alice: User, page: Page) -> None:
    processes.worker("interactive,bulk", "reader")
    sign_in(page)
    held: list[Route] = []
    page.route("**/draw.js", lambda route: held.append(route))
    with page.expect_request("**/draw.js"):
        page.get_by_role("link", name="Draw", exact=True).click()
    expect(page.locator("#pad")).to_be_attached()
    expect(page.locator("#pad")).to_be_hidden()  # what is drawn before the script is there would be lost
    held[0].continue_()
    expect(page.locator("#pad")).to_be_visible()
    pad = page.locator("#pad").bounding_box()
    assert pad
    middle = pad["x"] + pad["width"] / 2
    page.mouse.move(middle, pad["y"] + 50)
    page.mouse.down()
    page.mouse.move(middle, pad["y"] + 200, steps=10)
    page.mouse.up()
    expect(page.locator("#drawn .digits")).to_have_text("1")
    assert fits(page)


def test_the_plain_form_works_without_javascript(
    processes: Processes, champion: None, alice: User, chromium: Browser, live_server: object, pictures: list[Path]
) -> None:
    processes.worker("interactive,bulk", "reader")
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.site = live_server.url  # type: ignore[attr-defined]
    sign_in(page, script=False)
    page.locator("#pictures").set_input_files(pictures)
    page.get_by_role("button", name="Read them").click()
    expect(page.get_by_text("Done.")).to_be_visible()  # the page asks again by itself
    expect(page.locator(".card .answer .digits")).to_have_count(20)


def test_a_table_of_earlier_values_is_handed_in_with_pictures_and_seen_where_one_checks(
    processes: Processes, champion: None, alice: User, page: Page, pictures: list[Path], tmp_path: Path
) -> None:
    processes.worker("interactive,bulk", "reader")
    table = tmp_path / "earlier.csv"
    table.write_text(f"{pictures[0].name};1000\ngone.png;7\n")
    sign_in(page)
    page.locator("#pictures").set_input_files([*pictures[:2], table])
    page.get_by_role("button", name="Read them").click()
    expect(page.get_by_text("1 earlier value has a name that no picture has: gone.png.")).to_be_visible()
    page.get_by_role("button", name="Rules, sharing, name").click()
    page.get_by_label("May fall by at most").fill("0")
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_text("is below the earlier 1,000.")).to_be_visible()
    assert fits(page)
    page.goto(f"{page.url}review/")
    expect(page.locator("#review").get_by_text("Earlier value: 1000")).to_be_visible()
    assert fits(page)
