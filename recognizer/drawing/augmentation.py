"""What is done to digits while training, so that a network meets more than MNIST's even hand and clean scans.

`distort` is gentle: turned, scaled, shifted. `roughen` is what pens, paper, cameras and the way through
`normalize_glyph` do to a digit. Both take and give uint8 [n, 28, 28], light ink (255) on dark (0), and never make
another digit of it.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import TrainConfig
from recognizer.recognising.normalisation import FRAME, normalize_glyph

Images = NDArray[np.uint8]
Greys = NDArray[np.float32]  # 0..255, and beyond until clipped

MIDDLE = (FRAME - 1) / 2
# Shares of the digits that each is done to. Most stay clean: most digits that are read come out of a clean-up.
REWRITTEN, RESTROKED, SOILED, SOILED_TWICE = 0.3, 0.3, 0.4, 0.12
FLAGGED, CROWDED = 0.25, 0.05  # the first of the 1s only


def distort(images: Images, config: TrainConfig, randomness: np.random.Generator) -> Images:
    """Each image [n, 28, 28] turned, scaled and shifted about its middle by amounts within the config's bounds."""
    if not (config.shift or config.rotation or config.scale):
        return images
    turn = np.radians(randomness.uniform(-config.rotation, config.rotation, len(images)))
    grow = randomness.uniform(1 - config.scale, 1 + config.scale, len(images))
    shift = randomness.uniform(-config.shift, config.shift, (len(images), 2))
    cos, sin = grow * np.cos(turn), grow * np.sin(turn)
    matrices = np.empty((len(images), 2, 3))
    matrices[:, :, 0], matrices[:, :, 1] = np.stack([cos, sin], 1), np.stack([-sin, cos], 1)
    middle = np.array([MIDDLE, MIDDLE])
    matrices[:, :, 2] = middle - matrices[:, :, :2] @ middle + shift
    return np.stack([cv2.warpAffine(image, matrix, (28, 28)) for image, matrix in zip(images, matrices, strict=True)])


def roughen(images: Images, labels: NDArray[np.integer], randomness: np.random.Generator) -> Images:
    """Each image bent, some written with another pen or hand, and two in five soiled by one or two of SOILS.

    `labels` [n] are the digits', or fewer: images beyond them are of no digit.
    """
    if not len(images):
        return images
    images = images.copy()
    for index in np.flatnonzero((labels == 1) & (randomness.random(len(labels)) < FLAGGED)):
        images[index] = flagged(images[index], randomness)
    for index in np.flatnonzero(randomness.random(len(labels)) < CROWDED):
        images[index] = crowded(images[index], images[randomness.integers(len(labels))], randomness)
    for index in np.flatnonzero(randomness.random(len(images)) < REWRITTEN):
        images[index] = rewrite(images[index], randomness)
    images = bend(images, randomness)
    for index in np.flatnonzero(randomness.random(len(images)) < RESTROKED):
        images[index] = restroke(images[index], randomness)
    greys = images.astype(np.float32)
    for share in (SOILED, SOILED_TWICE):
        soil(greys, np.flatnonzero(randomness.random(len(images)) < share), randomness)
    return greys.astype(np.uint8)


def flagged(image: Images, randomness: np.random.Generator) -> Images:
    """A 1 [28, 28] with a flag at its head, as much of Europe writes it and few of MNIST's do, some with a foot too.

    The flag falls from the head by 20 to 55 degrees from the upright: the bar of a 7 leads away from its head instead.
    """
    rows, columns = np.nonzero(image > 100)
    if not len(rows):
        return image
    large = cv2.copyMakeBorder(image, *(14,) * 4, cv2.BORDER_CONSTANT, value=0)
    large = cv2.resize(large, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    top, bottom = rows.min(), rows.max()
    head, foot = (4 * (np.array([columns[rows == row].mean(), row]) + 14) for row in (top, bottom))
    tall = foot[1] - head[1]
    pen = max(2, round(4 * np.count_nonzero(image > 100) / max(len(np.unique(rows)), 1) * randomness.uniform(0.6, 1.1)))
    angle, reach = np.radians(randomness.uniform(20, 55)), tall * randomness.uniform(0.2, 0.7)
    tip = head + reach * np.array([-np.sin(angle), np.cos(angle)])
    bow = (head + tip) / 2 + reach * randomness.normal(0, 0.06, 2)
    cv2.polylines(large, [np.rint([head, bow, tip]).astype(np.int32)], False, 255, min(pen, 18), cv2.LINE_AA)
    if randomness.random() < 0.15:
        half = tall * randomness.uniform(0.15, 0.4)
        ends = np.rint(foot + np.array([(-half, 0), (half, randomness.normal(0, 3))])).astype(np.int32)
        cv2.polylines(large, [ends], False, 255, min(pen, 18), cv2.LINE_AA)
    return normalize_glyph(large)


def crowded(image: Images, other: Images, randomness: np.random.Generator) -> Images:
    """A digit [28, 28] with a little of its neighbour left beside it, as where two that touched were cut apart."""
    columns, others = (np.flatnonzero(one.any(axis=0)) for one in (image, other))
    if len(columns) < 4 or len(others) < 8:
        return image
    width = int(randomness.integers(1, 4))
    ink, rest = image[:, columns[0] : columns[-1] + 1], other[:, others[0] : others[-1] + 1]
    beside = [ink, rest[:, :width]] if randomness.random() < 0.5 else [rest[:, -width:], ink]
    return normalize_glyph(cv2.resize(np.hstack(beside), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))


def rewrite(image: Images, randomness: np.random.Generator) -> Images:
    """One digit [28, 28] as from a photo: large, with a pen of another width, then normalized like any glyph."""
    side = int(randomness.integers(60, 121))
    large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
    tip = int(randomness.integers(1, side // 14))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (tip, tip))
    changed = cv2.dilate(large, kernel) if randomness.random() < 0.6 else cv2.erode(large, kernel)
    # A photo's clean-up leaves edges somewhere between a threshold and a slope.
    steep = randomness.uniform(1, 6)
    inked = np.clip((changed.astype(np.float32) - 110) * steep + 110, 0, 255).astype(np.uint8)
    inked[inked < 20] = 0
    return normalize_glyph(inked) if np.count_nonzero(inked) > side else image


def bend(images: Images, randomness: np.random.Generator) -> Images:
    """Turned, scaled, sheared, shifted and bent elastically; mostly a little, seldom much.

    Elastic bending after Simard, Steinkraus, Platt: Best Practices for Convolutional Neural Networks (2003), with the
    displacements drawn on a grid of 5 by 5.
    """
    count = len(images)

    def normal(spread: float, most: float, *shape: int) -> NDArray[np.float64]:
        return np.clip(randomness.normal(0, spread, (count, *shape)), -most, most)

    turn, shear = np.radians(normal(10, 32)), normal(0.13, 0.45)
    grow = np.exp(-normal(0.13, 0.45) - 0.03)[:, None] * np.exp(normal(0.05, 0.15, 2))
    cos, sin = np.cos(turn), np.sin(turn)
    # Rows of the inverse map: where in the digit each pixel of the bent one comes from.
    inverse = np.stack([np.stack([cos, -sin + shear * cos], 1), np.stack([sin, cos + shear * sin], 1)], 1)
    inverse /= grow[:, :, None]
    grid = np.arange(FRAME) - MIDDLE
    places = np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2)
    sources = (places[None] - normal(1.3, 4.5, 1, 2)) @ inverse.transpose(0, 2, 1) + MIDDLE
    coarse = randomness.normal(0, 1, (count, 2, 5, 5)) * np.abs(normal(0.6, 1.5))[:, None, None, None]
    spread = cv2.resize(np.eye(5), (5, FRAME), interpolation=cv2.INTER_CUBIC)
    waves = (spread @ coarse @ spread.T).reshape(count, 2, -1).transpose(0, 2, 1)
    maps = (sources + waves).reshape(count, FRAME, FRAME, 2).astype(np.float32)
    return np.stack([cv2.remap(image, map_, None, cv2.INTER_LINEAR) for image, map_ in zip(images, maps, strict=True)])


def restroke(image: Images, randomness: np.random.Generator) -> Images:
    """One digit [28, 28] somewhat bolder or finer, by less than a pixel or a little more."""
    if randomness.random() < 0.6:
        kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)) if randomness.random() < 0.5 else np.ones((2, 2))
        return cv2.addWeighted(image, 1 - (much := randomness.random()), cv2.dilate(image, kernel), much, 0)
    much = 0.8 * randomness.random()
    return cv2.addWeighted(image, 1 - much, cv2.erode(image, np.ones((2, 2))), much, 0)


def soil(greys: Greys, chosen: NDArray[np.integer], randomness: np.random.Generator) -> None:
    """One of SOILS, in place, for each of the chosen of greys [n, 28, 28]."""
    kinds = randomness.integers(0, len(SOILS), len(chosen))
    for number, soiled in enumerate(SOILS):
        for index in chosen[kinds == number]:
            greys[index] = np.clip(soiled(greys[index], randomness), 0, 255)


def blurred(grey: Greys, randomness: np.random.Generator) -> Greys:
    return cv2.GaussianBlur(grey, (0, 0), randomness.uniform(0.5, 2.0))


def shaken(grey: Greys, randomness: np.random.Generator) -> Greys:
    """Blurred along one direction, as by a hand that moved."""
    kernel = np.zeros((9, 9), np.float32)
    angle, reach = randomness.uniform(0, np.pi), randomness.uniform(1, 4.5)
    tip = np.array([np.cos(angle), np.sin(angle)]) * reach
    cv2.line(kernel, np.rint(4 - tip).astype(int).tolist(), np.rint(4 + tip).astype(int).tolist(), 1)
    return cv2.filter2D(grey, -1, kernel / kernel.sum())


def noisy(grey: Greys, randomness: np.random.Generator) -> Greys:
    return grey + randomness.normal(0, randomness.uniform(5, 90), grey.shape).astype(np.float32)


def speckled(grey: Greys, randomness: np.random.Generator) -> Greys:
    """Single pixels at random greys."""
    hit = randomness.random(grey.shape) < randomness.uniform(0.01, 0.2)
    return np.where(hit, randomness.choice((0, 255), grey.shape), grey).astype(np.float32)


def faded(grey: Greys, randomness: np.random.Generator) -> Greys:
    """Less contrast, on a ground that is anything from dark to light."""
    contrast = np.float32(randomness.uniform(0.15, 1))
    return contrast * grey + np.float32(randomness.uniform(0, 255 * (1 - contrast)))


def bleached(grey: Greys, randomness: np.random.Generator) -> Greys:
    """Another gamma, and more or less light."""
    gamma, light = np.float32(randomness.uniform(0.4, 2.5)), np.float32(randomness.uniform(-30, 110))
    return (255 * (grey / 255) ** gamma + light).astype(np.float32)


def fogged(grey: Greys, randomness: np.random.Generator) -> Greys:
    """Behind patches of light of several sizes."""
    sides = (2, 4, 7, 14)
    fog = np.average([cloud(side, randomness) for side in sides], axis=0, weights=[1 / side for side in sides])
    thick = randomness.uniform(0.2, 0.75)
    return ((1 - thick) * grey + thick * 255 * fog).astype(np.float32)


def shaded(grey: Greys, randomness: np.random.Generator) -> Greys:
    """Light that falls from one side."""
    angle, much = randomness.uniform(0, 2 * np.pi), randomness.uniform(20, 160)
    along = np.arange(FRAME) / FRAME - 0.5
    return grey + np.float32(much) * (np.cos(angle) * along[None] + np.sin(angle) * along[:, None] + 0.3).astype("f4")


def striped(grey: Greys, randomness: np.random.Generator) -> Greys:
    """A band or two, upright or flat, where light is dark and dark is light."""
    grey = grey.copy()
    view = grey if randomness.random() < 0.5 else grey.T
    for _ in range(randomness.integers(1, 3)):
        start, width = randomness.integers(0, FRAME), randomness.integers(1, 8)
        view[start : start + width] = 255 - view[start : start + width]
    return grey


def crossed(grey: Greys, randomness: np.random.Generator) -> Greys:
    """Lines across, as of ruled paper or a stroke gone astray, solid or dotted; some light, few dark."""
    grey = grey.copy()
    ends = randomness.integers(-4, FRAME + 4, (randomness.integers(1, 5), 2, 2))
    for start, end in ends:
        ink = randomness.uniform(80, 255) if randomness.random() < 0.8 else 0
        if randomness.random() < 0.3:
            along = np.linspace(0, 1, int(randomness.integers(5, 15)))[:, None]
            spots = np.rint(start + along * (end - start)).astype(int)
            spots = spots[((spots >= 0) & (spots < FRAME)).all(axis=1)]
            grey[spots[:, 1], spots[:, 0]] = ink
        else:
            cv2.line(grey, start.tolist(), end.tolist(), ink, int(randomness.random() < 0.2) + 1, cv2.LINE_AA)
    return grey


def erased(grey: Greys, randomness: np.random.Generator) -> Greys:
    """A small rectangle of one grey over it."""
    grey = grey.copy()
    (left, top), (width, height) = randomness.integers(3, 22, 2), randomness.integers(2, 8, 2)
    grey[top : top + height, left : left + width] = randomness.choice((0, randomness.uniform(0, 255)))
    return grey


def spattered(grey: Greys, randomness: np.random.Generator) -> Greys:
    """Drops of light or dark all over."""
    drops = cv2.GaussianBlur(randomness.normal(0, 1, grey.shape), (0, 0), randomness.uniform(0.8, 2))
    wet = drops > np.quantile(drops, randomness.uniform(0.75, 0.98))
    return np.where(wet, randomness.uniform(120, 255) if randomness.random() < 0.7 else 0, grey).astype(np.float32)


def coarsened(grey: Greys, randomness: np.random.Generator) -> Greys:
    """With fewer pixels than it had."""
    side = int(randomness.integers(9, 20))
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    how = cv2.INTER_NEAREST if randomness.random() < 0.5 else cv2.INTER_LINEAR
    return cv2.resize(small, grey.shape, interpolation=how)


def cloud(side: int, randomness: np.random.Generator) -> Greys:
    """Smooth noise [28, 28] in 0..1 with about `side` hills along each edge."""
    return cv2.resize(randomness.random((side, side), np.float32), (FRAME, FRAME), interpolation=cv2.INTER_LINEAR)


SOILS: tuple[Callable[[Greys, np.random.Generator], Greys], ...] = (
    blurred, shaken, noisy, speckled, faded, bleached, fogged, shaded, striped, crossed, erased, spattered, coarsened,
)  # fmt: skip
