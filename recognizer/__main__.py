"""The command line: `python -m recognizer read | evaluate | train | export | fetch`.

Standard output carries the answers only. Exit status: 0 done, 1 a named error, 2 wrong usage, 130 interrupted, 141 when
whoever read the output has gone.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from recognizer.bundles.artifacts import Classifier, DamagedArtifact, UnknownModel, load
from recognizer.exams import report_card as reportcard
from recognizer.exams.metrics import describe, evaluate
from recognizer.learning.memory import keep_memory
from recognizer.learning.mnist import DatasetUnavailable, fetch, load_mnist, load_mnist_test
from recognizer.learning.recipes import (
    DEFAULT_MODEL,
    GOING_ON,
    RECIPES,
    InvalidConfig,
    PairConfig,
    TrainConfig,
    var_dir,
)
from recognizer.reader import Reader, read_paths


def main(arguments: Sequence[str] | None = None) -> int:
    logging.basicConfig(format="%(message)s")
    # TensorFlow's notes about processors and graphs are for its developers; its errors come as exceptions all the same.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # A file name need not be text that this terminal can show.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    chosen = parser().parse_args(arguments)
    try:
        chosen.run(chosen)
        sys.stdout.flush()
    except (DamagedArtifact, UnknownModel, InvalidConfig, DatasetUnavailable) as error:
        print(f"{chosen.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python flushes once more on its way out; that must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def parser() -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser(prog="python -m recognizer", description="Read handwritten numbers.")
    choices = commands.add_subparsers(dest="command", required=True)

    command = choices.add_parser("read", help="read pictures of handwritten numbers")
    command.add_argument("paths", nargs="+", metavar="PATH", help="a picture, or a folder of them")
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.set_defaults(run=read)

    command = choices.add_parser("evaluate", help="a model's report card: MNIST's test digits, and what is drawn here")
    command.add_argument("--json", action="store_true", help="only MNIST's test digits, as one JSON object")
    command.add_argument("--brief", action="store_true", help="only MNIST's test digits")
    command.add_argument(
        "--pictures", nargs="+", type=Path, default=[], metavar="CSV", help="labelled pictures as well"
    )
    command.add_argument("--sheet", type=Path, metavar="PNG", help="where the worst errors are drawn")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.set_defaults(run=report)

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
    command.set_defaults(run=train_on_mnist)

    command = choices.add_parser("train-pairs", help="train the network that reads two digits that touch")
    for field in fields(PairConfig):
        option, usual = f"--{field.name.replace('_', '-')}", field.default
        command.add_argument(option, type=type(usual), default=usual, help="(default: %(default)s)")
    command.add_argument("--out", type=Path, help="where its two files are made (default: pairs in VAR_DIR)")
    command.set_defaults(run=train_for_pairs)

    command = choices.add_parser("export", help="convert a model's weights anew into the graph that serves")
    command.add_argument("--model", default=DEFAULT_MODEL, help="a model's name or folder (default: %(default)s)")
    command.add_argument("--out", type=Path, help="where the model's folder is made (default: models in VAR_DIR)")
    command.add_argument("--name", help="the new model's name (default: the same)")
    command.set_defaults(run=export)

    command = choices.add_parser("fetch", help="fetch MNIST and verify it, so that all else works without a network")
    command.set_defaults(run=fetch_mnist)
    return commands


def defaults(option: str) -> str:
    """An option's values where it is left out, for a person: each architecture has a recipe of its own."""
    values = [str(getattr(recipe, option)) for recipe in RECIPES.values()]
    if len(set(values)) == 1 or option == "architecture":
        return f"(default: {values[0]})"
    return "(default: " + ", ".join(f"{name} {value}" for name, value in zip(RECIPES, values, strict=True)) + ")"


def read(chosen: argparse.Namespace) -> None:
    for row in read_paths(chosen.paths, Reader.load(chosen.model)):
        # Flushed line by line, so that whoever reads along sees each answer when it is there.
        print(json.dumps(row) if chosen.json else sentence(row), flush=True)


def sentence(row: dict[str, Any]) -> str:
    """One line for a person about one row of `read_paths`."""
    place = row["path"] + (f", page {row['page']}" if "page" in row else "")
    notes = f"  ({', '.join(row['notes'])})" if row["notes"] else ""
    if row["error"]:
        return f"{place}: {row['error']}"
    if row["outcome"] != "read":
        return f"{place}: {row['outcome']}{notes}"
    return f"{place}: {' / '.join(row['text'].splitlines())}  {row['confidence']:.1%}{notes}"


def report(chosen: argparse.Namespace) -> None:
    artifact, test = load(chosen.model), load_mnist_test()
    scores = evaluate(Classifier(artifact), test)
    if chosen.json:
        named = scores.as_json()
        named = {"mnist_test_accuracy": named.pop("accuracy"), "mnist_test_count": named.pop("count")} | named
        print(json.dumps({"model": artifact.name, "sha256": artifact.sha256} | named))
        return
    print(f"{'model':<20} {artifact.name}\n{describe(scores)}\n", flush=True)
    if chosen.brief:
        return
    reader, digits = Reader(artifact), reportcard.mnist(artifact, test)
    say(reportcard.summary("without the labels known to be wrong", reportcard.without_wrong_labels(digits)))
    corrupted = list(reportcard.corrupted(artifact, test))
    for name, right, count in corrupted:
        say(reportcard.share(f"corrupted: {name}", right, count))
    mean = sum(right / count for _, right, count in corrupted) / len(corrupted)
    say(f"corrupted: mean of {len(corrupted)}: {mean:.2%}")
    drawn = reportcard.written_numbers(reader, test)
    pictures = [answer for path in chosen.pictures for answer in reportcard.labelled(reader, path)]
    for source, answers in reportcard.by_source([*drawn, *pictures]).items():
        say(reportcard.summary(source, answers))
    level = reportcard.level_of(pictures or drawn)
    say(f"99 % of what is read there, of single digits if any, with a confidence of {level:.3f} and more is right")
    for name, believed, count in reportcard.doubted(reader, level):
        say(reportcard.share(f"no digits, yet so sure: {name}", believed, count))
    if chosen.sheet:
        chosen.sheet.write_bytes(reportcard.contact_sheet([*digits, *drawn, *pictures]))
        say(f"the worst errors: {chosen.sheet}")


def say(line: str) -> None:
    print(line, flush=True)


def train_on_mnist(chosen: argparse.Namespace) -> None:
    named = {field.name: getattr(chosen, field.name) for field in fields(TrainConfig)}
    said = {name: value for name, value in named.items() if value is not None}
    recipe = (GOING_ON if chosen.start else RECIPES).get(
        said.get("architecture", TrainConfig.architecture), TrainConfig()
    )
    config = replace(recipe, **said)
    dataset, test = load_mnist(), load_mnist_test()
    start = load(chosen.start).weights if chosen.start else None
    keep_memory()
    # The one import that is hidden in this package: TensorFlow takes seconds and half a gigabyte, and only training
    # and export need it.
    from recognizer.learning.training import train  # noqa: PLC0415

    folder = (chosen.out or var_dir() / "models") / (chosen.name or config.architecture)
    # Killed at any moment, the same command goes on after the last epoch that ended.
    checkpoint = var_dir() / "checkpoints" / f"{folder.name}.npz"
    verbose = 1 if sys.stdout.isatty() else 2
    result = train(config, dataset, folder, test=test, checkpoint=checkpoint, verbose=verbose, start=start)
    print(f"{folder}: epoch {result.best_epoch} of {len(result.history)}, {result.seconds:.0f} s")
    print(describe(evaluate(Classifier(result.artifact), test)))


def train_for_pairs(chosen: argparse.Namespace) -> None:
    config = PairConfig(**{field.name: getattr(chosen, field.name) for field in fields(PairConfig)})
    dataset = load_mnist()
    keep_memory()
    from recognizer.learning.pairs import train_pairs  # noqa: PLC0415  (TensorFlow's weight, as in train_on_mnist)

    folder = chosen.out or var_dir() / "pairs"
    verbose = 1 if sys.stdout.isatty() else 2
    checkpoint = var_dir() / "checkpoints" / "pairs"
    card = train_pairs(config, dataset, folder, checkpoint=checkpoint, verbose=verbose)
    print(json.dumps(card, indent=1))


def export(chosen: argparse.Namespace) -> None:
    artifact = load(chosen.model)
    from recognizer.learning.training import export_again  # noqa: PLC0415  (TensorFlow's weight, as in train_on_mnist)

    folder = (chosen.out or var_dir() / "models") / (chosen.name or artifact.name)
    print(f"{folder}: {export_again(artifact, folder).sha256}")


def fetch_mnist(chosen: argparse.Namespace) -> None:
    print(fetch())


if __name__ == "__main__":
    sys.exit(main())
