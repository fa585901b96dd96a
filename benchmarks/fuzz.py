"""Malformed files without end, for the decoder and for what unpacks archives: only the named error may leave them.

    python -m benchmarks.fuzz --minutes 10

Hypothesis changes, cuts and joins whole files of every kind. Each reader runs in this process, so that one that crashes
the interpreter is seen as such; what is found belongs among the tests of bad pictures and of unpacking.
"""

import argparse
import io
import resource
import time
import zipfile
from collections.abc import Callable

import numpy as np
import pypdfium2
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from recognizer.bundles import DEFAULT_MODEL, load
from recognizer.files import Limits, decode_pages, display_copy, unpack
from recognizer.page import Fault

ROUND = 300
SECONDS = 10.0  # that no single file may take
noise = np.random.default_rng(7).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def picture(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind, **options)
    return file.getvalue()


def archive(method: int, *files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for number, data in enumerate(files):
            packed.writestr(f"folder/{number}.png", data)
    return file.getvalue()


def pdf(pages: int) -> bytes:
    file, document = io.BytesIO(), pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 100)
    document.save(file)
    return file.getvalue()


PICTURES = [
    picture("PNG"),
    picture("JPEG", progressive=True),
    picture("GIF"),
    picture("BMP"),
    picture("WEBP"),
    picture("AVIF"),
    *(picture("TIFF", compression=how) for how in ("raw", "tiff_lzw", "tiff_deflate", "jpeg", "packbits")),
]
pages = [Image.fromarray(noise)] * 3
HOLDERS = [
    *(archive(method, PICTURES[0], PICTURES[1], PICTURES[6]) for method in (0, 8, 12, 14)),
    archive(8, archive(8, PICTURES[0]), pdf(2)),
    pdf(3),
    picture("TIFF", save_all=True, append_images=pages),
]


@st.composite
def malformed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    data = bytearray(draw(st.sampled_from(seeds)))
    for place, value in draw(st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), max_size=8)):
        data[place % len(data)] = value
    for place, value in draw(st.lists(st.tuples(st.integers(0, 2**20), st.sampled_from(EXTREMES)), max_size=2)):
        start = place % len(data)
        data[start : start + len(value)] = value
    if draw(st.booleans()):
        return bytes(data)
    cut, other = draw(st.integers(0, len(data))), draw(st.sampled_from(seeds))
    return bytes(data[:cut]) + draw(st.sampled_from([b"", other, other[len(other) // 2 :]]))


finder = load(DEFAULT_MODEL).finder()
EXTREMES = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\xff\xff"]


def decode(data: bytes) -> None:
    for page in decode_pages(data):
        if not isinstance(page, Fault):
            finder.find(page)
            display_copy(page)


def open_up(data: bytes) -> None:
    try:
        for piece in unpack(io.BytesIO(data), "file.zip", Limits(pictures=50, pdf_pages=20)):
            try:
                piece.load()
            except Fault:
                continue
    except Fault:
        return


def besiege(read: Callable[[bytes], None], seeds: list[bytes], minutes: float) -> None:
    count, slowest, ends = 0, 0.0, time.monotonic() + 60 * minutes

    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(malformed(seeds))
    def attempt(data: bytes) -> None:
        nonlocal count, slowest
        begun = time.monotonic()
        read(data)
        count, slowest = count + 1, max(slowest, time.monotonic() - begun)
        assert time.monotonic() - begun < SECONDS, "too slow"

    while time.monotonic() < ends:
        attempt()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{read.__name__}: {count:,} files in {minutes:g} min, slowest {slowest:.2f} s, peak {peak} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", choices=["decode", "open_up"], nargs="+", default=["decode", "open_up"])
    args = parser.parse_args()
    if "decode" in args.only:
        besiege(decode, PICTURES, args.minutes)
    if "open_up" in args.only:
        besiege(open_up, HOLDERS, args.minutes)


if __name__ == "__main__":
    main()
