import io

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from recognizer.files import (
    MAX_BYTES,
    MAX_PAGES,
    WORK_SIDE,
    decode,
    decode_pages,
    display_copy,
)
from recognizer.page import Fault, Picture

STROKE = 12  # the grey of the ink below


def sheet(width: int = 120, height: int = 80) -> np.ndarray:
    """White paper with one dark bar in its upper left quarter, so that every turn and mirroring shows."""
    pixels = np.full((height, width), 250, np.uint8)
    pixels[height // 8 : height // 4, width // 8 : width // 2] = STROKE
    return pixels


def encoded(image: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(buffer, kind, **options)
    return buffer.getvalue()


def heic(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels).convert("RGB")).save(buffer, quality=90)
    return buffer.getvalue()


def is_the_sheet(picture: Picture, tolerance: int = 20) -> bool:
    return bool(np.abs(picture.grey.astype(int) - sheet()).max() <= tolerance)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_a_lossless_format_gives_the_pixels_that_were_written(kind: str) -> None:
    picture = decode(encoded(sheet(), kind))
    assert np.array_equal(picture.grey, sheet())
    assert picture.colour is None
    assert (picture.width, picture.height) == (120, 80)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "MPO"])
def test_a_lossy_format_gives_nearly_the_pixels_that_were_written(kind: str) -> None:
    picture = decode(encoded(Image.fromarray(sheet()).convert("RGB"), kind, quality=90))
    assert np.abs(picture.grey.astype(int) - sheet()).mean() < 4
    assert (picture.width, picture.height) == (120, 80)


def test_a_phone_s_heic_is_read() -> None:
    picture = decode(heic(sheet()))
    assert np.abs(picture.grey.astype(int) - sheet()).mean() < 6


def test_a_file_s_name_and_claims_do_not_matter_only_its_bytes() -> None:
    assert is_the_sheet(decode(encoded(sheet(), "BMP") + b"<script>alert(1)</script>"))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_png_mode_shows_the_same_sheet(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(sheet().astype(np.uint16) * 257)
    else:
        image = Image.fromarray(sheet()).convert(mode, dither=Image.Dither.NONE)
    assert is_the_sheet(decode(encoded(image, "PNG")))


def test_an_interlaced_png_and_a_coloured_one_are_read_alike() -> None:
    red = np.dstack([sheet(), sheet(), sheet()])
    red[..., 0] = 250
    picture = decode(encoded(red, "PNG"))
    assert picture.colour is not None
    assert np.array_equal(picture.colour, red)


def test_cmyk_is_read_as_seen() -> None:
    assert is_the_sheet(decode(encoded(Image.fromarray(sheet()).convert("CMYK"), "JPEG", quality=95)), 40)


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    grey = decode(encoded(ramp, "PNG")).grey
    assert np.abs(grey - ramp / 257.0).max() <= 0.5


def test_twelve_bits_in_sixteen_fill_the_range() -> None:
    ramp = np.linspace(0, 4095, 64).astype(np.uint16).reshape(8, 8)
    assert decode(encoded(ramp, "TIFF")).grey.max() == 255


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_floats_that_are_no_numbers_do_not_spoil_the_rest(bad: float) -> None:
    values = sheet().astype(np.float32)
    values[0, 0] = bad
    grey = decode(encoded(Image.fromarray(values), "TIFF")).grey
    assert grey.dtype == np.uint8
    assert grey.shape == (80, 120)
    assert np.isfinite(bad) or np.array_equal(grey[1:], sheet()[1:])


def test_constant_float_pictures_have_no_contrast_to_divide_by() -> None:
    assert np.ptp(decode(encoded(Image.fromarray(np.full((4, 4), -7.5, np.float32)), "TIFF")).grey) == 0


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_turned_as_its_exif_says(turn: int) -> None:
    wanted = sheet()
    # How the camera stored an upright sheet that carries this orientation.
    stored = {
        1: wanted,
        2: wanted[:, ::-1],
        3: wanted[::-1, ::-1],
        4: wanted[::-1],
        5: wanted.T,
        6: np.rot90(wanted),
        7: wanted[::-1, ::-1].T,
        8: np.rot90(wanted, -1),
    }[turn]
    exif = Image.Exif()
    exif[0x0112] = turn
    for kind in ("PNG", "TIFF", "JPEG"):
        options = {"quality": 95} if kind == "JPEG" else {}
        picture = decode(encoded(np.ascontiguousarray(stored), kind, exif=exif.tobytes(), **options))
        assert (picture.width, picture.height) == (120, 80), kind
        assert np.abs(picture.grey.astype(int) - wanted).mean() < 3, kind


def test_garbage_in_exif_is_no_reason_to_refuse_a_picture() -> None:
    data = encoded(Image.fromarray(sheet()), "JPEG", quality=95, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 500)
    assert is_the_sheet(decode(data), 40)


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_transparent_paper_stays_visible_whatever_its_colour(ink: int) -> None:
    alpha = np.where(sheet() == STROKE, 255, 0).astype(np.uint8)
    grey = decode(encoded(np.dstack([np.full_like(alpha, ink)] * 3 + [alpha]), "PNG")).grey
    assert np.ptp(grey) == 255
    assert (grey[alpha == 255] == ink).all()


def test_holes_in_a_photo_get_its_own_paper() -> None:
    alpha = np.full((80, 120), 255, np.uint8)
    alpha[:10, :10] = 0
    grey = decode(encoded(np.dstack([sheet()] * 3 + [alpha]), "PNG")).grey
    assert grey[0, 0] == 250


def test_a_fully_transparent_picture_is_white_and_its_hidden_colours_stay_hidden() -> None:
    picture = decode(encoded(np.dstack([sheet()] * 3 + [np.zeros((80, 120), np.uint8)]), "PNG"))
    assert (picture.grey == 255).all()
    assert "fully_transparent" in picture.notes


def test_a_large_picture_is_shrunk_for_work_but_remembers_its_size() -> None:
    for kind, options in (("PNG", {"compress_level": 1}), ("JPEG", {})):
        picture = decode(encoded(cv2.resize(sheet(), (5000, 3000)), kind, **options))
        assert (picture.width, picture.height) == (5000, 3000)
        assert max(picture.grey.shape) == WORK_SIDE
        assert np.abs(cv2.resize(picture.grey, (120, 80)).astype(int) - sheet()).mean() < 6


def test_only_the_first_frame_of_an_animation_is_read() -> None:
    other = Image.fromarray(255 - sheet())
    for kind in ("GIF", "PNG", "WEBP"):
        data = encoded(Image.fromarray(sheet()), kind, save_all=True, append_images=[other] * 3, lossless=True)
        pages = list(decode_pages(data))
        assert len(pages) == 1
        assert is_the_sheet(pages[0])


def test_every_page_of_a_tiff_is_read() -> None:
    other = Image.fromarray(255 - sheet())
    pages = list(decode_pages(encoded(Image.fromarray(sheet()), "TIFF", save_all=True, append_images=[other])))
    assert [page.grey[0, 0] for page in pages] == [250, 5]


def test_a_tiff_of_too_many_pages_is_read_up_to_the_limit_and_says_so() -> None:
    dot = Image.new("L", (2, 2))
    pages = list(decode_pages(encoded(dot, "TIFF", save_all=True, append_images=[dot] * MAX_PAGES)))
    assert len(pages) == MAX_PAGES + 1
    assert pages[-1].as_json() == {"code": "too_many_pages", "values": {"most": MAX_PAGES}}


def test_what_gives_no_page_is_yielded_and_not_raised() -> None:
    (fault,) = decode_pages(b"II*\0\xff\xff\xff\xff")
    assert isinstance(fault, Fault)


def test_a_file_that_is_too_large_is_not_even_looked_at() -> None:
    with pytest.raises(Fault) as caught:
        decode(b"\xff\xd8\xff" + bytes(MAX_BYTES))
    assert caught.value.as_json() == {"code": "file_too_large", "values": {"size": 64, "most": 64}}


def test_a_display_copy_of_a_tiny_picture_is_a_lossless_png() -> None:
    copy = display_copy(decode(encoded(sheet(28, 28), "PNG")))
    assert np.array_equal(cv2.imdecode(np.frombuffer(copy, np.uint8), cv2.IMREAD_UNCHANGED), sheet(28, 28))


def test_a_display_copy_carries_no_metadata_and_is_small() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    photo = Image.fromarray(cv2.resize(sheet(), (1600, 1000))).convert("RGB")
    copy = display_copy(decode(encoded(photo, "JPEG", exif=exif.tobytes())))
    with Image.open(io.BytesIO(copy)) as image:
        assert image.format == "WEBP"
        assert image.size == (640, 400)
        assert not image.getexif()
    assert b"secret" not in copy


def test_a_display_copy_of_an_extreme_strip_keeps_a_pixel_of_its_width() -> None:
    copy = display_copy(decode(encoded(np.zeros((1, 60_000), np.uint8), "PNG")))
    with Image.open(io.BytesIO(copy)) as image:
        assert image.size == (640, 1)
