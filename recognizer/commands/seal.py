"""`seal`: a model as a bundle of today's format, its answers of today on its card. Its networks stay what they are."""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from recognizer.bundles import DEFAULT_MODEL, Bundle, DamagedBundle, Sight, load, publish
from recognizer.exams.answers import answers
from recognizer.learning.mnist import load_mnist, var_dir
from recognizer.reader import Reader


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("seal", help="put a model under a new checksum, with what it answers today")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.add_argument(
        "--finder", type=Path, help="what train-finder and train-judge made, to go into it (default: what it has)"
    )
    command.add_argument("--out", type=Path, help="where the model's folder is made (default: models in VAR_DIR)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    bundle = load(chosen.model)
    if chosen.finder:
        bundle = with_finder(bundle, chosen.finder)
    said = answers(Reader(bundle), load_mnist().validation)
    folder = (chosen.out or var_dir() / "models") / bundle.name
    print(f"{folder}: {publish(replace(bundle, card={**bundle.card, 'answers': said}), folder).sha256}")


def with_finder(bundle: Bundle, folder: Path) -> Bundle:
    """With the finder and the judge of a folder. Raises DamagedBundle where they cannot be read, or the finder's card
    names another graph."""
    try:
        graph, judge = ((folder / name).read_bytes() for name in ("finder.tflite", "judge.json"))
        card = json.loads((folder / "finder.json").read_text())
        named = card["sha256"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DamagedBundle(f"The finder in {folder} cannot be read: {error}.") from error
    if hashlib.sha256(graph).hexdigest() != named:
        raise DamagedBundle(f"The finder in {folder} is damaged: it is not the one that its card names.")
    return replace(bundle, sight=Sight(graph, judge), card={**bundle.card, "finder": card})
