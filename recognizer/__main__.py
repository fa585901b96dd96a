"""The command line: `python -m recognizer read | evaluate | train | train-finder | train-judge |
hands | export | seal | fetch`.

Standard output carries the answers only. Exit status: 0 done, 1 a named error, 2 wrong usage, 130 interrupted, 141 when
whoever read the output has gone.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from recognizer.bundles import DamagedBundle, InvalidConfig, UnknownModel
from recognizer.commands import evaluate, export, fetch, hands, read, seal, train
from recognizer.learning.mnist import DatasetUnavailable


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
    except (DamagedBundle, UnknownModel, InvalidConfig, DatasetUnavailable) as error:
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
    for command in (read, evaluate, train, hands, export, seal, fetch):
        command.add_to(choices)
    return commands


if __name__ == "__main__":
    sys.exit(main())
