"""`export`: a model's weights converted anew into the graph that serves, sealed as a bundle of today's format."""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from recognizer.bundles import DEFAULT_MODEL, Bundle, DamagedBundle, Pairs, load
from recognizer.learning.mnist import var_dir
from recognizer.recognising.calibration import Calibration


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("export", help="convert a model's weights anew into the graph that serves")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.add_argument("--pairs", type=Path, help="what train-pairs made, to go into it (default: what it has)")
    command.add_argument("--out", type=Path, help="where the model's folder is made (default: models in VAR_DIR)")
    command.add_argument("--name", help="the new model's name (default: the same)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    bundle = load(chosen.model)
    if chosen.pairs:
        bundle = with_pairs(bundle, chosen.pairs)
    from recognizer.learning.training import export_again  # noqa: PLC0415  (TensorFlow's weight, as in `train`)

    folder = (chosen.out or var_dir() / "models") / (chosen.name or bundle.name)
    print(f"{folder}: {export_again(bundle, folder).sha256}")


def with_pairs(bundle: Bundle, folder: Path) -> Bundle:
    """With what `train-pairs` made. Raises DamagedBundle where that cannot be read, or its card names another graph."""
    try:
        graph, card = (folder / "pairs.tflite").read_bytes(), json.loads((folder / "pairs.json").read_text())
        named, pairs = card["sha256"], Pairs(graph, Calibration(card["temperature"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DamagedBundle(f"The network for pairs in {folder} cannot be read: {error}.") from error
    if hashlib.sha256(graph).hexdigest() != named:
        raise DamagedBundle(f"The network for pairs in {folder} is damaged: it is not the one that its card names.")
    return replace(bundle, pairs=pairs, card={**bundle.card, "pairs": card})
