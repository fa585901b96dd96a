"""How a flat thing comes to be a picture: held before a phone's camera, or laid on a scanner.

Light is linear, 0..1, until the sensor; lengths without a unit are in half diagonals of what is to be seen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Plane = NDArray[np.float32]

LEVELS = 4096  # a sensor of twelve bits
GAMMA = 2.2
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


@dataclass(frozen=True, slots=True)
class View:
    """Where each pixel of a picture looks: at which row and column of a surface, float32 [h, w] both.

    The surface has `height` rows and `width` columns, enough for every pixel and for the thing that the view was made
    for, which begins at `top` and `left` of it.
    """

    rows: Plane
    columns: Plane
    top: int
    left: int
    height: int
    width: int

    @classmethod
    def of(cls, height: int, width: int, rows: Plane, columns: Plane) -> "View":
        """Of a thing [height, width], by places counted from its corner: below 0 is what lies around it."""
        top, left = (max(0, int(np.ceil(-places.min()))) + 1 for places in (rows, columns))
        ends = (max(size, int(np.ceil(places.max())) + 2) for size, places in ((height, rows), (width, columns)))
        down, along = (start + end for start, end in zip((top, left), ends, strict=True))
        return cls(rows + np.float32(top), columns + np.float32(left), top, left, down, along)

    def placed(self, thing: Plane, around: float = 0) -> Plane:
        """The thing [h, w] on a surface of `height` and `width`, with this value around it."""
        surface = np.full((self.height, self.width), around, np.float32)
        surface[self.top : self.top + thing.shape[0], self.left : self.left + thing.shape[1]] = thing
        return surface

    def look(self, surface: Plane) -> Plane:
        return cv2.remap(surface, self.columns, self.rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


Painter = Callable[[View], NDArray[np.float32]]  # a surface's reflectance [3, h, w], red, green, blue


def pictured(height: int, width: int, paint: Painter, randomness: np.random.Generator, scanner: float = 0.3) -> Grey:
    """A grey picture uint8 of a thing [height, width], all of it in sight; `scanner` is the chance of a scan."""
    if randomness.random() < scanner:
        view = laid_flat(height, width, randomness)
        return scanned(view.look(seen_grey(paint(view), randomness)), randomness)
    view = held(height, width, randomness)
    return photographed(view.look(seen_grey(paint(view), randomness)), randomness)


def seen_grey(surface: NDArray[np.float32], randomness: np.random.Generator) -> Plane:
    """The luminance of a surface [3, h, w] under a warm or a cool lamp that is not quite balanced."""
    weights = np.array(LUMA) * randomness.uniform(0.88, 1.12, 3)
    red, green, blue = (weights / weights.sum()).astype(np.float32)
    return surface[0] * red + surface[1] * green + surface[2] * blue


@dataclass(frozen=True, slots=True)
class Pose:
    """How a camera stands before a page, and what comes between: `bend` of its lens, `curl` of the page about `crest`.

    Hartley, Zisserman: Multiple View Geometry (2004), 8.1: a plane's picture is the homography K [r1 r2 t], [3, 3].
    """

    homography: NDArray[np.float64]
    bend: float
    curl: float
    crest: float

    @classmethod
    def drawn(cls, randomness: np.random.Generator) -> "Pose":
        pitch, yaw = np.clip(randomness.normal(0, np.radians(6), 2), -0.25, 0.25)
        roll = np.clip(randomness.normal(0, np.radians(2.5)), -0.12, 0.12)
        far = randomness.uniform(1.7, 4)
        homography = np.diag((far, far, 1)) @ np.column_stack([rotation(pitch, yaw, roll)[:, :2], (0, 0, far)])
        bend, curl = randomness.normal(0, 0.012), randomness.normal(0, 0.025)
        return cls(homography, bend, curl, randomness.uniform(-0.5, 0.5))

    def shown(self, page: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where in the picture places (x, y) [n, 2] of the page lie."""
        flat = page - np.outer(self.curl * (page[:, 0] - self.crest) ** 2, (0, 1))
        straight = np.column_stack([flat, np.ones(len(flat))]) @ self.homography.T
        straight = straight[:, :2] / straight[:, 2:]
        bent = straight
        for _ in range(5):  # the lens undone by fixed-point iteration, as it has no closed form
            bent = straight / (1 + self.bend * (bent**2).sum(axis=1, keepdims=True))
        return bent

    def seen(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Which x and y of the page lies at each x and y of the picture."""
        bent = 1 + np.float32(self.bend) * (x * x + y * y)
        x, y = x * bent, y * bent
        back = np.linalg.inv(self.homography).astype(np.float32)
        depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
        page_x = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / depth
        page_y = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / depth
        return page_x, page_y + np.float32(self.curl) * (page_x - np.float32(self.crest)) ** 2


def held(height: int, width: int, randomness: np.random.Generator) -> View:
    """A phone's view of a page, not quite square on: its frame is as large as what is to be seen needs."""
    pose, half = Pose.drawn(randomness), float(np.hypot(height, width)) / 2
    along = np.linspace(-1, 1, 65)
    border = [np.column_stack(side) for end in (-1, 1) for side in ((along, 0 * along + end), (0 * along + end, along))]
    shown = pose.shown(np.concatenate(border) * (width, height) / (2 * half))
    low, high = shown.min(axis=0), shown.max(axis=0)
    across, down = (np.arange(int(np.ceil((high[i] - low[i]) * half))) / half + low[i] for i in (0, 1))
    x, y = pose.seen(*np.meshgrid(across.astype(np.float32), down.astype(np.float32)))
    return View.of(height, width, y * np.float32(half) + height / 2, x * np.float32(half) + width / 2)


def rotation(pitch: float, yaw: float, roll: float) -> NDArray[np.float64]:
    """About the horizontal, the vertical and the viewing axis in turn, radians; [3, 3]."""
    (a, b, c), (p, q, r) = np.cos((pitch, yaw, roll)), np.sin((pitch, yaw, roll))
    nod = np.array([(1, 0, 0), (0, a, -p), (0, p, a)])
    turn = np.array([(b, 0, q), (0, 1, 0), (-q, 0, b)])
    lean = np.array([(c, -r, 0), (r, c, 0), (0, 0, 1)])
    return lean @ turn @ nod


def laid_flat(height: int, width: int, randomness: np.random.Generator) -> View:
    """A scanner's view: square on, a page laid a hair askew, and as much more of it as that needs."""
    skew = np.float32(np.clip(randomness.normal(0, np.radians(0.5)), -0.03, 0.03))
    more_rows, more_columns = (int(np.ceil(abs(skew) * side / 2)) for side in (width, height))
    x = np.arange(-more_columns, width + more_columns, dtype=np.float32)[None, :] - np.float32(width / 2)
    y = np.arange(-more_rows, height + more_rows, dtype=np.float32)[:, None] - np.float32(height / 2)
    return View.of(height, width, y + skew * x + np.float32(height / 2), x - skew * y + np.float32(width / 2))


def photographed(light: Plane, randomness: np.random.Generator) -> Grey:
    """What a phone makes of the reflectance [h, w] in its frame: light, lens, sensor, tone, sharpening, JPEG."""
    height, width = light.shape
    light = light * illumination(height, width, randomness)
    light = defocused(light, float(min(randomness.gamma(2, 0.35), 1.9)))
    exposed = sensed(
        metered(light, randomness.uniform(0.52, 0.92)),
        float(np.exp(randomness.uniform(np.log(1e-5), np.log(1.5e-3)))),
        randomness.uniform(0.0005, 0.004),
        randomness,
    )
    toned = tones(randomness.uniform(0, 0.4))[exposed]
    return compressed(sharpened(toned, max(0.0, randomness.uniform(-0.6, 0.8))), int(randomness.integers(45, 96)))


def scanned(light: Plane, randomness: np.random.Generator) -> Grey:
    """What a flatbed makes of it: even light, stripes of a worn line sensor, a dark gutter at times, white clipped."""
    width = light.shape[1]
    light = light * (1 + randomness.normal(0, 0.004, (1, width))).astype(np.float32)
    if randomness.random() < 0.15:
        along = np.linspace(0, 1, width, dtype=np.float32)[None, :: randomness.choice((-1, 1))]
        light = light * (1 - np.float32(randomness.uniform(0.15, 0.5)) * (1 - rising(along / 0.07)))
    light = defocused(light, randomness.uniform(0.3, 0.9))
    exposed = sensed(
        metered(light, randomness.uniform(0.86, 1.04)), 3e-5, randomness.uniform(0.0005, 0.002), randomness
    )
    toned = tones(randomness.uniform(0, 0.3))[exposed]
    return compressed(sharpened(toned, randomness.uniform(0, 0.8)), int(randomness.integers(60, 98)))


def illumination(height: int, width: int, randomness: np.random.Generator) -> Plane:
    """Light [height, width] on a page: from the whole room, and from one lamp that something may stand before.

    A lamp at height z gives each place at distance d the light z / d**3: Lambert's cosine and the inverse square. A
    lens darkens by the fourth power of its angle's cosine.
    """
    half = float(np.hypot(height, width)) / 2
    x = ((np.arange(width) - width / 2) / half).astype(np.float32)[None, :]
    y = ((np.arange(height) - height / 2) / half).astype(np.float32)[:, None]
    lamp_x, lamp_y = randomness.normal(0, 1.2, 2).astype(np.float32)
    high = np.float32(randomness.uniform(1.8, 5))
    square = (x - lamp_x) ** 2 + (y - lamp_y) ** 2 + high**2
    lamp = high**3 / (square * np.sqrt(square))
    if randomness.random() < 0.22:
        angle, soft = randomness.uniform(0, 2 * np.pi), randomness.uniform(0.03, 0.5)
        edge = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y - np.float32(randomness.uniform(-0.5, 0.5))
        bowed = edge + np.float32(randomness.normal(0, 0.15)) * (x * y)
        lamp = lamp * (1 - np.float32(randomness.uniform(0.3, 0.9)) * rising(bowed / np.float32(soft)))
    room = np.float32(randomness.uniform(0.25, 1.2))
    focal = np.float32(randomness.uniform(2, 5))
    return (room + lamp) / (1 + (x * x + y * y) / focal**2) ** 2


def rising(steps: NDArray[np.floating]) -> Plane:
    """From 0 at 0 to 1 at 1, smoothly."""
    bounded = np.clip(steps, 0, 1).astype(np.float32, copy=False)
    return bounded * bounded * (3 - 2 * bounded)


def defocused(light: Plane, radius: float) -> Plane:
    """Spread over a disc of so many pixels, as by a lens out of focus; its rim is drawn finer than a pixel."""
    reach, fine = int(np.ceil(radius)), 9
    places = (np.arange((2 * reach + 1) * fine) + 0.5) / fine - reach - 0.5
    disc = (places[:, None] ** 2 + places[None, :] ** 2 <= max(radius, 0.3) ** 2).astype(float)
    kernel = disc.reshape(2 * reach + 1, fine, 2 * reach + 1, fine).sum(axis=(1, 3))
    return cv2.filter2D(light, -1, (kernel / kernel.sum()).astype(np.float32), borderType=cv2.BORDER_REPLICATE)


def metered(light: Plane, grey: float) -> Plane:
    """Exposed so that four fifths of the picture are no brighter than this grey, 0..1 after gamma."""
    sample = np.sort(light[::4, ::4], axis=None)
    return light * np.float32(grey**GAMMA / float(sample[len(sample) * 4 // 5]))


def sensed(light: Plane, gain: float, read: float, randomness: np.random.Generator) -> NDArray[np.uint16]:
    """What a sensor counts, 0..LEVELS - 1: its noise has the variance gain * light + read**2.

    Foi, Trimeche, Katkovnik, Egiazarian: Practical Poissonian-Gaussian noise modeling and fitting (2008).
    """
    spread = np.sqrt(np.float32(gain) * light + np.float32(read**2))
    counted = light + spread * randomness.standard_normal(light.shape, dtype=np.float32)
    return (np.clip(counted, 0, 1) * (LEVELS - 1) + np.float32(0.5)).astype(np.uint16)


def tones(contrast: float) -> Grey:
    """The grey of each count [LEVELS]: gamma, with a share `contrast` of an S-curve over it."""
    grey = (np.arange(LEVELS) / (LEVELS - 1)) ** (1 / GAMMA)
    grey += contrast * (grey * grey * (3 - 2 * grey) - grey)
    return np.rint(255 * grey).astype(np.uint8)


def sharpened(grey: Grey, amount: float) -> Grey:
    """What differs from its eight neighbours made to differ more, as most cameras do unasked."""
    return cv2.addWeighted(grey, 1 + amount, cv2.blur(grey, (3, 3)), -amount, 0)


def compressed(grey: Grey, quality: int) -> Grey:
    written = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(written, cv2.IMREAD_GRAYSCALE), np.uint8)
