"""The seed's accuracy on MNIST's test digits over several training seeds: mean and spread.

    python -m benchmarks.seed_accuracy [--seeds 0 1 2]

Each seed takes some minutes on two cores; finished trainings stay in VAR_DIR and are taken up again. The one that ships
counts as the training of its seed.
"""

import argparse
import statistics
import sys
from dataclasses import replace

from recognizer.bundles import Bundle, Classifier, TrainConfig, UnknownModel, load
from recognizer.exams.metrics import Report, evaluate
from recognizer.learning.mnist import load_mnist, load_mnist_test, var_dir
from recognizer.learning.recipes import RECIPES
from recognizer.learning.training import train


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    test = load_mnist_test()
    reports = []
    for seed in options.parse_args().seeds:
        report = evaluate(Classifier(trained(replace(RECIPES["seed"], seed=seed))), test)
        print(line(f"seed {seed}", report), flush=True)
        reports.append(report)
    accuracies = [report.accuracy for report in reports]
    spread = statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0
    print(f"mean {statistics.mean(accuracies):.2%} ± {spread:.2%} over {len(accuracies)} seeds")


def trained(config: TrainConfig) -> Bundle:
    folder = var_dir() / "seed-accuracy" / str(config.seed)
    for place in ("seed", folder):
        try:
            bundle = load(place)
        except UnknownModel:
            continue
        if bundle.config == config:
            return bundle
    return train(config, load_mnist(), folder, verbose=1 if sys.stdout.isatty() else 2).bundle


def line(name: str, report: Report) -> str:
    interval = f"95 % interval {report.accuracy_low:.2%} to {report.accuracy_high:.2%}"
    return f"{name}: {report.accuracy:.2%} ({interval}), calibration error {report.ece:.2%}"


if __name__ == "__main__":
    main()
