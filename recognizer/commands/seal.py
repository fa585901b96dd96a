"""`seal`: a model as a bundle of today's format, its answers of today on its card. Its networks stay what they are."""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from recognizer.bundles import DEFAULT_MODEL, Bundle, DamagedBundle, Pairs, load, publish
from recognizer.exams.answers import answers
from recognizer.learning.mnist import load_mnist, var_dir
from recognizer.reader import Reader
from recognizer.recognising.calibration import Calibration


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("seal", help="put a model under a new checksum, with what it answers today")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.add_argument("--pairs", type=Path, help="what train-pairs made, to go into it (default: what it has)")
    command.add_argument("--out", type=Path, help="where the model's folder is made (default: models in VAR_DIR)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    bundle = load(chosen.model)
    if chosen.pairs:
        bundle = with_pairs(bundle, chosen.pairs)
    said = answers(Reader(bundle), load_mnist().validation)
    folder = (chosen.out or var_dir() / "models") / bundle.name
    print(f"{folder}: {publish(replace(bundle, card={**bundle.card, 'answers': said}), folder).sha256}")


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
