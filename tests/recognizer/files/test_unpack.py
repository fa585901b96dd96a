"""Zips, PDFs and TIFFs: what is meant well is unpacked, what is hostile is refused before it costs anything."""

import io
import json
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from recognizer.files import Budget, Limits, decode, unpack
from recognizer.files import budget as budgets
from recognizer.files import pdf as pdf_files
from recognizer.page import Fault
from tests.environment import ROOT
from tests.recognizer.documents import (
    locked_pdf,
    pdf,
    pdf_of_many_references,
    pdf_that_draws,
    pdf_whose_pages_multiply,
    tiff,
    tiff_of,
)

ARCHIVES = ROOT.parent / "shared" / "data" / "badimages" / "archives"
PNG = io.BytesIO()
Image.new("L", (8, 8), 255).save(PNG, "PNG")
PIXELS = PNG.getvalue()
SMALL = Limits(pictures=50, picture_bytes=2**20, unpacked_bytes=100 * 2**20, pdf_pages=5)


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def opened(data: bytes, name: str = "a.zip", limits: Limits = SMALL) -> tuple[dict[str, bytes], dict[str, str]]:
    """What came out, and the code of why the rest did not, by name."""
    taken, left_out = {}, {}
    for piece in unpack(io.BytesIO(data), name, limits):
        try:
            taken[piece.name] = piece.load()
        except Fault as fault:
            left_out[piece.name] = fault.code
    return taken, left_out


def refusal(data: bytes, name: str = "a.zip", limits: Limits = SMALL) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Fault) as caught:
        opened(data, name, limits)
    return caught.value.code, caught.value.values


def test_a_zip_gives_its_pictures_in_order_without_what_systems_leave_in_it() -> None:
    data = zipped(("b/2.png", PIXELS), ("a.png", PIXELS), ("__MACOSX/._a.png", b"x"), ("b/.DS_Store", b"x"))
    assert opened(data) == ({"b/2.png": PIXELS, "a.png": PIXELS}, {})


def test_names_that_come_twice_are_two_pictures() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped(("a.png", PIXELS), ("a.png", PIXELS + b" "))
    numbers = [piece.number for piece in unpack(io.BytesIO(data), "a.zip", SMALL)]
    assert numbers == [1, 2]


def test_invisible_letters_in_names_are_shown_as_what_they_are() -> None:
    taken, _ = opened(zipped(("\u202egnp.exe.png", PIXELS), ("new\nline.png", PIXELS)))
    assert set(taken) == {"_gnp.exe.png", "new_line.png"}


@pytest.mark.parametrize("name", ["../a.png", "a/../../b.png", "/etc/a.png", "..\\a.png", "C:\\a.png", "\\a.png"])
def test_names_that_lead_out_of_the_folder_refuse_the_whole(name: str) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = name
    assert refusal(zipped(("good.png", PIXELS), (info, PIXELS))) == ("archive_hostile", {"why": "leads_out"})


def test_a_link_refuses_the_whole() -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refusal(zipped((link, b"/etc/passwd"))) == ("archive_hostile", {"why": "link"})


def test_too_many_entries_are_refused() -> None:
    assert refusal(zipped(*[(f"{i}.png", b"") for i in range(51)])) == ("too_many_pictures", {"most": 50})


def test_an_archive_that_blows_up_is_refused_before_it_does() -> None:
    bomb = zipped(*[(f"{i}.png", bytes(10 * 2**20)) for i in range(7)])
    assert len(bomb) < 2**17
    assert refusal(bomb) == ("archive_too_large", {})


def test_one_entry_that_is_too_large_is_left_out_by_name() -> None:
    taken, left_out = opened(zipped(("big.png", PIXELS + bytes(2**20)), ("a.png", PIXELS)))
    assert (list(taken), left_out) == (["a.png"], {"big.png": "entry_too_large"})


def test_what_is_no_picture_or_empty_is_left_out_by_name() -> None:
    taken, left_out = opened(zipped(("notes.txt", b"seven of them" * 2**17), ("b.png", b""), ("a.png", PIXELS)))
    assert (list(taken), left_out) == (["a.png"], {"notes.txt": "not_a_picture", "b.png": "empty"})


def test_an_archive_inside_an_archive_is_left_out_by_name() -> None:
    taken, left_out = opened(zipped(("in.zip", zipped(("b.png", PIXELS))), ("a.png", PIXELS)))
    assert (list(taken), left_out) == (["a.png"], {"in.zip": "archive_nested"})


def test_entries_that_overlap_are_refused() -> None:
    data = bytearray(zipped(("a.png", PIXELS), ("b.png", PIXELS)))
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)  # its table says that it begins where the first one does
    assert refusal(bytes(data)) == ("archive_hostile", {"why": "overlap"})


def test_an_entry_that_says_less_than_it_holds_gives_nothing() -> None:
    data = bytearray(zipped(("a.png", PIXELS + bytes(2**20)), ("b.png", PIXELS)))
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 1000)
    taken, left_out = opened(bytes(data))
    assert (list(taken), left_out) == (["b.png"], {"a.png": "entry_damaged"})


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (zipped(), "a.zip", "archive_empty"),
        (zipped((".DS_Store", b"x")), "a.zip", "archive_empty"),
        (zipped(("a.png", PIXELS))[:-30], "a.zip", "archive_damaged"),
        (b"PK\x03\x04 and no more", "a.zip", "archive_damaged"),
        (PIXELS, "a.zip", "not_an_archive"),
        (PIXELS, "a.PDF", "not_a_pdf"),
        (b"%PDF-1.7 and no more", "a.pdf", "pdf_damaged"),
        (locked_pdf(), "a.pdf", "pdf_locked"),
        (b"", "a.zip", "not_an_archive"),
    ],
)
def test_what_cannot_be_opened_says_why(data: bytes, name: str, code: str) -> None:
    assert refusal(data, name) == (code, {})


def test_each_page_of_a_pdf_is_a_picture() -> None:
    taken, _ = opened(pdf(3), "scan.pdf")
    assert list(taken) == ["scan.pdf, page 1", "scan.pdf, page 2", "scan.pdf, page 3"]
    greys = [int(decode(data).grey.mean()) for data in taken.values()]
    assert greys == pytest.approx([0, 40, 80], abs=3)


def test_after_a_page_that_takes_too_long_no_other_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "PAGE_SECONDS", 0.2)
    data = pdf_that_draws(b"0 0 600 800 re f\n" * 300_000)
    faults = []
    for piece in unpack(io.BytesIO(data), "bomb.pdf", SMALL):
        with pytest.raises(Fault) as caught:
            piece.load()
        faults.append((caught.value.code, caught.value.values))
    assert faults == [("page_too_slow", {"seconds": 0.2}), ("page_not_drawn", {})]


def test_a_file_that_kills_whoever_opens_it_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "PDF_SECONDS", 20)  # on a slow machine time would be up before memory is
    data = zipped(("a.pdf", pdf_of_many_references(4_000_000)), ("b.png", PIXELS), ("c.pdf", pdf(2)))
    taken, left_out = opened(data)
    assert (list(taken), left_out) == (["b.png", "c.pdf, page 1", "c.pdf, page 2"], {"a.pdf": "crashed"})


def test_a_pdf_that_takes_too_long_to_open_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "PDF_SECONDS", 0.3)
    assert refusal(pdf_whose_pages_multiply()) == ("pdf_too_slow", {"seconds": 0.3})


def test_files_of_an_archive_that_take_too_long_to_open_together_are_opened_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_files, "PDF_SECONDS", 0.2)
    monkeypatch.setattr(budgets, "FILE_SECONDS", 0.3)
    slow = pdf_whose_pages_multiply()
    taken, left_out = opened(zipped(("a.pdf", slow), ("b.pdf", slow), ("c.png", PIXELS)))
    assert (list(taken), left_out) == (["c.png"], {"a.pdf": "pdf_too_slow", "b.pdf": "pdf_too_slow"})
    assert refusal(zipped(("a.pdf", slow), ("b.pdf", slow), ("c.pdf", slow))) == ("file_too_slow", {})


def test_pages_that_together_take_too_long_are_left_out_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "FILE_SECONDS", 0.5)
    monkeypatch.setattr(budgets, "SECONDS_A_PAGE", 0)
    data = pdf_that_draws(b"0 0 600 800 re f\n" * 400)
    budget = Budget(used=0.49)
    first, second = unpack(io.BytesIO(data), "slow.pdf", SMALL, budget=budget)
    assert first.load().startswith(b"\x89PNG")
    with pytest.raises(Fault, match="budget_spent"):
        second.load()
    assert budget.used > 0.5


@pytest.mark.parametrize(
    "data",
    [pdf(4), tiff(4), zipped(("a.pdf", pdf(2)), ("b.png", PIXELS), ("c.tif", tiff(2)))],
    ids=["pdf", "tiff", "zip"],
)
def test_unpacking_goes_on_behind_the_piece_where_it_stopped(data: bytes) -> None:
    whole = [(piece.number, piece.load()) for piece in unpack(io.BytesIO(data), "scan", SMALL)]
    rest = [(piece.number, piece.load()) for piece in unpack(io.BytesIO(data), "scan", SMALL, after=2)]
    assert rest == whole[2:]
    assert [number for number, _ in whole] == list(range(1, len(whole) + 1))


def test_the_last_page_of_a_tiff_is_had_without_those_before_it() -> None:
    """The first ninety would take minutes, and more than one file may."""
    data = tiff_of(bytes(7_000 * 7_000), 7_000, 7_000, pages=100)
    budget = Budget()
    (last,) = unpack(io.BytesIO(data), "scan.tif", Limits(), after=99, budget=budget)
    assert (last.number, last.name, len(last.load())) == (100, "scan.tif, page 100", pytest.approx(20_000, abs=19_000))
    assert budget.used < budgets.FILE_SECONDS


def test_pages_of_a_file_on_the_disk_are_what_they_are_in_memory(tmp_path: Path) -> None:
    """Drawing in other processes moves the place where the file is read."""
    data = pdf_that_draws(b"9 9 90 90 re f\n" + b" " * 200_000)
    path = tmp_path / "scan.pdf"
    path.write_bytes(data)
    with path.open("rb") as file:
        on_disk = [piece.load() for piece in unpack(file, "scan.pdf", SMALL)]
    assert on_disk == list(opened(data, "scan.pdf")[0].values())
    assert len(on_disk) == 2


def test_an_entry_without_a_name_refuses_the_whole() -> None:
    """A name that begins with a zero byte ends there."""
    data = zipped(("a.png", PIXELS), ("b.png", PIXELS)).replace(b"b.png", b"\0.png")
    assert refusal(data) == ("archive_hostile", {"why": "no_name"})


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    assert refusal(pdf(6), "scan.pdf") == ("pdf_too_many_pages", {"count": 6, "most": 5})


def test_each_page_of_a_tiff_is_a_picture_and_a_tiff_of_one_stays_as_it_is() -> None:
    taken, _ = opened(tiff(3), "scan.tif")
    assert list(taken) == ["scan.tif, page 1", "scan.tif, page 2", "scan.tif, page 3"]
    assert [int(decode(data).grey.mean()) for data in taken.values()] == [0, 40, 80]
    one = tiff(1)
    assert opened(one, "scan.tif") == ({"scan.tif": one}, {})


def test_pdfs_and_tiffs_inside_a_zip_are_opened_too() -> None:
    taken, left_out = opened(zipped(("a.pdf", pdf(2)), ("b.tif", tiff(2)), ("c.png", PIXELS), ("d.pdf", b"%PDF")))
    assert list(taken) == ["a.pdf, page 1", "a.pdf, page 2", "b.tif, page 1", "b.tif, page 2", "c.png"]
    assert left_out == {"d.pdf": "pdf_damaged"}


@pytest.mark.skipif(not ARCHIVES.exists(), reason="the folder of hostile archives is not beside this one")
def test_the_hostile_archives_fare_as_they_should() -> None:
    wanted = json.loads((ARCHIVES / "MANIFEST.json").read_text())
    for path in sorted(ARCHIVES.glob("*.zip")):
        assert fate(path) == wanted[path.name]["want"], path.name


def fate(path: Path) -> str:
    """What becomes of an archive once its pieces are decoded."""
    good = bad = 0
    try:
        with path.open("rb") as file:
            for piece in unpack(file, path.name, Limits(picture_bytes=40 * 2**20)):
                try:
                    decode(piece.load())
                    good += 1
                except Fault:
                    bad += 1
    except Fault:
        return "reject"
    return ("partial" if bad else "accept") if good else "reject"


# --- Found by benchmarks.fuzz -----------------------------------------------------------------------------------------


def test_of_an_archive_whose_beginning_is_missing_the_entry_there_is_left_out_by_name() -> None:
    """Its table then points before the file."""
    whole = zipped(("a.png", PIXELS), ("b.png", PIXELS))
    assert opened(whole[:4] + whole[24:]) == ({"b.png": PIXELS}, {"a.png": "entry_damaged"})


@pytest.mark.parametrize("place", [50, 60])
def test_an_entry_packed_with_lzma_and_damaged_is_left_out_by_name(place: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("a.png", bytes(range(256)) * 10)
    data = bytearray(file.getvalue())
    data[place : place + 4] = b"\xff\xff\xff\xff"
    assert opened(bytes(data)) == ({}, {"a.png": "entry_damaged"})


def test_the_pictures_of_a_zip_come_in_the_order_in_which_people_count() -> None:
    names = ["b/1.png", "IMG_2.png", "a/10.png", "img_010b.png", "IMG_10.png", "a/9.png"]
    data = zipped(*[(name, PIXELS) for name in names])
    pieces = list(unpack(io.BytesIO(data), "a.zip", SMALL))
    counted = ["a/9.png", "a/10.png", "b/1.png", "IMG_2.png", "IMG_10.png", "img_010b.png"]
    assert [piece.name for piece in pieces] == counted
    assert [piece.number for piece in pieces] == [1, 2, 3, 4, 5, 6]
