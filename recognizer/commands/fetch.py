"""`fetch`: MNIST, so that all else works without a network."""

import argparse

from recognizer.learning.mnist import fetch


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("fetch", help="fetch MNIST and verify it, so that all else works without a network")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    print(fetch())
