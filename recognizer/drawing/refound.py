"""What the finder makes of ink that it is shown on paper or in a picture: ink as it comes out of photos.

Networks are taught with these beside clean ones. No examination is written on this paper: that has its own.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing.paper import RULINGS, paper, photographed
from recognizer.finding import find_marks
from recognizer.page import Picture

Images = NDArray[np.uint8]

SHARE = 0.6  # of the ink's longer side: what is found of it and shorter is a scrap of it
SMALL = 28  # pixels: as large as many pictures of single things are


def on_paper(ink: Images, randomness: np.random.Generator) -> Images | None:
    """Ink uint8 [h, w], light on dark, written on a sheet, photographed, found: the ink of its largest mark.

    None where next to nothing of it is found.
    """
    tall = int(randomness.integers(32, 90))
    scale = tall / max(ink.shape)
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    room = [round(tall * randomness.uniform(0.1, 0.6)) for _ in range(4)]
    inked = np.pad(small, ((room[0], room[1]), (room[2], room[3]))).astype(np.float32) / 255
    height, width = inked.shape
    ruling = str(randomness.choice(RULINGS)) if randomness.random() < 0.4 else "plain"
    sheet = paper(height, width, ruling, randomness, round(tall * randomness.uniform(0.5, 2)))
    sheet *= 1 - np.float32(randomness.uniform(0.35, 0.9)) * inked
    return _largest(photographed(sheet, randomness, randomness.random()), SHARE * tall)


def in_picture(grey: Images, randomness: np.random.Generator) -> Images | None:
    """A picture of some thing uint8 [h, w], light on dark, at some size, some inverted: its largest mark's ink.

    None where next to nothing of it is found.
    """
    side = SMALL * int(randomness.choice((1, 1, 3, 6)))
    seen = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    return _largest(seen if randomness.random() < 0.5 else 255 - seen, SHARE * side)


def _largest(grey: Images, least: float) -> Images | None:
    marks = find_marks(Picture.drawn(grey)).marks
    if not marks:
        return None
    largest = max(marks, key=lambda mark: mark.box.width * mark.box.height)
    return largest.ink if max(largest.box[2:]) >= least else None
