"""A reader of lines says of our alphabet what it knows; what it knows besides is something else."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from recognizer.learning.mnist import Digits
from recognizer.page import Grey, Hints
from recognizer.recognising.line_reader import NOTHING, OTHER, LineReader, Opinion
from recognizer.symbols import ALPHABET
from tests.recognizer.paper import of_label, sheet, write

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def line_reader() -> LineReader:
    return LineReader()


def opinion(*steps: str, sure: float = 0.9) -> Opinion:
    """Of steps that show these signs: "" for nothing more, "?" for something else."""
    likely = np.full((len(steps), len(ALPHABET) + 2), (1 - sure) / (len(ALPHABET) + 1))
    for step, sign in enumerate(steps):
        likely[step, NOTHING if not sign else OTHER if sign == "?" else ALPHABET.index(sign)] = sure
    return Opinion(likely)


@pytest.mark.parametrize(
    ("steps", "text"),
    [(("4", "4", "", "0", "7"), "407"), (("4", "", "4"), "44"), (("", ""), ""), (("-", "1", ".", "5", ""), "-1.5")],
)
def test_a_sign_that_goes_on_is_one_and_nothing_in_between_makes_it_two(steps: tuple[str, ...], text: str) -> None:
    assert opinion(*steps).text == text


def test_what_is_none_of_our_signs_is_left_out_and_told() -> None:
    said = opinion("4", "?", "2", "")
    assert said.text.startswith("4")
    assert said.text.endswith("2")
    assert said.foreign == pytest.approx(1 / 3, abs=0.1)
    assert opinion("4", "", "2").foreign < 0.05


def test_where_a_sign_may_not_stand_the_likeliest_that_may_is_read() -> None:
    likely = np.full((3, len(ALPHABET) + 2), 0.001)
    for step, (first, second) in enumerate([("1", "7"), (".", ","), ("5", "6")]):
        likely[step, [ALPHABET.index(first), ALPHABET.index(second)]] = 0.9, 0.085
    likely /= likely.sum(axis=1, keepdims=True)
    opinion = Opinion(likely)
    texts = [opinion.given(Hints(signs)).text for signs in (None, ".,", ",", "")]
    assert texts == ["1.5", "1.5", "1,5", "15"]
    np.testing.assert_allclose(opinion.given(Hints(",")).likely.sum(axis=1), 1)


def test_a_text_is_as_likely_as_all_the_ways_in_which_the_steps_may_say_it() -> None:
    randomness = np.random.default_rng(5)
    likely = randomness.dirichlet(np.ones(len(ALPHABET) + 2), 4)
    said = Opinion(likely)
    some = [ALPHABET.index("1"), ALPHABET.index("7"), NOTHING]
    for text in ("", "1", "17", "11", "171"):
        total = 0.0
        for way in product(some, repeat=4):
            signs = [step for step, before in zip(way, (-1, *way[:-1]), strict=True) if step != before]
            if "".join(ALPHABET[step] for step in signs if step != NOTHING) == text:
                total += np.prod([likely[step, state] for step, state in enumerate(way)])
        assert said.log_likelihood(text) == pytest.approx(np.log(total), abs=1e-6)


def test_a_written_number_is_read_and_likelier_than_another(line_reader: LineReader, digits: Digits) -> None:
    page = sheet(60, 170)
    write(page, of_label(digits.images, digits.labels, "407"), 15, 50, tall=40, gap=10)
    for line in (page, 255 - page):
        said = line_reader.read(line)
        assert said.text == "407"
        assert said.log_likelihood("407") > said.log_likelihood("401") + 3
        assert said.foreign < 0.2
        np.testing.assert_allclose(said.likely.sum(axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (48, 320)])
def test_a_line_of_any_shape_is_looked_at(line_reader: LineReader, shape: tuple[int, int]) -> None:
    grey: Grey = np.full(shape, 200, np.uint8)
    assert line_reader.read(grey).likely.shape[1] == len(ALPHABET) + 2


TELL_NOBODY = """
import os, numpy
from recognizer.recognising.line_reader import LineReader
LineReader().read(numpy.full((48, 320), 255, numpy.uint8))
if not (child := os.fork()):
    raise SystemExit
os.waitpid(child, 0)
"""


def test_nothing_is_told_to_whoever_made_what_reads(tmp_path: Path) -> None:
    """On machines that test, it tells nothing anyway: so this must not look like one."""
    outside = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", TELL_NOBODY], env=outside, cwd=ROOT, capture_output=True, timeout=100)
    assert (told.returncode, list(tmp_path.rglob("*"))) == (0, [])
