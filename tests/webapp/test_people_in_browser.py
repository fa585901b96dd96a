"""Reviewing, looking back and taking away as a person does it: a real browser, two widths, an eye on accessibility."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from benchmarks.addresses import every_page
from recognizer.learning.mnist import Digits
from tests.conftest import png
from tests.webapp.test_batch import a_prediction
from tests.webapp.test_browser import chromium, fits, page, sign_in  # noqa: F401 (fixtures)
from webapp.models import Batch, Image, Review, User, review_queue
from webapp.notation import Kind

HandIn = Callable[..., Batch]


@pytest.fixture
def doubtful(alice: User, hand_in: HandIn, champion: None, digits: Digits, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Eight pictures read as 7, none surely; nothing is mixed in by lot."""
    monkeypatch.setattr(review_queue, "RANDOM_SHARE", 0)
    monkeypatch.setattr(review_queue, "KNOWN_SHARE", 0)
    batch = hand_in(alice, count=8)
    for place, image in enumerate(batch.images.order_by("pk"), 1):
        prediction = a_prediction(image, place / 10)
        prediction.copy = prediction.glyphs = png(digits.images[place])
        Image.objects.record(Image.objects.claim([image.pk]), [prediction])
    batch.refresh_from_db()
    return batch


# A colour on its way to another is not the one that is read.
SETTLED = """() => Promise.allSettled(
    document.getAnimations().filter(a => a instanceof CSSTransition).map(a => a.finished))"""


def serious(page: Page) -> list[str]:  # noqa: F811
    """What axe-core finds that keeps somebody out."""
    so_far = len(page.complaints)  # type: ignore[attr-defined]
    page.evaluate(SETTLED)
    found = Axe().run(page).response["violations"]
    del page.complaints[so_far:]  # type: ignore[attr-defined]  # axe tries inline styles, which are forbidden here
    return [
        f"{violation['id']}: {node['html']}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def open_page(page: Page, address: str) -> None:  # noqa: F811
    page.goto(page.site + address)  # type: ignore[attr-defined]


def test_a_batch_is_checked_by_keyboard_alone(doubtful: Batch, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, "/review/")
    assert fits(page)
    assert serious(page) == []
    page.get_by_role("button", name="One by one").click()
    expect(page.get_by_role("textbox")).to_have_value("7")
    page.wait_for_load_state()  # for the page's script, which takes the keys
    assert fits(page)
    assert serious(page) == []
    for keys in ("Enter", "1|2|Enter", "b", "x", "3|Enter", "z", "4|Enter", "Enter", "Enter"):
        page.get_by_role("textbox").wait_for()
        for key in keys.split("|"):
            page.keyboard.press(key)
    expect(page.locator("#review-left")).to_have_text("1 to check")
    standing = Image.objects.order_by("pk").exclude(review=None)
    assert [(image.review.verdict, image.review.text) for image in standing.select_related("review")] == [
        ("text", "7"),
        ("text", "12"),
        ("blank", ""),
        ("unreadable", ""),
        ("text", "4"),
        ("text", "7"),
        ("text", "7"),
    ]
    assert set(Review.objects.exclude(verdict="withdrawn").values_list("sampled", flat=True)) == {"doubtful"}
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is doubtful any more.")).to_be_visible()
    assert serious(page) == []


def test_what_is_no_number_stays_where_it_is(doubtful: Batch, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/batches/{doubtful.pk}/review/")
    page.get_by_role("textbox").fill("")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(
        "Type the number you see (digits, spaces and the signs . , - / : + %)"
    )
    assert not Review.objects.exists()


def test_many_of_the_same_are_checked_at_a_glance(doubtful: Batch, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/batches/{doubtful.pk}/review/grid/")
    assert serious(page) == []
    assert fits(page)
    page.locator(".same").nth(2).click()
    page.get_by_role("button", name="All others are 7").click()
    expect(page.get_by_role("textbox")).to_have_value("7")
    assert Review.objects.filter(text="7").count() == 7
    page.wait_for_load_state()  # for the page's script, which takes the keys
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is doubtful any more.")).to_be_visible()
    assert Review.objects.filter(text="1").count() == 1


def test_everyone_can_use_every_page(doubtful: Batch, page: Page) -> None:  # noqa: F811
    User.objects.update(is_staff=True, is_superuser=True)
    sign_in(page)
    for name, address in every_page(doubtful):
        if name != "not-found":  # which the browser itself complains of
            open_page(page, address)
            assert serious(page) == [], address
            assert fits(page), address


# How far each hint lies below its own field, and above what follows.
DISTANCES = """hints => hints.map(hint => {
    const [own, hinted, next] = [hint.previousElementSibling.querySelector("input"), hint, hint.nextElementSibling]
        .map(element => element.getBoundingClientRect());
    return [hinted.top - own.bottom, next.top - hinted.bottom];
})"""


@pytest.mark.parametrize("address", ["/account/", "/password/"])
def test_a_hint_stands_nearer_to_its_own_field_than_to_the_next(
    alice: User,
    page: Page,  # noqa: F811
    address: str,
) -> None:
    sign_in(page)
    open_page(page, address)
    distances = page.locator("label:not(:has([type=checkbox])) + small").evaluate_all(DISTANCES)
    assert distances
    assert [(own, other) for own, other in distances if own >= other] == []
    assert fits(page)


# What can be chosen or is proposed in a field that is too narrow to show it.
CUT = """() => {
    const pen = document.createElement("canvas").getContext("2d"), cut = [];
    for (const field of document.querySelectorAll("main :is(select, input[placeholder])")) {
        const style = getComputedStyle(field);
        const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        pen.font = style.font;
        for (const text of field.options ? [...field.options].map(option => option.text) : [field.placeholder])
            if (field.offsetWidth && pen.measureText(text).width > room + 1) cut.push(`${field.name}: ${text}`);
    }
    return cut;
}"""


@pytest.mark.parametrize("language", ["English", "Deutsch"])
def test_what_is_chosen_can_be_read(doubtful: Batch, page: Page, language: str) -> None:  # noqa: F811
    sign_in(page)
    page.get_by_role("button", name=language).click()
    for address in (doubtful.get_absolute_url(), "/history/?tab=pictures"):
        open_page(page, address)
        assert page.evaluate(CUT) == [], address
    open_page(page, f"/batches/{doubtful.pk}/settings/")
    kind = page.locator("select[name=kind]")
    for value in Kind.values:
        kind.select_option(value)
        assert page.evaluate(CUT) == [], value
