"""What reading glyphs costs with each model: images a second in LiteRT on two threads, one at a time and 256 at once.

    python -m benchmarks.serving_cost [--models seed sapling] [--rounds 20]

The models take turns in every round, so that whatever else the machine does falls on all of them; the best round of
each counts, and the cost is the first model's rate over its own.
"""

import argparse
import time

import numpy as np

from recognizer.bundles import Classifier, load

BATCHES = (1, 256)
CALLS = {1: 200, 256: 4}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--models", nargs="+", default=["seed", "sapling"])
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--threads", type=int, default=2)
    chosen = options.parse_args()
    models = {name: Classifier(load(name), chosen.threads) for name in chosen.models}
    for batch in BATCHES:
        rates = dict.fromkeys(models, 0.0)
        for _ in range(chosen.rounds):
            for name, model in models.items():
                rates[name] = max(rates[name], rate(model, batch))
        first = rates[chosen.models[0]]
        for name, best in rates.items():
            print(f"batch {batch:>3}  {name:<10} {best:>9,.0f} images/s  cost {first / best:.1f}", flush=True)


def rate(model: Classifier, batch: int) -> float:
    """Images a second over some calls."""
    images = np.zeros((batch, 28, 28), np.uint8)
    images[:, 4:24, 12:16] = 255
    model.logits(images)  # the first call of a new batch size arranges memory
    started = time.perf_counter()
    for _ in range(CALLS[batch]):
        model.logits(images)
    return CALLS[batch] * batch / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
