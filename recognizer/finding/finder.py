"""One picture in, its marks in reading order out."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.finding import tiny
from recognizer.finding.agreement import agreed
from recognizer.finding.found import INKED, Finding, Found
from recognizer.finding.network import CELL, OTHER, FinderNetwork
from recognizer.finding.order import reading_order
from recognizer.finding.scales import Look, look, look_at
from recognizer.finding.spots import WRITTEN, Spot
from recognizer.page import Box, Picture
from recognizer.symbols import DIGITS

MAX_MARKS = 1000  # three full pages of numbers; what has more is told how many were read
SMALL = 0.35  # of the usual longer side of digits: what is smaller and no sign is a scrap
# So many digits or more, of whose names the network is no surer than that on average, may lie on their side: it knows
# upright ones alone. They are read turned where it is surer of these than that. Phones forget how they were held.
TURNABLE, SURE_UPRIGHT, SURE_TURNED = 3, 0.7, 0.75
LOW_CONTRAST = 30  # of 255: soft pencil
# Ink that the network takes for something else than a number, so many cells of it, is something that is there.
SOMETHING = 6
GAP = 0.8  # of the usual height of digits: what is written further apart is written apart


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds marks with the network of a bundle. It may be shared by threads."""

    network: FinderNetwork

    def find(self, picture: Picture) -> Finding:
        """The marks of a picture in reading order. Bounded in time and memory by the size of `picture.grey`."""
        if tiny.is_tiny(picture.grey):
            return tiny.find_one(picture.grey)
        return self.look_for(picture)

    def look_for(self, picture: Picture) -> Finding:
        """The same, with the network, however small the picture is."""
        seen, second = look(self.network, picture.grey)
        if len(seen.digits) < TURNABLE or seen.certainty > SURE_UPRIGHT:
            return _finding(seen, picture, second)
        looks = {quarters: look_at(self.network, _turned(picture.grey, quarters), seen.scale) for quarters in (1, 3)}
        quarters = max(looks, key=lambda quarters: looks[quarters].certainty)
        if looks[quarters].certainty <= max(SURE_TURNED, seen.certainty):
            return _finding(seen, picture, second)
        height, width = picture.height, picture.width
        finding = _finding(looks[quarters], Picture(_turned(picture.grey, quarters), None, (), height, width))
        # What lies beside a turned mark is not looked at as a line.
        marks = [replace(mark, box=_turned_back(mark.box, quarters, picture), reach=None) for mark in finding.marks]
        return Finding(tuple(marks), (*finding.notes, "turned_page"), finding.outcome)


def _finding(seen: Look, picture: Picture, second: Look | None = None) -> Finding:
    spots = _kept(agreed(seen, second), seen)
    if not spots:
        return Finding((), (), "unclear" if _shows_something(seen) else "blank")
    notes = _notes(spots, seen, picture)
    if len(spots) > MAX_MARKS:
        spots, notes = spots[:MAX_MARKS], (*notes, "more_marks")
    return Finding(tuple(_found(spots, seen, picture)), notes, "read")


def _turned(grey: NDArray[np.uint8], quarters: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rot90(grey, quarters))


def _turned_back(box: Box, quarters: int, picture: Picture) -> Box:
    """A box on a picture that was turned anticlockwise, where it lies on the picture itself."""
    if quarters == 1:
        return Box(picture.width - box.bottom, box.x, box.height, box.width)
    return Box(box.y, picture.height - box.right, box.height, box.width)


def _kept(spots: list[Spot], seen: Look) -> list[Spot]:
    """Without digits that are far smaller than the others: scraps of what was cut off, and dust. From top to bottom."""
    least = SMALL * seen.height
    kept = [spot for spot in spots if spot.symbol >= len(DIGITS) or max(spot.width, spot.height) >= least]
    if not any(spot.symbol < len(DIGITS) for spot in kept):
        return []
    return sorted(kept, key=lambda spot: (spot.y, spot.x))


def _shows_something(seen: Look) -> bool:
    """Whether anything is written or printed there, beside the paper's own lines."""
    return int((seen.seen.symbols[..., OTHER] > 0.5).sum()) + int((seen.seen.own > 0.5).sum()) >= SOMETHING


def _found(spots: list[Spot], seen: Look, picture: Picture) -> list[Found]:
    rows, columns = seen.seen.ink.shape
    across, down = picture.width / columns, picture.height / rows
    order = reading_order([(spot.x, spot.y, spot.width, spot.height) for spot in spots])
    usual = seen.height
    marks = []
    for index, line in order:
        spot = spots[index]
        marks.append(
            Found(
                box=Box(
                    int(spot.x * across),
                    int(spot.y * down),
                    max(1, round(spot.width * across)),
                    max(1, round(spot.height * down)),
                ),
                ink=spot.ink,
                line=line,
                symbols=spot.symbols,
                heat=spot.heat,
                held=spot.held,
                size=max(spot.width, spot.height) / usual,
                beside=_beside(spot, seen, usual),
                again=spot.again,
                reach=_scaled(_reach(spot, seen, usual), across),
            )
        )
    return marks


def _reach(spot: Spot, seen: Look, usual: float) -> tuple[int, int]:
    """From where to where ink of any kind goes on to both sides of a mark, in the look's pixels: over gaps of less than
    GAP of the usual height of digits."""
    top, bottom = int(spot.y / CELL), int((spot.y + spot.height) / CELL) + 1
    inked = np.flatnonzero(seen.seen.written[top:bottom].max(axis=0) >= WRITTEN)
    left, right = int(spot.x / CELL), int((spot.x + spot.width) / CELL)
    before, after = inked[inked < left], inked[inked > right]
    most = max(1, round(GAP * usual / CELL))
    for place in before[::-1].tolist():
        if left - place > most:
            break
        left = place
    for place in after.tolist():
        if place - right > most:
            break
        right = place
    return left * CELL, (right + 1) * CELL


def _scaled(reach: tuple[int, int], factor: float) -> tuple[int, int]:
    return int(reach[0] * factor), int(reach[1] * factor)


def _beside(spot: Spot, seen: Look, usual: float) -> float:
    """Ink of no number within half a digit's height of a mark, in cells, as a share of a digit's own."""
    reach = usual / 2
    top, bottom = (max(0, int(y / CELL)) for y in (spot.y - 0.2 * reach, spot.y + spot.height + 0.2 * reach))
    left, right = (max(0, int(x / CELL)) for x in (spot.x - reach, spot.x + spot.width + reach))
    near = seen.seen.symbols[top : bottom + 1, left : right + 1, OTHER]
    return float(near.sum() / max(4.0, usual * usual / (3 * CELL * CELL)))


def _notes(spots: list[Spot], seen: Look, picture: Picture) -> tuple[str, ...]:
    notes = []
    height, width = seen.seen.ink.shape
    grey = cv2.resize(picture.grey, (width, height), interpolation=cv2.INTER_AREA)
    inks, around = zip(*(_tones(spot, grey) for spot in spots), strict=True)
    departure = float(np.mean(inks)) - float(np.mean(around))
    if departure > 0:
        notes.append("light_ink")
    if abs(departure) < LOW_CONTRAST:
        notes.append("low_contrast")
    if any(s.x <= 1 or s.y <= 1 or s.x + s.width >= width - 1 or s.y + s.height >= height - 1 for s in spots):
        notes.append("touches_edge")
    return tuple(notes)


def _tones(spot: Spot, grey: NDArray[np.uint8]) -> tuple[float, float]:
    """The grey of a mark's ink, and of the paper in its box."""
    here = grey[spot.y : spot.y + spot.height, spot.x : spot.x + spot.width]
    inked = spot.ink > INKED
    if not inked.any() or inked.all():
        return float(here.mean()), float(grey.mean())
    paper = spot.ink == 0
    return float(here[inked].mean()), float(here[paper].mean() if paper.any() else grey.mean())
