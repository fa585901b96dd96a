"""How sure models are of glyphs that are no digits, beside how sure they are of digits.

    python -m benchmarks.doubt [--models seed sapling]

For each kind of glyph: the mean confidence in the likeliest digit, and the share believed with 90 % and more. Drawn are
the kinds that a network may have learned doubt from (anew, from a seed of their own), then kinds that none was shown.
"""

import argparse
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import Classifier, available, load
from recognizer.drawing import nondigits
from recognizer.learning.mnist import Digits, load_mnist_test
from recognizer.recognising.normalisation import normalize_glyph

SEED, COUNT, SURE = 1812, 500, 0.9
Images = NDArray[np.uint8]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--models", nargs="+", default=available())
    models = [Classifier(load(name)) for name in options.parse_args().models]
    print(f"{'':<24}" + "".join(f"{model.bundle.name:>18}" for model in models))
    for name, glyphs in kinds(load_mnist_test()).items():
        print(f"{name:<24}" + "".join(f"{describe(model, glyphs):>18}" for model in models), flush=True)


def describe(model: Classifier, glyphs: Images) -> str:
    tops = model.bundle.calibration.probabilities(model.logits(glyphs)).max(axis=1)
    return f"{tops.mean():.1%}, {np.mean(tops >= SURE):.1%} sure"


def kinds(test: Digits) -> dict[str, Images]:
    """Glyphs uint8 [n, 28, 28] by name; the first are digits."""
    randomness = np.random.default_rng(SEED)
    found: dict[str, Images] = {"digits": test.images}
    for drawn in dict.fromkeys(nondigits.DRAWN):
        found[f"{drawn.__name__} (taught)"] = np.stack([drawn(randomness) for _ in range(COUNT)])
    pairs = zip(test.images[:COUNT], test.images[COUNT : 2 * COUNT], strict=True)
    found["merged (taught)"] = np.stack([nondigits.merged(left, right, randomness) for left, right in pairs])
    unseen: dict[str, Callable[[], Images]] = {
        "lying digits (unseen)": lambda: lying(test, randomness),
        "triplets (unseen)": lambda: triplet(test.images[randomness.integers(len(test), size=3)]),
    }
    return found | {name: np.stack([draw() for _ in range(COUNT)]) for name, draw in unseen.items()}


def lying(test: Digits, randomness: np.random.Generator) -> Images:
    """A digit on its side that is no digit there."""
    chosen = randomness.choice(np.flatnonzero(np.isin(test.labels, (2, 3, 4, 5, 7))))
    return np.rot90(test.images[chosen], randomness.choice((1, 3)))


def triplet(three: Images) -> Images:
    return normalize_glyph(cv2.resize(np.hstack(list(three[:, :, 4:24])), None, fx=3, fy=3))


if __name__ == "__main__":
    main()
