"""Strokes that make one digit, digits that make a line."""

from dataclasses import dataclass

import cv2
import numpy as np

MAX_STROKES = 2000
ONE_DIGIT = 40  # a picture no larger, about MNIST's frame, shows one digit: two would leave each fewer than 20 pixels


@dataclass(slots=True)
class Group:
    """The strokes of one glyph: its box in pixels of the mask, and their labels."""

    x: int
    y: int
    width: int
    height: int
    members: list[int]
    area: int
    line: int = 0
    gap_before: bool = False
    whole: bool = True

    def joined(self, other: "Group") -> "Group":
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Group(x, y, right - x, bottom - y, self.members + other.members, self.area + other.area)


def group_strokes(mask: np.ndarray) -> tuple[list[Group], np.ndarray]:
    """The glyphs of a mask in reading order, and the labels int32 [H, W] that their members name."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:MAX_STROKES] + 1
    strokes = [_stroke(int(i), stats[i]) for i in order]
    strokes = _without_borders(strokes, mask.shape)
    if not strokes:
        return [], labels
    if max(mask.shape) <= ONE_DIGIT:
        return [_all_joined(strokes)], labels
    tall = _usual_height(strokes)
    bodies = [s for s in strokes if s.height >= 0.45 * tall]
    parts = [s for s in strokes if 0.08 * tall <= max(s.height, s.width) and s.height < 0.45 * tall]
    bodies = _stacked(bodies, tall)
    for part in parts:
        _attach(part, bodies, tall)
    return _in_reading_order(bodies), labels


def _stroke(label: int, stats: np.ndarray) -> Group:
    x, y, width, height, area = (int(value) for value in stats)
    return Group(x, y, width, height, [label], area)


def _all_joined(strokes: list[Group]) -> Group:
    whole, *others = strokes
    for other in others:
        if other.area >= 0.03 * strokes[0].area:
            whole = whole.joined(other)
    return whole


def _without_borders(strokes: list[Group], shape: tuple[int, ...]) -> list[Group]:
    """Without the table beyond the sheet or a scanner's dark rim, where anything else is there."""
    height, width = shape
    inner = [
        s
        for s in strokes
        if not (
            ((s.x == 0 or s.x + s.width == width) and s.height > 0.5 * height)
            or ((s.y == 0 or s.y + s.height == height) and s.width > 0.5 * width)
        )
    ]
    largest = max((s.area for s in strokes), default=0)
    return inner if any(s.area > 0.02 * largest and s.height > 0.05 * height for s in inner) else strokes


def _usual_height(strokes: list[Group]) -> float:
    heights = np.array([s.height for s in strokes], float)
    order = np.argsort(heights)
    weight = np.cumsum(heights[order] * np.array([s.area for s in strokes], float)[order])
    return float(heights[order][np.searchsorted(weight, weight[-1] / 2)])


def _overlap(a: Group, b: Group) -> float:
    shared = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    return shared / min(a.width, b.width)


def _distance(a: Group, b: Group) -> tuple[int, int]:
    across = max(a.x, b.x) - min(a.x + a.width, b.x + b.width)
    down = max(a.y, b.y) - min(a.y + a.height, b.y + b.height)
    return max(0, across), max(0, down)


def _stacked(bodies: list[Group], tall: float) -> list[Group]:
    done: list[Group] = []
    for body in bodies:
        for i, other in enumerate(done):
            both = body.joined(other)
            if _overlap(body, other) > 0.5 and both.height < 2.2 * tall and _distance(body, other)[1] < 0.15 * tall:
                done[i] = both
                break
        else:
            done.append(body)
    return done


def _attach(part: Group, bodies: list[Group], tall: float) -> None:
    best, nearest = None, 0.25 * tall
    for i, body in enumerate(bodies):
        across, down = _distance(part, body)
        if max(across, down) <= nearest:
            best, nearest = i, max(across, down)
    if best is not None:
        bodies[best] = bodies[best].joined(part)


def _in_reading_order(groups: list[Group]) -> list[Group]:
    lines: list[list[Group]] = []
    for group in sorted(groups, key=lambda g: g.y + g.height / 2):
        middle = group.y + group.height / 2
        for line in lines:
            last = line[-1]
            if abs(middle - (last.y + last.height / 2)) < 0.5 * max(group.height, last.height):
                line.append(group)
                break
        else:
            lines.append([group])
    for number, line in enumerate(lines):
        line.sort(key=lambda g: g.x)
        tall = float(np.median([g.height for g in line]))
        for before, group in zip([None, *line[:-1]], line, strict=True):
            group.line = number
            group.gap_before = before is not None and group.x - before.x - before.width > 1.2 * tall
    return [group for line in lines for group in line]
