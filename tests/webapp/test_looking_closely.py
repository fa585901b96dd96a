"""Looking closely at a picture: its doubtful marks, its large copy, and what is shown of a page full of numbers."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from recognizer.files import DISPLAY_SIDE, decode
from recognizer.learning.mnist import Digits
from tests.conftest import Processes, png, wait_until
from tests.recognizer.readings import read_as as hand_made
from tests.webapp.test_batch import a_prediction
from tests.webapp.test_browser import chromium, fits, page, sign_in  # noqa: F401 (fixtures)
from tests.webapp.test_people_in_browser import open_page, serious
from webapp.models import Batch, Image, Prediction, User
from webapp.models.prediction import COPY_SIDE
from webapp.symbols import SIGNS
from worker.tasks.enlarge import enlarge

HandIn = Callable[..., Batch]
LINES, A_LINE = 15, 20


def read_as(text: str, *sureness: float, confidence: float = 0.5) -> Prediction:
    rest = [[(1 - p) / 9] * 9 for p in sureness]
    found = [
        {"box": [40 * i, 20, 30, 60], "digit": 7, "probabilities": [*others[:7], p, *others[7:]]}
        for i, (p, others) in enumerate(zip(sureness, rest, strict=True))
    ]
    return Prediction(text=text, digits=found, confidence=confidence, outcome="read" if text else "unclear")


@pytest.mark.parametrize(
    ("sureness", "least", "doubtful"),
    [
        ((0.999, 0.6, 0.98, 0.4), 0.95, {1, 3}),
        ((0.98, 0.97, 0.99), 0.96, {1}),  # only all together are not sure enough
        ((0.999, 0.6, 0.98), 2.0, {1, 2}),  # the dial accepts nothing
        ((), 0.95, set()),
    ],
)
def test_the_least_sure_marks_are_the_doubtful_ones(
    sureness: tuple[float, ...], least: float, doubtful: set[int]
) -> None:
    assert read_as("7" * len(sureness), *sureness).doubtful_places(least) == doubtful


def test_no_mark_of_an_accepted_answer_is_doubtful() -> None:
    assert read_as("77", 0.97, 0.99, confidence=0.96).doubtful_places(0.95) == set()


def test_what_the_model_saw_is_parted_as_the_text_is() -> None:
    said = read_as("77 7\n" + "7" * 12, *[0.9] * 15)
    pieces = [[(piece.first, piece.count) for piece in line] for line in said.strip(0.5)]
    assert pieces == [[(0, 2), (2, 1)], [(3, 10), (13, 2)]]
    assert [[(p.first, p.count) for p in line] for line in read_as("", 0.4, 0.4).strip(0.5)] == [[(0, 2)]]


def with_signs(text: str, confidence: float = 0.5, **sure: float) -> Prediction:
    reading = hand_made(text, confidence, **sure)
    found = [
        {"box": m.box, "symbol": m.symbol, "digit": m.digit, "probabilities": m.probabilities} for m in reading.marks
    ]
    lines = [line.as_json() for line in reading.lines]
    return Prediction(text=text, digits=found, lines=lines, confidence=confidence, outcome="read")


def test_signs_are_marks_like_digits() -> None:
    said = with_signs("-1,5 7\n3/4")
    assert [[(piece.first, piece.count) for piece in line] for line in said.strip(0.9)] == [[(0, 4), (4, 1)], [(5, 3)]]
    assert [row["top"][0][0] for row in said.top_three] == list("-1,573/4")
    assert said.symbols == "-1,573/4"
    said.digits[2]["probabilities"] = (0.3,) * 17
    assert said.doubtful_places(0.8) == {2}


def test_what_was_read_before_there_were_signs_looks_as_ever() -> None:
    said = read_as("77", 0.9, 0.8)
    assert said.symbols == "77"
    assert [row["top"][0][0] for row in said.top_three] == ["7", "7"]
    assert said.numbers(0.9) == []


def test_several_numbers_are_told_one_by_one_and_the_doubtful_ones_stand_out() -> None:
    said = with_signs("12,5 7\n-3", **{"12,5": 0.62, "7": 0.999, "-3": 0.95})
    told = [[(number.text, number.percent, number.doubtful) for number in line] for line in said.numbers(0.97)]
    assert told == [[("12,5", 62, True), ("7", 99, False)], [("-3", 95, True)]]
    only_together = with_signs("1 2", 0.5, **{"1": 0.7, "2": 0.72}).numbers(0.6)
    assert [number.doubtful for number in only_together[0]] == [True, False]
    accepted = with_signs("1 2", 0.99, **{"1": 0.7}).numbers(0.9)
    assert [number.doubtful for number in accepted[0]] == [False, False]


def test_a_single_number_is_as_sure_as_its_picture_and_not_told_twice() -> None:
    assert with_signs("-12,5").numbers(0.9) == []


def test_the_site_knows_how_large_a_copy_is() -> None:
    assert COPY_SIDE == DISPLAY_SIDE


# --- The large copy --------------------------------------------------------------------------------------------------


def photo(side: int) -> bytes:
    return png(np.random.default_rng(1).normal(128, 30, (side // 2, side)).clip(0, 255).astype(np.uint8))


@pytest.fixture
def large_image(alice: User, hand_in: HandIn, champion: None) -> Image:
    image = hand_in(alice, files=[("sheet.png", photo(1200))]).images.get()
    said = a_prediction(image)
    said.width, said.height = 1200, 600
    Image.objects.record(Image.objects.claim([image.pk]), [said])
    image.refresh_from_db()
    return image


@pytest.mark.django_db
def test_the_large_copy_is_made_when_it_is_asked_for_and_goes_with_its_picture(
    as_alice: Client, large_image: Image
) -> None:
    address = reverse("large-picture", args=[large_image.pk])
    assert as_alice.get(address, headers={"X-Requested-With": "fetch"}).status_code == 202
    waiting = as_alice.get(address)
    assert (waiting.status_code, 'http-equiv="refresh"' in waiting.content.decode()) == (202, True)
    enlarge([large_image.pk])
    answer = as_alice.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert set(answer["Content-Security-Policy"].split("; ")) == {"default-src 'none'", "sandbox"}
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    copy = decode(b"".join(answer))
    assert (copy.width, copy.height) == (1200, 600)


@pytest.mark.django_db(transaction=True)
def test_the_large_copy_goes_with_its_picture(large_image: Image) -> None:
    enlarge([large_image.pk])
    assert default_storage.exists(large_image.large_key)
    large_image.batch.delete()
    assert not default_storage.exists(large_image.large_key)
    enlarge([large_image.pk])
    assert not default_storage.exists(large_image.large_key)


@pytest.mark.django_db
def test_a_small_picture_has_no_other_copy(as_alice: Client, large_image: Image, digits: Digits) -> None:
    Prediction.objects.update(width=28, height=28, copy=png(digits.images[0]))
    answer = as_alice.get(reverse("large-picture", args=[large_image.pk]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")


# --- In a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture
def sheet(alice: User, hand_in: HandIn, champion: None, digits: Digits) -> Image:
    """A sheet of three hundred digits on fifteen lines, two of them doubtful."""
    pixels = np.full((LINES * 60, A_LINE * 60), 255, np.uint8)
    found = []
    for place in range(LINES * A_LINE):
        x, y = 60 * (place % A_LINE) + 16, 60 * (place // A_LINE) + 16
        pixels[y : y + 28, x : x + 28] = 255 - digits.images[place]
        label, sure = int(digits.labels[place]), 0.5 if place in (25, 290) else 0.999
        found.append({"box": [x, y, 28, 28], "digit": label, "probabilities": [(1 - sure) / 9] * 10})
        found[-1]["probabilities"][label] = sure
    image = hand_in(alice, files=[("sheet.png", png(pixels))]).images.get()
    said = a_prediction(image, 0.4)
    said.width, said.height, said.digits = pixels.shape[1], pixels.shape[0], found
    rows = digits.labels[: LINES * A_LINE].reshape(LINES, A_LINE)
    said.text = "\n".join(" ".join("".join(map(str, row[i : i + 5])) for i in range(0, A_LINE, 5)) for row in rows)
    words = [line.split() for line in said.text.split("\n")]
    said.lines = [[{"text": word, "box": [0, 0, 1, 1], "confidence": 0.995} for word in line] for line in words]
    said.lines[1][1]["confidence"] = 0.5
    said.glyphs = png(np.hstack(list(digits.images[: LINES * A_LINE])))
    said.copy = png(cv2.resize(pixels, (640, 480), interpolation=cv2.INTER_AREA))
    Image.objects.record(Image.objects.claim([image.pk]), [said])
    image.refresh_from_db()
    return image


def scale(page: Page) -> float:  # noqa: F811
    """How many times as large as at first the picture is."""
    return page.locator(".moved").first.evaluate("node => new DOMMatrix(getComputedStyle(node).transform).a")


def test_a_page_of_numbers_lies_beside_its_picture_with_its_lines(sheet: Image, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/batches/{sheet.batch_id}/review/")
    field, picture = page.get_by_role("textbox").bounding_box(), page.locator(".boxed").bounding_box()
    assert field
    assert picture
    assert page.get_by_role("textbox").input_value() == sheet.prediction.text
    assert page.get_by_role("textbox").evaluate("field => field.scrollHeight <= field.clientHeight + 2"), "all is seen"
    assert fits(page)
    assert serious(page) == []
    if page.viewport_size["width"] > 1000:  # type: ignore[index]
        assert field["x"] >= picture["x"] + picture["width"]
        assert abs(field["y"] - picture["y"]) < 20
    pieces = [box for piece in page.locator(".strip svg:not(.defined)").all() if (box := piece.bounding_box())]
    assert len(pieces) == LINES * 4
    assert max(box["x"] + box["width"] for box in pieces) <= page.viewport_size["width"]  # type: ignore[index]


def test_sixty_numbers_of_a_page_scroll_in_a_frame_of_their_own(sheet: Image, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/images/{sheet.pk}/")
    numbers = page.get_by_role("group", name="Each number")
    box = numbers.bounding_box()
    assert box
    assert box["height"] < 300
    assert numbers.evaluate("node => node.scrollHeight > node.clientHeight")
    assert numbers.evaluate("node => node.scrollWidth <= node.clientWidth")
    expect(numbers.get_by_role("img", name="to check")).to_have_count(1)
    expect(numbers.locator("li.doubtful")).to_contain_text(sheet.prediction.lines[1][1]["text"])
    expect(numbers.locator("li.doubtful")).to_contain_text("50 %")
    assert fits(page)
    assert serious(page) == []


def test_a_sign_that_is_typed_beside_the_field_goes_into_it(sheet: Image, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/batches/{sheet.batch_id}/review/")
    page.wait_for_load_state()
    field = page.get_by_role("textbox")
    for sign in SIGNS:
        field.evaluate("field => field.blur()")
        page.keyboard.type(sign)
        expect(field).to_have_value(sign)
    page.locator("[data-closely]").focus()
    page.keyboard.type("+")  # zooms there
    expect(field).to_have_value("%")
    assert scale(page) > 1


def test_enter_sends_a_correction_of_many_lines_and_with_shift_begins_a_new_one(sheet: Image, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, sheet.batch_url)
    page.wait_for_load_state()
    page.locator(".card textarea").fill("12")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("34")
    page.keyboard.press("Enter")
    expect(page.locator(".counts")).to_contain_text("1 checked by a person")
    sheet.refresh_from_db()
    assert sheet.answer == "12\n34"


@pytest.mark.parametrize("where", ["review", "picture"])
def test_a_picture_is_zoomed_and_moved_by_wheel_keys_and_buttons(sheet: Image, page: Page, where: str) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/batches/{sheet.batch_id}/review/" if where == "review" else f"/images/{sheet.pk}/")
    page.route("**/large", lambda route: route.fulfill(status=202))
    page.wait_for_load_state()
    frame = page.locator(".boxed")
    frame.hover()
    page.mouse.wheel(0, -400)
    wait_until(lambda: scale(page) > 1.5)
    page.mouse.wheel(0, 4000)
    wait_until(lambda: scale(page) == 1)
    page.get_by_role("button", name="Zoom in").click()
    assert scale(page) == 1.5
    page.get_by_role("button", name="All of it").click()
    assert scale(page) == 1
    frame.focus()
    page.keyboard.press("+")
    page.keyboard.press("i")
    assert scale(page) == pytest.approx(2.25)
    before = page.locator(".moved").bounding_box()
    page.keyboard.press("ArrowRight")
    after = page.locator(".moved").bounding_box()
    assert before
    assert after
    assert after["x"] < before["x"]
    page.keyboard.press("f")
    assert scale(page) == 1


def test_a_key_goes_from_one_doubtful_mark_to_the_next(sheet: Image, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/batches/{sheet.batch_id}/review/")
    page.route("**/large", lambda route: route.fulfill(status=202))
    page.wait_for_load_state()
    frame, marks = page.locator(".boxed").bounding_box(), page.locator(".moved rect.doubtful")
    assert frame
    expect(marks).to_have_count(2)
    expect(page.locator(".moved rect:not(.doubtful)").first).to_be_hidden()
    for place in (0, 1):
        page.keyboard.press("d")  # from the field, which takes no letters
        expect(marks.nth(place)).to_have_class("doubtful now")
        box = marks.nth(place).bounding_box()
        assert box
        assert frame["x"] < box["x"] + box["width"] / 2 < frame["x"] + frame["width"]
        assert frame["y"] < box["y"] + box["height"] / 2 < frame["y"] + frame["height"]
        assert box["width"] > 40
    page.keyboard.press("d")
    assert scale(page) == 1
    assert page.get_by_role("textbox").input_value() == sheet.prediction.text


def test_two_fingers_zoom(sheet: Image, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/images/{sheet.pk}/")
    page.route("**/large", lambda route: route.fulfill(status=202))
    page.wait_for_load_state()
    box = page.locator(".boxed").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 40), *(("touchMove", 40 + 8 * i) for i in range(1, 11))):
        points = [{"x": x - apart / 2, "y": y, "id": 0}, {"x": x + apart / 2, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_until(lambda: scale(page) == pytest.approx(3, rel=0.05))
    assert page.evaluate("visualViewport.scale") == 1, "the page itself stays as it is"


def test_zoomed_in_the_large_copy_takes_the_small_one_s_place(
    processes: Processes,
    sheet: Image,
    page: Page,  # noqa: F811
) -> None:
    processes.worker("interactive,bulk", "reader")
    sign_in(page)
    open_page(page, f"/images/{sheet.pk}/")
    page.wait_for_load_state()
    picture = page.locator("img.large")
    assert picture.evaluate("image => image.naturalWidth") == 640
    page.get_by_role("button", name="Zoom in").click()
    wait_until(lambda: picture.evaluate("image => image.complete && image.naturalWidth") == 1200)
