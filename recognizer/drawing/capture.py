"""From what lies there to the grey picture that arrives: resolution, blur, noise, scanning, compression."""

import cv2
import numpy as np
from numpy.typing import NDArray

Greys = NDArray[np.float32]


def captured(
    scene: Greys, height: float, contrast: float, randomness: np.random.Generator, well: bool = False
) -> NDArray[np.uint8]:
    """A scene [side, side] with digits about so many pixels high and ink so much darker than paper, as a picture.

    What is taken `well` is neither out of focus nor shaken, has little noise, and is stored well.
    """
    whole, u = len(scene), randomness.uniform
    # No picture has the size at which it is looked at: what a camera did to it was done at another.
    factor = float(np.exp(u(np.log(min(1.0, max(0.4, 9 / height))), np.log(1.6))))
    side, height = round(whole * factor), height * factor
    picture = cv2.resize(scene, (side, side), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    if randomness.random() < 0.12:
        picture = 255 - picture  # light on dark: boards, screens, negatives
    picture = np.clip(picture, 0, 255)
    if randomness.random() < 0.3:  # few pixels, enlarged
        scale = u(min(1.0, max(0.25, 11 / height)), 1.0)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if randomness.random() < 0.3:
            small = np.round(small + randomness.normal(0, 3, small.shape)).astype(np.float32)
        how = cv2.INTER_LINEAR if randomness.random() < 0.5 else cv2.INTER_CUBIC
        picture = cv2.resize(small, (side, side), interpolation=how)
    kind = 1.0 if well else randomness.random()
    if kind < 0.07:  # a scan in black and white
        middle = (float(picture.min()) + float(picture.max())) / 2
        local = cv2.blur(picture, (31, 31)) - contrast * 0.35 if randomness.random() < 0.5 else middle
        picture = np.where(picture > local, 255.0, 0.0).astype(np.float32)
    elif kind < 0.1:
        picture = np.clip((picture - 128) * u(1.5, 4) + 128 + u(-60, 60), 0, 255)
    if randomness.random() < 0.6:
        picture = cv2.GaussianBlur(picture, (0, 0), u(0.3, (0.6 if well else 0.8) + 0.02 * height))
    elif not well and randomness.random() < 0.1:
        length = int(u(2, 0.2 * height + 3))
        trail = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
        angle = u(0, np.pi)
        way = (int(length * np.cos(angle)), int(length * np.sin(angle)))
        cv2.line(trail, (length - way[0], length - way[1]), (length + way[0], length + way[1]), 1.0)
        picture = cv2.filter2D(picture, -1, trail / trail.sum())
    if randomness.random() < 0.7:
        noise = float(randomness.choice([0.5, 1, 2] if well else [0.5, 2, 5, 9, 14]))
        strength = np.float32(min(noise, 0.2 * contrast + 0.3))
        picture = picture + randomness.standard_normal(picture.shape, np.float32) * strength
    grey = np.clip(picture, 0, 255).astype(np.uint8)
    if randomness.random() < 0.4:
        quality = int(randomness.integers(60 if well else 25, 95))
        coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return cv2.resize(grey, (whole, whole), interpolation=cv2.INTER_AREA if factor > 1 else cv2.INTER_CUBIC)
