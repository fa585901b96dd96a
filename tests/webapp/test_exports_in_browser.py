"""Taking answers away as somebody does who sees the menu for the first time."""

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

from recognizer.learning.mnist import Digits
from tests.conftest import png
from tests.webapp.test_batch import a_prediction
from tests.webapp.test_browser import chromium, fits, page, sign_in  # noqa: F401 (fixtures)
from webapp.models import Batch, Image, User


def taken(page: Page, link: str) -> tuple[str, bytes]:  # noqa: F811
    with page.expect_download() as coming:
        page.get_by_role("link", name=link, exact=True).click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


def test_the_menu_fits_and_each_way_gives_its_file(
    alice: User,
    page: Page,  # noqa: F811
    hand_in: Callable[..., Batch],
    champion: None,
    digits: Digits,
) -> None:
    batch = hand_in(alice, count=2)
    Batch.objects.filter(pk=batch.pk).update(name="Zähler, Mai")
    for image in batch.images.all():
        said = a_prediction(image, 0.6)
        said.copy = png(digits.images[0])
        Image.objects.record(Image.objects.claim([image.pk]), [said])
    batch.images.order_by("index")[0].correct(alice, "text", "12 13")
    sign_in(page)
    page.goto(f"{page.site}{batch.get_absolute_url()}")  # type: ignore[attr-defined]
    page.get_by_text("Take answers away").click()
    expect(page.get_by_role("link", name="Excel with pictures")).to_be_visible()
    assert fits(page)
    name, data = taken(page, "Excel, one row a number")
    assert name == "zähler-mai-numbers.xlsx"
    rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(min_row=2, values_only=True))
    assert [row[1:3] for row in rows] == [("12", 12), ("13", 13), ("7", 7)]
    name, data = taken(page, "CSV for Excel in German and others (; and ,)")
    assert name == "zähler-mai.csv"
    assert ";0,6000;" in data.decode()
