"""The session ends while somebody works. They sign in again, and all that they had entered goes through by itself."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Processes, wait_until
from tests.webapp.test_browser import chromium, pictures, sign_in  # noqa: F401 (fixtures)
from tests.webapp.test_people_in_browser import doubtful, open_page  # noqa: F401 (a fixture)
from webapp.models import Batch, Image, Review, User

HandIn = Callable[..., Batch]


@pytest.fixture
def tab(chromium: Browser, live_server: object, alice: User) -> Iterator[Page]:  # noqa: F811
    """alice's page; its console may tell of what was refused."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(90_000)
    tab = context.new_page()
    tab.site = live_server.url  # type: ignore[attr-defined]
    sign_in(tab)
    yield tab
    context.close()


PASSWORDS = {"alice": "correct horse", "bob": "battery staple"}


def sign_in_elsewhere(tab: Page, name: str = "alice") -> Page:
    """In another tab, by the link that the first one offers."""
    with tab.context.expect_page() as opened:
        tab.locator("#trouble").get_by_role("link", name="Sign in").click()
    other = opened.value
    other.get_by_label("Username").fill(name)
    other.get_by_label("Password").fill(PASSWORDS[name])
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Signed in")).to_be_visible()
    return other


def end_session() -> None:
    Session.objects.all().delete()


def is_told(tab: Page) -> None:
    expect(tab.locator("#trouble")).to_contain_text("You have been signed out. Nothing here is lost")


def test_answers_typed_after_the_session_ended_arrive_after_the_sign_in(tab: Page, doubtful: Batch) -> None:  # noqa: F811
    open_page(tab, f"/batches/{doubtful.pk}/review/")
    tab.wait_for_load_state()
    end_session()
    for number in ("11", "12", "13"):
        tab.keyboard.type(number)
        tab.keyboard.press("Enter")
    is_told(tab)
    assert not Review.objects.exists()
    sign_in_elsewhere(tab)
    expect(tab.locator("#review-left")).to_have_text("5 to check")
    expect(tab.locator("#trouble")).to_be_hidden()
    said = Review.objects.order_by("pk").values_list("text", "reviewer__username")
    assert list(said) == [(number, "alice") for number in ("11", "12", "13")]


def test_a_sign_in_elsewhere_alone_costs_nothing(tab: Page, doubtful: Batch) -> None:  # noqa: F811
    """Its token is a new one: the page that was open before has an old one."""
    open_page(tab, f"/batches/{doubtful.pk}/review/")
    tab.wait_for_load_state()
    tab.context.clear_cookies()
    other = tab.context.new_page()
    other.site = tab.site  # type: ignore[attr-defined]
    sign_in(other)
    tab.keyboard.type("11")
    tab.keyboard.press("Enter")
    expect(tab.locator("#review-left")).to_have_text("7 to check")
    assert Review.objects.get().text == "11"


def test_nothing_of_one_person_is_sent_by_another(tab: Page, bob: User, doubtful: Batch) -> None:  # noqa: F811
    Batch.objects.update(reviewer=bob)  # who might have said it
    open_page(tab, f"/batches/{doubtful.pk}/review/")
    tab.wait_for_load_state()
    end_session()
    tab.keyboard.type("11")
    tab.keyboard.press("Enter")
    is_told(tab)
    other = sign_in_elsewhere(tab, "bob")
    expect(tab.locator("#trouble")).to_contain_text("bob is signed in now. What alice has entered here waits")
    assert not Review.objects.exists()
    other.get_by_role("button", name="Sign out").click()
    is_told(tab)
    sign_in_elsewhere(tab)
    wait_until(Review.objects.exists)
    assert Review.objects.get().reviewer.username == "alice"


def test_a_card_s_correction_waits_in_its_place(tab: Page, doubtful: Batch) -> None:  # noqa: F811
    open_page(tab, doubtful.get_absolute_url())
    end_session()
    first = tab.locator(".card").first
    first.get_by_role("textbox").fill("42")
    first.get_by_role("textbox").press("Enter")
    is_told(tab)
    expect(first.get_by_role("textbox")).to_have_value("42")
    sign_in_elsewhere(tab)
    expect(tab.locator(".card").first.locator(".answer .digits")).to_have_text("42")
    expect(tab.locator(".counts")).to_contain_text("1 checked by a person")


def test_a_card_s_correction_goes_through_once_the_site_answers_again(tab: Page, doubtful: Batch) -> None:  # noqa: F811
    open_page(tab, doubtful.get_absolute_url())
    tab.route("**/correct/", lambda route: route.abort(), times=1)
    tab.route("**/correct/", lambda route: route.fulfill(status=503), times=1)
    first = tab.locator(".card").first
    first.get_by_role("textbox").fill("42")
    first.get_by_role("textbox").press("Enter")
    expect(tab.locator(".card").first.locator(".answer .digits")).to_have_text("42")


def test_the_dial_stays_where_it_was_turned_and_turns_after_the_sign_in(tab: Page, doubtful: Batch) -> None:  # noqa: F811
    open_page(tab, doubtful.get_absolute_url())
    end_session()
    dial = tab.get_by_role("slider", name="Expected precision")
    dial.press("Home")
    is_told(tab)
    sign_in_elsewhere(tab)
    wait_until(lambda: Batch.objects.get().precision == 0.9)
    expect(tab.locator(".dial .reads")).to_have_text("90 %")


def test_what_is_typed_on_one_card_outlasts_what_comes_for_the_others(
    tab: Page, alice: User, hand_in: HandIn, champion: None
) -> None:
    batch = hand_in(alice, count=2)
    first, second = batch.images.order_by("index")
    Image.objects.all().fail(Image.objects.claim([first.pk]), [first.pk], "empty")
    open_page(tab, batch.get_absolute_url())
    tab.locator(".card").first.get_by_role("textbox").fill("42")
    tab.locator("h1").click()  # somewhere else
    Image.objects.all().fail(Image.objects.claim([second.pk]), [second.pk], "empty")
    expect(tab.locator(".counts")).to_contain_text("2 failed")
    expect(tab.locator(".card").first.get_by_role("textbox")).to_have_value("42")


def test_files_go_on_after_the_sign_in(tab: Page, pictures: list) -> None:  # noqa: F811
    end_session()
    tab.locator("#pictures").set_input_files(pictures)
    tab.get_by_role("button", name="Read them").click()
    is_told(tab)
    sign_in_elsewhere(tab)
    tab.wait_for_url("**/batches/*/")
    assert Batch.objects.get().image_count == 20


def test_a_drawing_is_read_after_the_sign_in(processes: Processes, champion: None, tab: Page) -> None:
    processes.worker("interactive,bulk", "reader")
    open_page(tab, "/draw/")
    expect(tab.locator("#pad")).to_be_visible()
    end_session()
    pad = tab.locator("#pad").bounding_box()
    assert pad
    middle = pad["x"] + pad["width"] / 2
    tab.mouse.move(middle, pad["y"] + 50)
    tab.mouse.down()
    tab.mouse.move(middle, pad["y"] + 200, steps=10)
    tab.mouse.up()
    is_told(tab)
    sign_in_elsewhere(tab)
    expect(tab.locator("#drawn .digits")).to_have_text("1")
    assert Batch.objects.count() == 1


def test_a_plain_form_is_sent_by_its_page_after_the_sign_in(tab: Page, alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="Meters", expected=1)
    open_page(tab, f"/batches/{batch.pk}/settings/")
    tab.get_by_label("Note for yourself").fill("long and thought through")
    end_session()
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_role("heading", name="Not sent yet")).to_be_visible()
    expect(tab.get_by_text("long and thought through")).to_be_visible()
    sign_in_elsewhere(tab)
    expect(tab.get_by_role("heading", name="Meters")).to_be_visible()
    assert Batch.objects.get().note == "long and thought through"


def test_without_javascript_a_press_sends_it_after_the_sign_in(
    chromium: Browser,  # noqa: F811
    live_server: object,
    alice: User,
    doubtful: Batch,  # noqa: F811
) -> None:
    tab = chromium.new_context(java_script_enabled=False).new_page()
    tab.site = live_server.url  # type: ignore[attr-defined]
    sign_in(tab, script=False)
    open_page(tab, f"/batches/{doubtful.pk}/review/")
    end_session()
    tab.get_by_role("textbox").first.fill("11")
    tab.get_by_role("button", name="Accept").first.click()
    with tab.context.expect_page() as opened:
        tab.get_by_role("button", name="Sign in").click()
    other = opened.value
    other.get_by_label("Username").fill("alice")
    other.get_by_label("Password").fill("correct horse")
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Signed in")).to_be_visible()
    tab.get_by_role("button", name="Send it").click()
    tab.get_by_role("button", name="Send it as alice").click()
    expect(tab.locator("#review-left")).to_have_text("7 to check")
    assert Review.objects.get().text == "11"
    tab.context.close()
