"""From files to a sum in a spreadsheet, as somebody goes there who never looks behind the pages."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.db.models import F
from playwright.sync_api import Locator, Page, expect

from recognizer.exams.signed import laid_out
from recognizer.learning.mnist import Digits
from tests.conftest import Processes
from tests.webapp.conftest import Office
from tests.webapp.test_browser import chromium, fits, page, sign_in  # noqa: F401 (fixtures)
from tests.webapp.test_exports_in_browser import taken
from tests.webapp.test_people_in_browser import serious
from tests.webapp.test_spreadsheets import EACH_SHEET, VALUE, sheet
from webapp.models import Certificate, Review, User

# Drawn with this seed the last of fourteen is misread, and less surely than the others.
SEED, FORMS = 2, ("d,dd", "dd,dd") * 7
INK, PAPER, MARGIN = 0.8, 235, 32


def decimals(digits: Digits) -> Iterator[tuple[str, np.ndarray]]:
    """What is written on each picture, and the picture."""
    randomness = np.random.default_rng(SEED)
    for form in FORMS:
        ink, text = laid_out(digits, form, 64, randomness)
        yield text, (PAPER * (1 - INK * np.pad(ink, MARGIN))).astype(np.uint8)


@pytest.fixture
def written(tmp_path: Path, digits: Digits) -> dict[str, str]:
    """What is written on each file that `tmp_path` has, by its name."""
    said = {}
    for place, (text, picture) in enumerate(decimals(digits)):
        said[name := f"amount-{place:02}.png"] = text
        cv2.imwrite(str(tmp_path / name), picture)
    return said


def answer_all(page: Page, written: dict[str, str], done: Locator) -> None:  # noqa: F811
    """Enter what stands on each picture that is shown, until there is nothing more to answer."""
    form = page.locator("form.review:visible")
    expect(form.or_(done).first).to_be_visible()
    while not done.is_visible():
        form.get_by_role("textbox", name="The number").fill(written[form.locator(".sheet-name").inner_text()])
        answered = form.get_attribute("data-pk")
        page.keyboard.press("Enter")
        expect(page.locator(f"form.review[data-pk='{answered}']")).not_to_be_visible()
        expect(form.or_(done).first).to_be_visible()


def is_for_everyone(page: Page) -> None:  # noqa: F811
    assert serious(page) == []
    assert fits(page)


def test_handed_in_as_pictures_and_added_up_in_a_spreadsheet(
    processes: Processes,
    champion: None,
    alice: User,
    page: Page,  # noqa: F811
    written: dict[str, str],
    office: Office,
    tmp_path: Path,
) -> None:
    processes.worker("interactive,bulk", "reader")
    sign_in(page)
    is_for_everyone(page)
    page.get_by_label("Name of this batch").fill("Amounts")
    page.locator("#pictures").set_input_files([tmp_path / name for name in written])
    page.get_by_role("button", name="Read them").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    expect(page.locator("#proposal")).to_contain_text("answers look like this: numbers, decimal comma.")
    is_for_everyone(page)
    page.get_by_role("button", name="Yes, so they are").click()
    expect(page.get_by_text("Written as: numbers, decimal comma.")).to_be_visible()

    expect(page.locator(".dial .outcome")).to_contain_text("no answer is 99 % sure: the surest is 9")
    turn = page.get_by_role("slider", name="Expected precision")
    for _ in range(2):  # to 95 %
        turn.press("ArrowLeft")
    expect(page.locator(".counts")).not_to_contain_text(re.compile(r"\b0 accepted"))
    is_for_everyone(page)
    page.get_by_role("button", name=re.compile("^Check [0-9]+ picture")).click()
    is_for_everyone(page)
    answer_all(page, written, page.get_by_text("Nothing is doubtful any more."))
    assert Review.objects.exclude(text=F("model_said")).exists(), "one was misread, and is right now"
    is_for_everyone(page)

    page.get_by_role("button", name="How many are wrong?").click()
    is_for_everyone(page)
    page.get_by_role("row", name="5 %").get_by_role("button", name="Draw and look").click()
    is_for_everyone(page)
    answer_all(page, written, page.get_by_text("with 95 % confidence"))
    assert Certificate.objects.get().now.holds(0.05)
    is_for_everyone(page)
    page.get_by_role("button", name="Back to the batch").click()
    promised = page.locator(".dial .meaning", has_text="with 95 % confidence")
    certificate = promised.inner_text().removesuffix("How many are wrong?").strip()

    page.get_by_text("Take answers away").click()
    is_for_everyone(page)
    name, data = taken(page, "Excel")
    (tmp_path / name).write_bytes(data)
    folder = office.convert([tmp_path / name], EACH_SHEET)
    total = sum(Decimal(text.replace(",", ".")) for text in written.values())
    assert sum(Decimal(row[VALUE]) for row in sheet(folder, "amounts-Amounts")[1:]) == total
    about = dict(sheet(folder, "amounts-About"))
    assert about["Sum of the column value"] == f"{total:,.2f}"
    assert about["Certificate"] == certificate
