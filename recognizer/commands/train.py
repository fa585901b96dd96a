"""`train` and `train-pairs`: a network learns. Killed at any moment, the same command goes on after its last epoch."""

import argparse
import json
import sys
from dataclasses import fields, replace
from pathlib import Path

from recognizer.bundles import Classifier, TrainConfig, load
from recognizer.exams.metrics import describe, evaluate
from recognizer.learning.memory import keep_memory
from recognizer.learning.mnist import load_mnist, load_mnist_test, var_dir
from recognizer.learning.recipes import GOING_ON, RECIPES
from recognizer.learning.recipes.pairs import PairConfig


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("train", help="train a model on MNIST")
    for field in fields(TrainConfig):
        option = f"--{field.name.replace('_', '-')}"
        if field.type == "bool" or field.type is bool:
            command.add_argument(option, action=argparse.BooleanOptionalAction, help=defaults(field.name))
        else:
            kind = int if field.name == "limit" else type(field.default)
            command.add_argument(option, type=kind, help=defaults(field.name))
    command.add_argument("--start", metavar="MODEL", help="a model whose weights it goes on from (default: none)")
    command.add_argument("--out", type=Path, help="where the model's folder is made (default: models in VAR_DIR)")
    command.add_argument("--name", help="the model's name (default: its architecture)")
    command.set_defaults(run=run)

    command = choices.add_parser("train-pairs", help="train the network that reads two digits that touch")
    for pair_field in fields(PairConfig):
        option, usual = f"--{pair_field.name.replace('_', '-')}", pair_field.default
        command.add_argument(option, type=type(usual), default=usual, help="(default: %(default)s)")
    command.add_argument("--out", type=Path, help="where its two files are made (default: pairs in VAR_DIR)")
    command.set_defaults(run=run_pairs)


def defaults(option: str) -> str:
    """An option's values where it is left out, for a person: each architecture has a recipe of its own."""
    values = [str(getattr(recipe, option)) for recipe in RECIPES.values()]
    if len(set(values)) == 1 or option == "architecture":
        return f"(default: {values[0]})"
    return "(default: " + ", ".join(f"{name} {value}" for name, value in zip(RECIPES, values, strict=True)) + ")"


def run(chosen: argparse.Namespace) -> None:
    named = {field.name: getattr(chosen, field.name) for field in fields(TrainConfig)}
    said = {name: value for name, value in named.items() if value is not None}
    recipe = (GOING_ON if chosen.start else RECIPES).get(
        said.get("architecture", TrainConfig.architecture), TrainConfig()
    )
    config = replace(recipe, **said)
    dataset, test = load_mnist(), load_mnist_test()
    start = load(chosen.start).weights if chosen.start else None
    keep_memory()
    # Hidden imports: TensorFlow takes seconds and half a gigabyte, and only training and export need it.
    from recognizer.learning.training import train  # noqa: PLC0415

    folder = (chosen.out or var_dir() / "models") / (chosen.name or config.architecture)
    result = train(
        config,
        dataset,
        folder,
        test=test,
        checkpoint=var_dir() / "checkpoints" / f"{folder.name}.npz",
        verbose=1 if sys.stdout.isatty() else 2,
        start=start,
        grade=lambda classifier, digits: evaluate(classifier, digits).as_json(),
    )
    print(f"{folder}: epoch {result.best_epoch} of {len(result.history)}, {result.seconds:.0f} s")
    print(describe(evaluate(Classifier(result.bundle), test)))


def run_pairs(chosen: argparse.Namespace) -> None:
    config = PairConfig(**{field.name: getattr(chosen, field.name) for field in fields(PairConfig)})
    dataset = load_mnist()
    keep_memory()
    from recognizer.learning.pairs import train_pairs  # noqa: PLC0415  (TensorFlow's weight, as in `run`)

    folder = chosen.out or var_dir() / "pairs"
    verbose = 1 if sys.stdout.isatty() else 2
    card = train_pairs(config, dataset, folder, checkpoint=var_dir() / "checkpoints" / "pairs", verbose=verbose)
    print(json.dumps(card, indent=1))
