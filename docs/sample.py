"""Make the sample batch anew, which the empty first page offers: `python -m docs.sample`.

Twenty-four numbers of MNIST's training digits in ink on paper made here, one empty sheet among them.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docs.paper import on_paper
from recognizer.learning.mnist import load_mnist

FOLDER = Path(__file__).resolve().parent.parent / "webapp" / "sample"
COUNT, EMPTY = 24, 17


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, _, picture in sheets():
        cv2.imwrite(str(FOLDER / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 82])


def sheets() -> Iterator[tuple[str, str, NDArray[np.uint8]]]:
    """Each sheet's file name, the number on it, and its picture uint8 [H, W, 3]."""
    train = load_mnist().train
    randomness = np.random.default_rng(2026)
    for number in range(1, COUNT + 1):
        places = randomness.integers(0, len(train), randomness.integers(3, 6))
        text, digits = "".join(map(str, train.labels[places])), list(train.images[places])
        if number == EMPTY:
            text, digits = "", [np.zeros_like(digit) for digit in digits]
        yield f"meter-{number:02}.jpg", text, on_paper(digits, randomness)


if __name__ == "__main__":
    main()
