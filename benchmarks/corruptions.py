"""How well models read corrupted digits: MNIST's test digits under seventeen corruptions, in the manner of MNIST-C.

    python -m benchmarks.corruptions [--models seed sapling]

The corruptions themselves are in `recognizer/exams/corruptions.py`.
"""

import argparse

import numpy as np

from recognizer.bundles import Classifier, available, load
from recognizer.exams.corruptions import CORRUPTIONS, SEED, clean
from recognizer.learning.mnist import load_mnist_test


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--models", nargs="+", default=available())
    models = {name: Classifier(load(name)) for name in options.parse_args().models}
    test = load_mnist_test()
    print(f"{'':<14}" + "".join(f"{name:>10}" for name in models))
    sums = np.zeros(len(models))
    for number, (name, corrupted) in enumerate({"clean": clean, **CORRUPTIONS}.items()):
        randomness = np.random.default_rng([SEED, number])
        images = corrupted(test.images, randomness)
        shares = [float((model.logits(images).argmax(axis=1) == test.labels).mean()) for model in models.values()]
        sums += shares if number else 0
        print(f"{name:<14}" + "".join(f"{share:>10.2%}" for share in shares), flush=True)
    print(f"{'mean':<14}" + "".join(f"{share:>10.2%}" for share in sums / len(CORRUPTIONS)) + "  (without clean)")


if __name__ == "__main__":
    main()
