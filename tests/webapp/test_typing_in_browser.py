"""Typing answers as people do: every sign, what is typed for one, and something else than a number."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.webapp.test_browser import chromium, fits, page, sign_in  # noqa: F401 (fixtures)
from tests.webapp.test_people_in_browser import doubtful, open_page, serious  # noqa: F401 (fixtures)
from webapp.models import Batch, Image, Review
from webapp.symbols import ALPHABET

HandIn = Callable[..., Batch]


@pytest.fixture
def sevens(doubtful: Batch) -> Batch:  # noqa: F811
    return doubtful


def review(page: Page, batch: Batch) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, f"/batches/{batch.pk}/review/")
    expect(page.get_by_role("textbox")).to_have_value("7")
    page.wait_for_load_state()  # for the page's script, which takes the keys


def press(page: Page, keys: str) -> None:  # noqa: F811
    """One after the other, as a keyboard sends them."""
    for key in keys:
        page.keyboard.press(key)


def words(batch: Batch, count: int, page: Page) -> list[tuple[str, str]]:  # noqa: F811
    """What has been said of the first pictures, once that has arrived."""
    expect(page.locator("#review-left")).to_have_text(f"{8 - count} to check")
    said = Image.objects.filter(batch=batch).exclude(review=None).select_related("review").order_by("pk")
    return [(image.review.verdict, image.review.text) for image in said]


def test_every_key_of_the_alphabet_types_in_review(sevens: Batch, page: Page) -> None:  # noqa: F811
    review(page, sevens)
    press(page, ALPHABET)
    expect(page.get_by_role("textbox")).to_have_value(ALPHABET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox")).to_have_value("7")
    page.get_by_role("textbox").fill("−１２,50")  # as it comes out of other programs
    page.keyboard.press("Enter")
    assert words(sevens, 2, page) == [("text", ALPHABET), ("text", "-12,50")]
    assert page.locator("#review-trouble").is_hidden()


@pytest.mark.parametrize("sign", [*"0.,/:%"])
def test_a_sign_begins_a_number_wherever_the_focus_is(sevens: Batch, page: Page, sign: str) -> None:  # noqa: F811
    review(page, sevens)
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    page.keyboard.press(sign)
    expect(page.get_by_role("textbox")).to_have_value(sign)


def test_another_text_is_kept_by_its_key_and_letters_are_no_commands_meanwhile(
    sevens: Batch,
    page: Page,  # noqa: F811
) -> None:
    review(page, sevens)
    page.keyboard.press("w")
    expect(page.get_by_role("status").filter(has_text="Every key is a letter now")).to_be_visible()
    assert serious(page) == []
    assert fits(page)
    press(page, "box? dito 4 fizz")
    expect(page.get_by_role("textbox")).to_have_value("box? dito 4 fizz")
    assert not Review.objects.exists()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox")).to_have_value("7")
    page.keyboard.press("b")  # a command again
    assert words(sevens, 2, page) == [("other", "box? dito 4 fizz"), ("blank", "")]
    press(page, "zz")  # undone, it is there as it was typed
    expect(page.get_by_role("textbox")).to_have_value("box? dito 4 fizz")


def test_a_word_is_not_kept_by_a_slip_and_is_not_lost(sevens: Batch, page: Page) -> None:  # noqa: F811
    review(page, sevens)
    page.get_by_role("textbox").fill("n/a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("w for other text")
    expect(page.get_by_role("textbox")).to_have_value("n/a")
    assert not Review.objects.exists()
    press(page, "w")
    page.keyboard.press("Enter")
    assert words(sevens, 1, page) == [("other", "n/a")]


def test_what_the_model_has_read_is_no_other_text(sevens: Batch, page: Page) -> None:  # noqa: F811
    review(page, sevens)
    press(page, "w")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Type what stands there instead of a number")
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.keyboard.press("Enter")
    assert words(sevens, 1, page) == [("text", "7")]


def test_without_a_keyboard_a_button_does_the_same(sevens: Batch, page: Page) -> None:  # noqa: F811
    review(page, sevens)
    page.get_by_role("button", name="Other text").click()
    page.get_by_role("textbox").fill("12 kg")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("textbox")).to_have_value("7")
    page.get_by_role("textbox").fill("ib.")
    page.get_by_role("button", name="Other text").click()
    assert words(sevens, 2, page) == [("other", "12 kg"), ("other", "ib.")]


def test_the_help_tells_every_key(sevens: Batch, page: Page) -> None:  # noqa: F811
    review(page, sevens)
    page.keyboard.press("?")
    keys = page.locator(".keys")
    for said in (". , - / : + %", "other text than a number stands there"):
        expect(keys.get_by_text(said)).to_be_visible()
    assert fits(page)


def test_a_card_takes_every_sign_and_keeps_a_word_at_a_second_press(sevens: Batch, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, sevens.get_absolute_url())
    first, second = page.locator(".card").nth(0), page.locator(".card").nth(1)
    first.get_by_role("textbox").fill("")
    first.get_by_role("textbox").press_sequentially(ALPHABET)
    page.keyboard.press("Enter")
    expect(first.locator(".answer .digits")).to_have_text(ALPHABET)
    second.get_by_role("textbox").fill("see note")
    page.keyboard.press("Enter")
    expect(second.get_by_role("alert")).to_contain_text("Only digits, the signs . , - / : + %, spaces and line breaks")
    expect(second.get_by_role("textbox")).to_have_value("see note")
    assert Review.objects.count() == 1
    assert serious(page) == []
    second.get_by_role("button", name="Keep it as it is").click()
    expect(second.locator(".answer")).to_contain_text("see note other text")
    assert Review.objects.order_by("pk").last().verdict == "other"  # type: ignore[union-attr]
    assert fits(page)
    second.locator(".picture").click()
    expect(page.locator(".answer.huge")).to_contain_text("see note other text")
    assert fits(page)


def test_a_refused_word_outlives_what_the_page_learns_meanwhile(sevens: Batch, page: Page) -> None:  # noqa: F811
    sign_in(page)
    open_page(page, sevens.get_absolute_url())
    card = page.locator(".card").first
    card.get_by_role("textbox").fill("see note")
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_be_visible()
    # As a batch does that is still being read.
    fresh = "<article class='card' id='{}'><form class='correct'><input name='text' value='7'></form></article>"
    card.evaluate("(card, fresh) => Idiomorph.morph(card, fresh.replace('{}', card.id))", fresh)
    expect(card.get_by_role("textbox")).to_have_value("see note")


def test_without_scripts_another_text_is_kept_by_its_button(
    sevens: Batch,
    chromium: Browser,  # noqa: F811
    live_server: object,
) -> None:
    plain = chromium.new_context(java_script_enabled=False).new_page()
    plain.site = live_server.url  # type: ignore[attr-defined]
    sign_in(plain, script=False)
    open_page(plain, f"/batches/{sevens.pk}/review/")
    plain.get_by_role("textbox").fill("n/a")
    plain.get_by_role("button", name="Accept").click()
    expect(plain.get_by_text("Only digits, the signs")).to_be_visible()
    expect(plain.get_by_role("textbox")).to_have_value("n/a")
    plain.get_by_role("button", name="Other text").click()
    expect(plain.get_by_role("textbox")).to_have_value("7")
    assert [(word.verdict, word.text) for word in Review.objects.all()] == [("other", "n/a")]
