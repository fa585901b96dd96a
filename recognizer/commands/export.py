"""`export`: a model's weights converted anew into the graph that serves."""

import argparse
from pathlib import Path

from recognizer.bundles import DEFAULT_MODEL, load
from recognizer.learning.mnist import var_dir


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("export", help="convert a model's weights anew into the graph that serves")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.add_argument("--out", type=Path, help="where the model's folder is made (default: models in VAR_DIR)")
    command.add_argument("--name", help="the new model's name (default: the same)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    bundle = load(chosen.model)
    from recognizer.learning.training import export_again  # noqa: PLC0415  (TensorFlow's weight, as in `train`)

    folder = (chosen.out or var_dir() / "models") / (chosen.name or bundle.name)
    print(f"{folder}: {export_again(bundle, folder).sha256}")
