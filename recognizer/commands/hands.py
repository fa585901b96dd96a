"""`hands`: digits and letters of fonts that people drew after their hand, which the judge learns from."""

import argparse
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import Classifier, load
from recognizer.learning.hands import FILE, keep
from recognizer.recognising.line_reader import LineReader
from recognizer.recognising.normalisation import normalize_glyph
from recognizer.symbols import DIGITS

LIKELY = 0.5


def add_to(choices: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = choices.add_parser("hands", help="keep the digits and letters of fonts for train-judge")
    command.add_argument("packages", nargs="+", type=Path, help="packages of @fontsource, as npm packs them")
    command.add_argument("--scripts", nargs="*", type=Path, default=[], help="packages with letters of other scripts")
    command.add_argument("--out", type=Path, default=FILE, help="the file to write (default: what ships)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    digits, lines = Classifier(load("sapling")).network, LineReader()

    def looks_like_a_digit(image: NDArray[np.uint8]) -> bool:
        """Where two readers, one of digits alone and one of all that is written, hold it for the same."""
        likely = digits.probabilities(normalize_glyph(image)[None])[0]
        heard = lines.read(255 - np.pad(image, image.shape[0] // 8)).log_likelihood(DIGITS[int(likely.argmax())])
        return float(likely.max()) > LIKELY and heard > math.log(LIKELY)

    keep(chosen.packages, chosen.scripts, looks_like_a_digit, chosen.out)
    print(f"{chosen.out}: of {len(chosen.packages)} hands, and of {len(chosen.scripts)} fonts of other scripts")
