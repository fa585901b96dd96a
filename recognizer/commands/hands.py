"""`hands`: the digits of fonts that people drew after their hand, which the judge learns from."""

import argparse
from pathlib import Path

from recognizer.learning.hands import FILE, keep


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("hands", help="keep the digits of fonts for train-judge")
    command.add_argument("packages", nargs="+", type=Path, help="packages of @fontsource, as npm packs them")
    command.add_argument("--out", type=Path, default=FILE, help="the file to write (default: what ships)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    keep(chosen.packages, chosen.out)
    print(f"{chosen.out}: digits of {len(chosen.packages)} fonts")
