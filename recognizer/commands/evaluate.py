"""`evaluate`: a model's report card, computed at that moment from the graphs that serve."""

import argparse
import json
from pathlib import Path

from recognizer.bundles import DEFAULT_MODEL, Classifier, load
from recognizer.exams import report_card
from recognizer.exams.metrics import describe, evaluate
from recognizer.learning.mnist import load_mnist_test


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("evaluate", help="a model's report card: MNIST's test digits, and what is drawn here")
    command.add_argument("--json", action="store_true", help="only MNIST's test digits, as one JSON object")
    command.add_argument("--brief", action="store_true", help="only MNIST's test digits")
    command.add_argument(
        "--pictures", nargs="+", type=Path, default=[], metavar="CSV", help="labelled pictures as well"
    )
    command.add_argument("--sheet", type=Path, metavar="PNG", help="where the worst errors are drawn")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    bundle, test = load(chosen.model), load_mnist_test()
    scores = evaluate(Classifier(bundle), test)
    if chosen.json:
        named = scores.as_json()
        named = {"mnist_test_accuracy": named.pop("accuracy"), "mnist_test_count": named.pop("count")} | named
        print(json.dumps({"model": bundle.name, "sha256": bundle.sha256} | named))
        return
    say(f"{'model':<20} {bundle.name}\n{describe(scores)}\n")
    if chosen.brief:
        return
    for line in report_card.lines(bundle, test, chosen.pictures, chosen.sheet):
        say(line)


def say(line: str) -> None:
    print(line, flush=True)
