"""PNG, looked through before anybody decodes it: its checksums, its end, and only the chunks that make the picture."""

import struct
import zlib

import cv2
import numpy as np

from recognizer.files.limits import check_size
from recognizer.files.pixels import WORK_SIDE, coloured
from recognizer.page import Fault, Picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"})
PACKED = frozenset({b"zTXt", b"iTXt", b"iCCP"})
MAX_METADATA = 8 * 2**20  # bytes, once unpacked: real profiles and comments stay far below
MAX_CHUNKS = 100_000
MAX_SMALL = 128 * 128


def without_metadata(data: bytes) -> tuple[bytes, bool]:
    """A PNG with the chunks that make the picture and no others, and whether OpenCV may decode it.

    Checks the size, every checksum and the end, none of which Pillow does, and drops text, colour profiles and
    animation frames, which is what PNG bombs are made of. OpenCV decodes 8-bit grey and RGB in 11 µs where Pillow
    takes 65 (28 × 28 pixels); alpha, palettes and 16 bits are left to Pillow.
    """
    kept, position, extras = [SIGNATURE], 8, False
    for _ in range(MAX_CHUNKS):
        if position + 12 > len(data):
            raise Fault("truncated")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise Fault("truncated")
        if kind in KEPT:
            if zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                raise Fault("wrong_checksum")
            kept.append(data[position:end])
            extras = extras or kind in (b"tRNS", b"eXIf", b"PLTE")
        elif kind in PACKED:
            _check_unpacked(data[position + 8 : end - 4])
        position = end
        if kind == b"IEND":
            break
    else:
        raise Fault("too_many_chunks")
    width, height, depth, colour_type, _, _, interlaced = struct.unpack_from(">II5B", kept[1], 8)
    check_size(width, height)
    plain = not extras and depth == 8 and colour_type in (0, 2) and not interlaced and max(width, height) <= WORK_SIDE
    return b"".join(kept), plain


def _check_unpacked(chunk: bytes) -> None:
    if len(chunk) * 1032 <= MAX_METADATA:  # no deflate stream grows more than that
        return
    packed = chunk[chunk.find(b"\0") + 2 :]
    try:
        unpacked = zlib.decompressobj().decompress(packed, MAX_METADATA + 1)
    except zlib.error:
        return  # it is dropped in any case
    if len(unpacked) > MAX_METADATA:
        raise Fault("too_much_metadata")


def is_small(data: bytes) -> bool:
    """Whether the sandbox would cost more than it keeps out: of so few pixels, checked as these are, nothing grows."""
    width, height = struct.unpack_from(">II", data, len(SIGNATURE) + 8)
    return bool(width * height <= MAX_SMALL)


def decode_plain(data: bytes) -> Picture:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise Fault("damaged")
    height, width = pixels.shape[:2]
    if pixels.ndim == 2:
        return Picture(pixels, None, (), width, height)
    return coloured(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), (), width, height)
