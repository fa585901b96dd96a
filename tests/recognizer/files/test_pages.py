"""Every page of a file as a picture of its own."""

import numpy as np
import pytest

from recognizer.files import MAX_BYTES, pages
from recognizer.files import pdf as pdf_files
from recognizer.page import Fault
from tests.conftest import png
from tests.recognizer.documents import locked_pdf, pdf, pdf_that_draws, pdf_without_its_second_page, tiff


def seen(data: bytes) -> list[int | str]:
    """Of each page its mean grey, or the code of why there is none."""
    return [page.code if isinstance(page, Fault) else round(float(page.grey.mean())) for page in pages(data)]


@pytest.mark.parametrize("made", [pdf, tiff])
def test_each_page_is_a_picture_in_their_order(made) -> None:  # type: ignore[no-untyped-def]
    assert seen(made(3)) == pytest.approx([0, 40, 80], abs=3)
    assert seen(made(1)) == [0]


def test_a_picture_is_its_only_page() -> None:
    assert seen(png(np.full((8, 8), 77, np.uint8))) == [77]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"a text", "not_a_picture"),
        (locked_pdf(), "pdf_locked"),
        (b"%PDF-1.7 and no more", "pdf_damaged"),
    ],
)
def test_a_file_that_gives_no_page_is_one_fault_that_is_yielded_and_not_raised(data: bytes, code: str) -> None:
    assert seen(data) == [code]


def test_a_pdf_that_is_too_large_is_not_even_looked_at() -> None:
    assert seen(b"%PDF" + bytes(MAX_BYTES)) == ["file_too_large"]


def test_a_page_that_cannot_be_drawn_costs_itself_alone() -> None:
    assert seen(pdf_without_its_second_page()) == [255, "page_damaged"]


def test_after_a_page_that_takes_too_long_no_other_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "PAGE_SECONDS", 0.2)
    assert seen(pdf_that_draws(b"0 0 600 800 re f\n" * 300_000)) == ["page_too_slow", "page_not_drawn"]
