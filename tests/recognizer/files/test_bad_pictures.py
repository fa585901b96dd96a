"""Files that are no pictures, or were, or want to be more than that: each is read or refused in one sentence."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from recognizer.commands.sentences import sentence
from recognizer.files import MAX_PIXELS, decode, decode_pages, display_copy
from recognizer.finding.finder import Finder
from recognizer.page import Fault
from tests.environment import ROOT

SHARED = ROOT.parent / "shared/data/badimages"
MANIFEST = json.loads((SHARED / "files/MANIFEST.json").read_text()) if SHARED.is_dir() else {}
PNG_SUITE = sorted((SHARED / "pngsuite").glob("*.png"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the collection of odd files is not beside this project")

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int = 8, height: int = 8, pixels: bytes | None = None, extra: bytes = b"", depth: int = 8, colour: int = 0
) -> bytes:
    packed = zlib.compress(bytes(height * (width + 1)) if pixels is None else pixels, 9)
    header = struct.pack(">II5B", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def photo(kind: str, **options: object) -> bytes:
    """A picture with enough texture that its file has something to damage."""
    noise = np.random.default_rng(7).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind, **options)
    return buffer.getvalue()


def refusal(data: bytes) -> Fault:
    with pytest.raises(Fault) as caught:
        decode(data)
    assert sentence(caught.value).endswith(".")
    return caught.value


@needs_shared
@pytest.mark.parametrize("name", [name for name in MANIFEST if (SHARED / "files" / name).exists()])
def test_each_file_of_the_collection_is_read_or_refused_as_it_should_be(name: str, finder: Finder) -> None:
    verdict = "accept"
    try:
        picture = decode((SHARED / "files" / name).read_bytes())
        finder.find(picture)
        display_copy(picture)
    except Fault:
        verdict = "reject"
    assert MANIFEST[name]["want"] in (verdict, "accept_or_reject")


@needs_shared
def test_the_png_suite_is_read_but_for_its_invalid_files() -> None:
    wrong = []
    for path in PNG_SUITE:
        (page,) = decode_pages(path.read_bytes())
        if isinstance(page, Fault) != path.name.startswith("x"):
            wrong.append(path.name)
    assert PNG_SUITE
    assert not wrong


def test_an_empty_file_is_said_to_be_empty() -> None:
    assert refusal(b"").as_json() == {"code": "empty", "values": {}}


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (b"a", "text"),
        (b"<html></html>", "html"),
        (b"  <svg onload='alert(1)'/>", "svg"),
        (b"<?xml version='1.0'?>", "xml"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "postscript"),
        (b"PK\x03\x04" + bytes(40), "zip"),
        (b"\x80\x04\x95" + bytes(40), ""),
        (b"\0\0\0\x18ftypmp42" + bytes(40), "video"),
    ],
)
def test_a_file_that_is_no_picture_is_told_what_it_looks_like(data: bytes, looks_like: str) -> None:
    assert refusal(data).as_json() == {"code": "not_a_picture", "values": {"looks_like": looks_like}}


@pytest.mark.parametrize("side", [9_400, 13_000, 20_000, 65_535, 2**31 - 1])
def test_a_picture_that_claims_too_many_pixels_is_refused_by_its_header(side: int) -> None:
    fault = refusal(png(side, side, pixels=b"\0"))
    assert fault.as_json() == {"code": "too_many_pixels", "values": {"width": side, "height": side, "most": 50}}


def test_the_limit_itself_is_let_through_to_the_decoder() -> None:
    assert refusal(png(8192, MAX_PIXELS // 8192, pixels=b"\0")).code == "truncated"


def test_a_picture_without_width_is_damaged() -> None:
    assert refusal(png(0, 0)).code == "no_size"


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_text_that_unpacks_to_far_more_than_the_picture_is_refused(kind: bytes) -> None:
    bomb = chunk(kind, b"name\0\0" + zlib.compress(bytes(100 * 2**20), 9))
    assert refusal(png(extra=bomb)).code == "too_much_metadata"


def test_pixels_beyond_those_of_the_header_are_not_unpacked(capfd: pytest.CaptureFixture[str]) -> None:
    assert decode(png(1, 1, pixels=bytes(200 * 2**20))).grey.shape == (1, 1)
    assert "Too much image data" in capfd.readouterr().err  # libpng, where it left off


def test_a_picture_in_a_million_pieces_is_refused() -> None:
    assert refusal(SIGNATURE + chunk(b"tEXt", b"a\0b") * 200_000).code == "too_many_chunks"


def test_a_flipped_bit_in_a_png_is_noticed() -> None:
    data = bytearray(photo("PNG"))
    data[len(data) // 2] ^= 16
    assert refusal(bytes(data)).code == "wrong_checksum"


def test_pixels_that_end_too_early_are_noticed_even_where_every_checksum_is_right() -> None:
    assert refusal(png(8, 8, pixels=bytes(30))).code in ("damaged", "truncated")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_half_a_file_is_refused(kind: str) -> None:
    data = photo(kind)
    refusal(data[: len(data) // 2])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_foreign_bytes_behind_a_picture_change_nothing(kind: str) -> None:
    assert np.array_equal(decode(photo(kind) + b"<?php evil ?>" * 100).grey, decode(photo(kind)).grey)


def test_a_gif_s_screen_counts_and_not_only_its_frame() -> None:
    data = bytearray(photo("GIF"))
    data[6:10] = struct.pack("<HH", 65_535, 65_535)
    assert refusal(bytes(data)).code == "too_large"


def test_a_tiff_whose_pages_go_round_in_a_circle_ends() -> None:
    data = bytearray(photo("TIFF"))
    start = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, start)[0]
    data[start + 2 + 12 * count : start + 6 + 12 * count] = struct.pack("<I", start)
    assert 1 <= len(list(decode_pages(bytes(data)))) < 5


SEEDS = {
    kind: photo(kind, **options)
    for kind, options in {
        "PNG": {},
        "JPEG": {"progressive": True},
        "GIF": {},
        "BMP": {},
        "TIFF": {"compression": "tiff_lzw"},
        "WEBP": {},
        "AVIF": {},
    }.items()
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(SEEDS)),
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=12),
    end=st.one_of(st.none(), st.integers(0, 2**16)),
)
def test_whatever_is_changed_in_a_file_only_the_named_error_leaves(
    finder: Finder, kind: str, changes: list[tuple[int, int]], end: int | None
) -> None:
    data = bytearray(SEEDS[kind])
    for place, value in changes:
        data[place % len(data)] = value
    for page in decode_pages(bytes(data[:end])):
        if not isinstance(page, Fault):
            finder.find(page)
            display_copy(page)
