"""The copy of a picture that pages show."""

import cv2

from recognizer.files.pixels import fit
from recognizer.page import Picture

TINY_SIDE = 96
DISPLAY_SIDE = 640


def display_copy(picture: Picture, side: int = DISPLAY_SIDE) -> bytes:
    """A copy to show on a page: PNG where both sides are at most 96 pixels, else WebP of at most `side`.

    Encoded afresh from pixels alone, so that no metadata and no foreign bytes of the upload are ever served.
    """
    pixels = picture.grey if picture.colour is None else cv2.cvtColor(picture.colour, cv2.COLOR_RGB2BGR)
    pixels = fit(pixels, side)
    if max(pixels.shape[:2]) <= TINY_SIDE:
        return cv2.imencode(".png", pixels)[1].tobytes()
    return cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes()
