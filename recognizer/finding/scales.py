"""At which size a picture is looked at: marks are found best where they are about as high as those drawn to learn from.

A picture is looked at from small to six times as large; larger still only where its marks are small there. The best
of these looks tells how high its marks are, and so the size of the last one.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.finding.network import NOTHING, FinderNetwork, Seen
from recognizer.finding.spots import Spot, spots
from recognizer.symbols import DIGITS

BEST = 32.0  # pixels: the height of digits in the middle of those drawn, which reach from 10 to 96
SMALL = 14.0  # pixels: digits as low as that may be the larger ones of a page of smaller ones
SIDES, LARGER_SIDES = (64, 96, 128, 192, 256, 384), (768, 1536)  # pixels of the longer side
LARGEST = 2048  # pixels of the longer side of any look: what is larger takes seconds
ENLARGED = 4.0  # no pixel is made more than so many times larger: there is nothing more to see
SPREAD = 1.2  # of the logarithm of heights: drawn digits are up to so much lower and higher than BEST
NEAR = 0.3  # of the logarithm: two sizes as near as that are one


@dataclass(frozen=True)
class Look:
    """What was seen at one size: `scale` is pixels there for each of the picture's."""

    scale: float
    seen: Seen
    spots: list[Spot]

    @cached_property
    def digits(self) -> list[Spot]:
        return [spot for spot in self.spots if spot.symbol < len(DIGITS)]

    @cached_property
    def height(self) -> float:
        """The usual longer side of digits, in this look's pixels; 0 without any."""
        return float(np.median([max(spot.width, spot.height) for spot in self.digits])) if self.digits else 0.0

    @property
    def certainty(self) -> float:
        """How sure the network is of the names of the digits, on average by their logarithms; 0 without any."""
        if not self.digits:
            return 0.0
        return float(np.exp(np.mean([np.log(float(spot.symbols.max())) for spot in self.digits])))

    @property
    def shows(self) -> int:
        """In how many cells anything is written or printed."""
        return int((self.seen.symbols[..., NOTHING] < 0.5).sum())

    @property
    def may_hold_more(self) -> bool:
        """Whether a larger look may find what this one cannot: smaller marks, or what is something but no mark yet."""
        return self.height < SMALL and (self.shows > 0 or bool((self.seen.centre > 0.05).any()))

    @cached_property
    def worth(self) -> float:
        """How well what is written is explained here, 0..1: sure marks, that hold all the ink, of a known height."""
        if not self.digits:
            return 0.0
        sure = np.mean([spot.heat * spot.held * float(spot.symbols.max()) for spot in self.spots])
        explained = sum(float(spot.ink.sum()) for spot in self.spots) / max(1.0, float(self.seen.ink.sum()))
        fit = math.exp(-((math.log(self.height / BEST) / SPREAD) ** 2))
        return float(sure) * min(1.0, explained) * fit


def look(network: FinderNetwork, grey: NDArray[np.uint8]) -> tuple[Look, Look | None]:
    """The look at a picture, uint8 [H, W], that explains best what is written, and the best of about that size beside
    it, where there is one."""
    longer = max(grey.shape)
    looks = [look_at(network, grey, side / longer) for side in SIDES if side <= ENLARGED * longer] or [
        look_at(network, grey, ENLARGED)
    ]
    for side in LARGER_SIDES:
        if side > 1.2 * longer or not looks[-1].may_hold_more:
            break
        looks.append(look_at(network, grey, side / longer))
    best = max(looks, key=lambda one: one.worth)
    if not best.digits:
        return max(looks, key=lambda one: one.shows), None
    scale = min(best.scale * BEST / best.height, ENLARGED, LARGEST / longer)
    if min(abs(math.log(scale / one.scale)) for one in looks) >= NEAR:
        looks.append(look_at(network, grey, scale))
    best, *others = sorted(looks, key=lambda one: one.worth, reverse=True)
    alike = (one for one in others if one.digits and abs(math.log(one.scale / best.scale)) <= SPREAD)
    return best, next(alike, None)


def look_at(network: FinderNetwork, grey: NDArray[np.uint8], scale: float) -> Look:
    height, width = (max(8, round(side * scale)) for side in grey.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    seen = network.see(cv2.resize(grey, (width, height), interpolation=how))
    return Look(scale, seen, spots(seen))
