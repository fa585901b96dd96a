"""`train`, `train-finder`, `train-judge`: a network learns.

Killed at any moment, the same command goes on where it last kept what it had; the judge begins anew.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np

from recognizer.bundles import DEFAULT_MODEL, Classifier, TrainConfig, load
from recognizer.drawing.strokes import Handwriting
from recognizer.exams.metrics import describe, evaluate
from recognizer.finding.finder import Finder
from recognizer.finding.network import FinderNetwork
from recognizer.learning.hands import others
from recognizer.learning.memory import keep_memory
from recognizer.learning.mnist import load_mnist, load_mnist_test, var_dir
from recognizer.learning.recipes import GOING_ON, RECIPES
from recognizer.learning.recipes.finder import FinderConfig
from recognizer.learning.recipes.judge import JudgeConfig
from recognizer.recognising.line_reader import LineReader, network_sha256
from recognizer.recognising.recogniser import Recogniser


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

    command = choices.add_parser("train-finder", help="train the network that finds what somebody wrote")
    for finder_field in fields(FinderConfig):
        option, usual = f"--{finder_field.name.replace('_', '-')}", finder_field.default
        command.add_argument(option, type=type(usual), default=usual, help="(default: %(default)s)")
    command.add_argument("--out", type=Path, help="where its files are made (default: finder in VAR_DIR)")
    command.add_argument("--start", type=Path, help="a folder of train-finder whose weights it goes on from")
    command.set_defaults(run=run_finder)

    command = choices.add_parser("train-judge", help="train the judge of what a finder and a digit network say")
    command.add_argument("--model", default=DEFAULT_MODEL, help="whose digit network (default: %(default)s)")
    command.add_argument(
        "--pages", type=int, default=JudgeConfig.pages, help="drawn to learn from (default: %(default)s)"
    )
    command.add_argument("--out", type=Path, help="where train-finder has made its files (default: finder in VAR_DIR)")
    command.set_defaults(run=run_judge)


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


def run_finder(chosen: argparse.Namespace) -> None:
    config = FinderConfig(**{field.name: getattr(chosen, field.name) for field in fields(FinderConfig)})
    folder, digits = chosen.out or var_dir() / "finder", load_mnist().train
    # Faster by a third on processors without AVX-512; must be said before TensorFlow is imported.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    from recognizer.learning.finder import as_arrays, exported, train_finder  # noqa: PLC0415  (TensorFlow's weight, as in `run`)

    began = time.monotonic()
    start = None
    if chosen.start:
        with np.load(chosen.start / "weights.npz", allow_pickle=False) as kept:
            start = [kept[name] for name in sorted(kept.files)]
    model = train_finder(Handwriting.of(digits.images, digits.labels), config, folder, start)
    graph = exported(model)
    (folder / "finder.tflite").write_bytes(graph)
    np.savez_compressed(folder / "weights.npz", allow_pickle=False, **as_arrays(model))
    card = {
        "sha256": hashlib.sha256(graph).hexdigest(),
        "training": asdict(config),
        "pages": config.steps * config.batch_size,
        "seconds": round(time.monotonic() - began),
    }
    (folder / "finder.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"{folder}: {len(graph):,} bytes")


def run_judge(chosen: argparse.Namespace) -> None:
    folder, digits = chosen.out or var_dir() / "finder", load_mnist().validation
    bundle = load(chosen.model)
    recogniser = Recogniser(Classifier(bundle).network, bundle.alphabet)
    finder = Finder(FinderNetwork((folder / "finder.tflite").read_bytes()))
    from recognizer.learning.judging import train_judge  # noqa: PLC0415  (TensorFlow's weight, as in `run`)

    def progress(page: int) -> None:
        if page % 500 == 0:
            print(f"{page} pages read", flush=True)

    config = JudgeConfig(pages=chosen.pages)
    hands = [others(), Handwriting.of(digits.images, digits.labels)]
    judge = train_judge(hands, finder, recogniser, LineReader(), config, progress)
    (folder / "judge.json").write_text(json.dumps(judge.as_json() | {"line_reader": network_sha256()}) + "\n")
