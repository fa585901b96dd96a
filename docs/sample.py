"""Make the sample batch anew, which the empty first page offers: `python -m docs.sample`.

Twenty-four numbers of MNIST's training digits in ink on paper made here, one empty sheet among them.
"""

from pathlib import Path

import cv2
import numpy as np

from docs.paper import on_paper
from recognizer import dataset

FOLDER = Path(__file__).resolve().parent.parent / "webapp" / "sample"
COUNT, EMPTY = 24, 17


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    images = dataset.load_mnist().train.images
    randomness = np.random.default_rng(2026)
    for number in range(1, COUNT + 1):
        chosen = images[randomness.integers(0, len(images), randomness.integers(3, 6))]
        if number == EMPTY:
            chosen = np.zeros_like(chosen)
        picture = on_paper(list(chosen), randomness)
        cv2.imwrite(str(FOLDER / f"meter-{number:02}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 82])


if __name__ == "__main__":
    main()
