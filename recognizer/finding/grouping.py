"""Strokes that make one digit, digits that make a line."""

from dataclasses import dataclass

import cv2
import numpy as np

from recognizer.finding.order import reading_order

MAX_STROKES = 600  # the largest ones: grouping compares them in pairs, and no sheet has as many digits
ONE_DIGIT = 40  # a picture no larger, about MNIST's frame, shows one digit: two would leave each fewer than 20 pixels
SCRAP = 0.03  # of the picture's longer side: what is smaller and touches the edge was cut off something else
# The following are shares of the usual height of the picture's digits.
BODY = 0.45  # a stroke at least so high may be a digit by itself
PART = 0.15  # a smaller one at least so long may belong to a digit; what is smaller still is a dot or dust
STACKED_GAP = 0.25  # between the parts of a digit above each other, as the bar of a 5 and its belly
SIDE_GAP = 0.1  # between parts beside each other
ALIKE, ROW = 0.35, 2  # digits in a row differ by less in the logarithm of their heights; and so many make a row
PALE = 0.4  # a stroke with less than this share of the usual ink shows through from behind


@dataclass(slots=True)
class Strokes:
    """The strokes of one mark: its box in pixels of the mask, their labels, area and mean ink."""

    x: int
    y: int
    width: int
    height: int
    members: list[int]
    area: int
    ink: float
    line: int = 0
    gap_before: bool = False

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def joined(self, other: "Strokes") -> "Strokes":
        x, y = min(self.x, other.x), min(self.y, other.y)
        area = self.area + other.area
        return Strokes(
            x,
            y,
            max(self.right, other.right) - x,
            max(self.bottom, other.bottom) - y,
            self.members + other.members,
            area,
            (self.area * self.ink + other.area * other.ink) / area,
        )

    def gaps(self, other: "Strokes") -> tuple[int, int]:
        """Pixels between two boxes, across and down; negative where they overlap."""
        across = max(self.x, other.x) - min(self.right, other.right)
        down = max(self.y, other.y) - min(self.bottom, other.bottom)
        return across, down


def group_strokes(mask: np.ndarray, ink: np.ndarray) -> tuple[list[Strokes], np.ndarray]:
    """The marks of a mask (bool [H, W]) in reading order, and the labels int32 [H, W] that their members name."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count == 1:
        return [], labels
    weight = np.bincount(labels.ravel(), weights=ink.ravel(), minlength=count)
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:MAX_STROKES] + 1
    strokes = [_stroke(int(i), stats[i], float(weight[i])) for i in order]
    if max(mask.shape) <= ONE_DIGIT:
        return [_all_joined(strokes)], labels
    strokes = _without_borders(strokes, mask.shape)
    if not strokes:
        return [], labels
    tall = _usual_height(strokes)
    bodies = [s for s in strokes if s.height >= BODY * tall]
    usual = _weighted_median([s.ink for s in bodies], [s.area for s in bodies])
    bodies = _joined_bodies([s for s in bodies if s.ink >= PALE * usual], tall)
    parts = [s for s in strokes if s.height < BODY * tall and max(s.height, s.width) >= PART * tall]
    alone = [part for part in parts if not _attach(part, bodies, tall)]
    bodies += _bodies_of_parts([s for s in alone if s.ink >= PALE * usual], tall)
    return _in_reading_order(bodies), labels


def _stroke(label: int, stats: np.ndarray, weight: float) -> Strokes:
    x, y, width, height, area = (int(value) for value in stats)
    return Strokes(x, y, width, height, [label], area, weight / area)


def _all_joined(strokes: list[Strokes]) -> Strokes:
    whole, *others = strokes
    for other in others:
        if other.area >= 0.03 * strokes[0].area:
            whole = whole.joined(other)
    return whole


def _without_borders(strokes: list[Strokes], shape: tuple[int, ...]) -> list[Strokes]:
    """Without scraps at the edge, and without the table, a finger or a scanner's rim where anything else is there."""
    height, width = shape
    edge = SCRAP * max(shape)
    strokes = [
        s
        for s in strokes
        if max(s.width, s.height) > edge or not (s.x == 0 or s.y == 0 or s.right == width or s.bottom == height)
    ]
    if not strokes:
        return []

    def is_border(s: Strokes) -> bool:
        beside, over = s.x == 0 or s.right == width, s.y == 0 or s.bottom == height
        return (beside and over) or (beside and s.height > 0.5 * height) or (over and s.width > 0.5 * width)

    inner = [s for s in strokes if not is_border(s)]
    inner += [s for s in strokes if is_border(s) and _is_one_more(s, inner)]
    largest = strokes[0].area
    return inner if any(s.area > 0.02 * largest and s.height > 0.02 * height for s in inner) else strokes


def _is_one_more(stroke: Strokes, inner: list[Strokes]) -> bool:
    """Whether a stroke at the edge stands in a row with several of its size: the end of a number in a tight crop."""
    like = [s for s in inner if abs(np.log(s.height / stroke.height)) < ALIKE and -s.gaps(stroke)[1] > 0.5 * s.height]
    return len(like) >= ROW and stroke.width < 2 * stroke.height


def _weighted_median(values: list[float], weights: list[int]) -> float:
    order = np.argsort(values)
    total = np.cumsum(np.asarray(weights, float)[order])
    return float(values[order[np.searchsorted(total, total[-1] / 2)]])


def _usual_height(strokes: list[Strokes]) -> float:
    return _weighted_median([float(s.height) for s in strokes], [s.height * s.area for s in strokes])


def _joined_bodies(bodies: list[Strokes], tall: float) -> list[Strokes]:
    done: list[Strokes] = []
    for body in bodies:
        for i, other in enumerate(done):
            if _is_one_digit(body, other, tall):
                done[i] = body.joined(other)
                break
        else:
            done.append(body)
    return done


def _is_one_digit(a: Strokes, b: Strokes, tall: float) -> bool:
    across, down = a.gaps(b)
    both = a.joined(b)
    if -across > 0.5 * min(a.width, b.width):
        return down < STACKED_GAP * tall and both.height < 2.2 * tall
    shorter = min(a.height, b.height)
    return across < SIDE_GAP * tall and shorter < 0.8 * both.height and both.width < 1.1 * both.height and down < 0


def _attach(part: Strokes, bodies: list[Strokes], tall: float) -> bool:
    """Whether there was a body that this part belongs to; it is joined to it then."""
    best, nearest = None, STACKED_GAP * tall
    for i, body in enumerate(bodies):
        across, down = part.gaps(body)
        stacked = -across > 0.5 * min(part.width, body.width)
        gap = max(across, down)
        if gap <= nearest and (stacked or gap <= SIDE_GAP * tall):
            best, nearest = i, gap
    if best is not None:
        bodies[best] = bodies[best].joined(part)
    return best is not None


def _bodies_of_parts(parts: list[Strokes], tall: float) -> list[Strokes]:
    """Digits in broken strokes, none of which is high enough by itself, as a 5 of three dashes."""
    done: list[Strokes] = []
    for part in sorted(parts, key=lambda part: part.y):
        for i, other in enumerate(done):
            across, down = part.gaps(other)
            both = part.joined(other)
            if across < 0 and down < STACKED_GAP * tall and max(both.height, both.width) < 1.3 * tall:
                done[i] = both
                break
        else:
            done.append(part)
    return [body for body in done if len(body.members) > 1 and body.height >= 1.5 * BODY * tall]


def _in_reading_order(groups: list[Strokes]) -> list[Strokes]:
    ordered = []
    for index, line, gap_before in reading_order([(g.x, g.y, g.width, g.height) for g in groups]):
        groups[index].line, groups[index].gap_before = line, gap_before
        ordered.append(groups[index])
    return ordered
