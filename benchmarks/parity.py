"""What the way through picture files costs: MNIST's test digits as PNG files, read back, against the bare network.

    python -m benchmarks.parity [--model NAME] [--count 10000]

The digits are put on paper larger than themselves, in both polarities (light on dark, dark on light), so that the
reading has to find, invert and bring them into the frame again. Prints the points of accuracy lost on the way, and how
many were not read at all or as several digits.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from recognizer.bundles import DEFAULT_MODEL, Classifier, load
from recognizer.commands.read import read_paths
from recognizer.learning.mnist import Digits, load_mnist_test
from recognizer.reader import Reader

MARGIN = 14  # half a frame on each side; MNIST's own margin of 4 already belongs to the digit's picture


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", default=DEFAULT_MODEL)
    options.add_argument("--count", type=int, default=10_000)
    chosen = options.parse_args()
    bundle, test = load(chosen.model), load_mnist_test()[: chosen.count]
    bare = float((Classifier(bundle).logits(test.images).argmax(axis=1) == test.labels).mean())
    print(f"bare network: {bare:.2%} of {len(test):,}")
    for name, ink_is_light in (("light on dark", True), ("dark on light", False)):
        started = time.perf_counter()
        texts = list(read_back(Reader(bundle), test, ink_is_light))
        rate = len(test) / (time.perf_counter() - started)
        accuracy = float(np.mean([text == str(label) for text, label in zip(texts, test.labels, strict=True)]))
        unread, several = sum(not text for text in texts), sum(len(text) > 1 for text in texts)
        print(
            f"{name}: {accuracy:.2%}, {100 * (bare - accuracy):+.2f} points lost; {unread} not read, "
            f"{several} read as several digits; {rate:.0f} files/s written and read",
            flush=True,
        )


def read_back(reader: Reader, digits: Digits, ink_is_light: bool) -> Iterator[str]:
    """The text read from each digit's file, in order."""
    with tempfile.TemporaryDirectory() as folder:
        for number, image in enumerate(digits.images):
            picture = np.pad(image, MARGIN)
            cv2.imwrite(str(Path(folder) / f"{number:05}.png"), picture if ink_is_light else 255 - picture)
        for row in read_paths([folder], reader):
            yield row["text"]


if __name__ == "__main__":
    main()
