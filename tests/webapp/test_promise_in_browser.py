"""From a batch to its promise as a person gets there: a real worker reads, a real browser looks."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from recognizer.learning.mnist import Digits
from tests.conftest import Processes, wait_until
from tests.webapp.test_browser import chromium, fits, page, sign_in  # noqa: F401
from webapp.models import Batch, Certificate, Review, User


def look_until_promised(page: Page, digits: Digits) -> None:  # noqa: F811
    """Enter what each picture is, which its name tells; where that is asked for once more, so does whoever looks."""
    promised = page.locator(".empty", has_text="with 95 % confidence")
    form = page.locator("form.review:visible")
    while not promised.is_visible():
        expect(form.or_(promised)).to_be_visible()
        if promised.is_visible():
            return
        name = form.locator(".sheet-name").inner_text()
        expect(form.get_by_role("textbox", name="The number")).to_have_value("")
        page.keyboard.type(str(digits.labels[int(name.removeprefix("digit-").removesuffix(".png"))]))
        # The site's word is waited for: it may ask for the same once more, in the place of what comes next.
        with page.expect_response(lambda response: response.request.method == "POST") as told:
            page.keyboard.press("Enter")
        told.value.finished()


def test_somebody_is_promised_how_many_are_wrong_by_looking_at_some(
    processes: Processes,
    champion: None,
    alice: User,
    page: Page,  # noqa: F811
    hand_in: Callable[..., Batch],
    digits: Digits,
) -> None:
    processes.worker("interactive,bulk", "reader")
    batch = hand_in(alice, count=60)
    wait_until(lambda: Batch.objects.get(pk=batch.pk).is_done)
    sign_in(page)
    page.goto(f"{page.site}{batch.get_absolute_url()}")  # type: ignore[attr-defined]
    page.locator(".dial").get_by_role("link", name="How many are wrong?").click()
    row = page.get_by_role("row", name="5 %")
    needed = int(row.get_by_role("cell").first.inner_text())
    assert fits(page)
    row.get_by_role("button", name="Draw and look").click()
    expect(page.locator("#review-left strong")).to_have_text(str(needed))
    assert fits(page)
    look_until_promised(page, digits)
    lot = Certificate.objects.get()
    assert needed <= lot.now.looked == Review.objects.filter(sampled="certify").count()
    assert lot.now.holds(0.05)
    page.get_by_role("button", name="Back to the batch").click()
    said = page.locator(".dial .meaning").last
    expect(said).to_contain_text(f"of the {lot.now.whole} answers accepted on")
    expect(said).to_contain_text(f"with 95 % confidence: {lot.now.looked} drawn by lot were looked at")
    said.get_by_role("link", name="How many are wrong?").click()
    expect(page.get_by_role("row", name="5 %")).to_contain_text("promised")
    assert fits(page)
