"""A picture as it is kept for a second look, once its marks are found."""

from dataclasses import dataclass

import cv2

from recognizer.page import Box, Grey, Picture

TALL = 48  # pixels: nobody who reads lines sees digits higher than that


@dataclass(frozen=True, slots=True)
class View:
    """`grey` uint8 [h, w] is the picture with its digits about TALL high, or as they are where they are lower; `scale`
    is its pixels for each of the upright original's."""

    grey: Grey
    scale: float

    @classmethod
    def of(cls, picture: Picture, height: float) -> "View":
        """With digits so high in the pixels of the original."""
        kept = picture.grey.shape[1] / picture.width
        shrunk = min(1.0, TALL / max(1.0, height * kept))
        grey = picture.grey
        if shrunk < 1:
            grey = cv2.resize(grey, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
        return cls(grey, grey.shape[1] / picture.width)

    def crop(self, box: Box) -> Grey:
        """A piece of it, uint8 [h, w], at least one pixel; the box is in the pixels of the original."""
        rows, columns = self.grey.shape
        left, top = (min(max(0, int(side * self.scale)), end - 1) for side, end in ((box.x, columns), (box.y, rows)))
        right, bottom = (round(side * self.scale) for side in (box.right, box.bottom))
        return self.grey[top : max(bottom, top + 1), left : max(right, left + 1)]
