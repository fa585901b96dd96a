"""The first visit, and a connection that is lost, as a person meets them: a real browser, two widths, axe-core."""

from pathlib import Path

from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import Processes
from tests.webapp.test_browser import chromium, fits, page, pictures, sign_in  # noqa: F401 (fixtures)
from tests.webapp.test_people_in_browser import serious
from webapp.models import Batch, User


def look(page: Page) -> None:  # noqa: F811
    """Nothing juts out and nothing keeps somebody out."""
    assert fits(page)
    assert serious(page) == []


def test_the_first_visit_goes_from_the_sample_to_rules_and_a_link(
    processes: Processes,
    champion: None,
    alice: User,
    page: Page,  # noqa: F811
) -> None:
    processes.worker("interactive,bulk", "reader")
    sign_in(page)
    look(page)
    page.get_by_role("button", name="Read the sample").click()
    expect(page.get_by_text("Done.")).to_be_visible(timeout=60_000)
    expect(page.locator(".card")).to_have_count(24)
    look(page)
    batch = page.url
    page.get_by_role("button", name="Rules, sharing, name").click()
    page.get_by_role("button", name="Make a link").click()
    address = page.get_by_label("Address to share").input_value()
    look(page)
    page.get_by_label("Number of digits").fill("4")
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_text("It should have exactly 4 digits.").first).to_be_visible()
    look(page)
    page.locator(".card .picture").first.click()
    expect(page.get_by_role("heading", name="What the model saw")).to_be_visible()
    expect(page.locator(".boxed rect").first).to_be_visible()
    look(page)
    page.context.clear_cookies()
    page.goto(batch)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="Sample: meter readings")).to_be_visible()
    look(page)


def test_the_same_files_go_on_where_a_closed_page_left_them(
    alice: User,
    page: Page,  # noqa: F811
    tmp_path: Path,
) -> None:
    sign_in(page)
    paths = [tmp_path / f"{i}.png" for i in range(120)]
    for path in paths:
        path.write_bytes(b"x")
    sent: list[str] = []

    def only_the_first(route: Route) -> None:
        sent.append(route.request.url)
        if len(sent) == 1:
            route.continue_()

    page.route("**/images/", only_the_first)
    page.locator("#pictures").set_input_files(paths)
    page.get_by_role("button", name="Read them").click()
    expect(page.get_by_text("50 of 120 files sent")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    page.unroute_all(behavior="ignoreErrors")  # no sooner: what was held would go on and all would have come
    page.goto(page.site)  # type: ignore[attr-defined]
    expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()
    page.locator("#pictures").set_input_files(paths)
    page.get_by_role("button", name="Read them").click()
    page.wait_for_url("**/batches/*/")
    batch = Batch.objects.get()
    assert (batch.image_count, batch.sealed) == (120, True)


def test_what_the_site_says_when_it_is_out_of_order_is_shown_and_it_goes_on(
    alice: User,
    chromium: Browser,  # noqa: F811
    live_server: object,
    pictures: list[Path],  # noqa: F811
) -> None:
    tab = chromium.new_page()  # one whose console may tell of the 503
    tab.site = live_server.url  # type: ignore[attr-defined]
    sign_in(tab)
    said = {"error": "The site has no room for files just now."}
    tab.route("**/images/", lambda route: route.fulfill(status=503, json=said), times=2)
    tab.locator("#pictures").set_input_files(pictures)
    tab.get_by_role("button", name="Read them").click()
    expect(tab.get_by_text("The site has no room for files just now. It is tried again by itself.")).to_be_visible()
    tab.wait_for_url("**/batches/*/")
    assert Batch.objects.get().image_count == 20


def test_everyone_can_use_the_front_page_of_the_admin_and_choose_german(
    admin: User,
    champion: None,
    page: Page,  # noqa: F811
) -> None:
    page.goto(f"{page.site}/sign-in/")  # type: ignore[attr-defined]
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_label("Benutzername").fill("admin")
    page.get_by_label("Passwort").fill("staple battery")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Laden Sie Ihre Bilder hoch")).to_be_visible()
    look(page)
    page.goto(f"{page.site}/admin/")  # type: ignore[attr-defined]
    expect(page.get_by_role("heading", name="Wie es der Seite geht")).to_be_visible()
    assert serious(page) == []
