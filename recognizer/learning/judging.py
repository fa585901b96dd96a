"""How the judge learns: pages are drawn and read, and of every mark and number it is known whether it is right."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from recognizer.drawing.canvas import SCRAPPED, UNTOLD, Drawing
from recognizer.drawing.shown import NONE, Shown, shown
from recognizer.drawing.strokes import Handwriting
from recognizer.finding.finder import Finder
from recognizer.judging.evidence import (
    OF_A_GAP,
    OF_A_NUMBER,
    OF_AN_OPINION,
    of_a_number,
    of_an_opinion,
    of_gaps,
    of_marks,
)
from recognizer.judging.judge import THERE, Judge, Layers, line_of, may_be_said, numbers_of
from recognizer.judging.judged import Judged, text_of
from recognizer.learning.recipes.judge import JudgeConfig
from recognizer.recognising.candidate import Prepared
from recognizer.recognising.line_reader import LineReader
from recognizer.recognising.recogniser import Recognised, Recogniser
from recognizer.recognising.view import View
from recognizer.symbols import ALPHABET, pattern

Progress = Callable[[int], None]


@dataclass
class Cases:
    """Rows of evidence [n, features], and of each whether it is so [n]."""

    evidence: list[NDArray[np.float64]] = field(default_factory=list)
    so: list[bool] = field(default_factory=list)

    def add(self, evidence: NDArray[np.float64], so: bool) -> None:
        self.evidence.append(evidence)
        self.so.append(so)


@dataclass(frozen=True)
class Read:
    """A drawn page, what the networks say of the marks found on it, and the evidence on each, row by row."""

    shown: Shown
    view: View
    recognised: list[Recognised]
    evidence: NDArray[np.float64]

    def is_right(self, place: int) -> bool:
        number = self.shown.marks[place]
        return number > 0 and ALPHABET[self.shown.symbol(number)] == self.recognised[place].symbol


def train_judge(
    hands: Sequence[Handwriting],
    finder: Finder,
    recogniser: Recogniser,
    line_reader: LineReader,
    config: JudgeConfig,
    progress: Progress = lambda _: None,
) -> Judge:
    """The judge of what these networks say of pages that these hands write in turn. Marks first: numbers are judged by
    how sure their marks are, and what is heard of them by how sure the numbers are."""
    keras.utils.set_random_seed(config.seed)
    there, pages = Cases(), []
    for number, read in enumerate(_pages(hands, finder, recogniser, config)):
        for place, row in enumerate(read.evidence):
            known = read.shown.marks[place]
            if known != UNTOLD:
                there.add(row, known > 0)
        pages.append(read)
        progress(number + 1)
    # That a mark is read rightly is asked of those that are let pass, strangers among them.
    is_there = fitted(there, config)
    passing = Cases()
    for read in pages:
        for place, likely in enumerate(is_there.probabilities(read.evidence)):
            if likely >= THERE and read.shown.marks[place] != UNTOLD:
                passing.add(read.evidence[place], read.is_right(place))
    is_right = fitted(passing, config)
    unheard = _knowing_nothing(OF_AN_OPINION)
    judge = Judge(is_there, is_right, _knowing_nothing(OF_A_GAP), _knowing_nothing(OF_A_NUMBER), unheard, unheard)
    gaps = Cases()
    for read in pages:
        _add_gaps(read, judge, gaps)
    judge = replace(judge, apart=fitted(gaps, config))
    numbers = Cases()
    for read in pages:
        _add_numbers(read, judge, numbers)
    judge = replace(judge, numbers=fitted(numbers, config))
    own, other = Cases(), Cases()
    for read in pages:
        _add_opinions(read, judge, line_reader, own, other)
    drawn = patterns_drawn(read.shown.drawing for read in pages)
    return replace(judge, own=fitted(own, config), other=fitted(other, config), drawn=drawn)


def patterns_drawn(drawings: Iterable[Drawing]) -> dict[str, int]:
    """How many numbers in full sight are written so on these pages, by their patterns, the most frequent first."""
    written: Counter[str] = Counter()
    for drawing in drawings:
        for number in drawing.numbers:
            if all(mark > 0 for mark in number):
                written[pattern("".join(ALPHABET[drawing.marks[mark - 1][3]] for mark in number))] += 1
    return dict(written.most_common())


def _pages(hands: Sequence[Handwriting], finder: Finder, recogniser: Recogniser, config: JudgeConfig) -> Iterator[Read]:
    for number in range(config.pages):
        one = shown(hands[number % len(hands)], finder, np.random.default_rng((config.seed, number)))
        prepared = Prepared.of(one.finding, one.picture)
        if prepared.view:
            recognised = recogniser.recognise(prepared.candidates)
            yield Read(one, prepared.view, recognised, of_marks(recognised))


def _add_gaps(read: Read, judge: Judge, cases: Cases) -> None:
    """Each two marks that follow each other on a line: whether they are of two numbers."""
    number_of = {mark: number for number, marks in enumerate(read.shown.drawing.numbers) for mark in marks if mark > 0}
    there = judge.there.probabilities(read.evidence)
    kept = there >= THERE
    gaps = of_gaps(read.recognised, there, kept)
    for places, evidence in zip(pairwise(np.flatnonzero(kept)), gaps, strict=True):
        lines = {read.recognised[place].candidate.line for place in places}
        marks = [read.shown.marks[place] for place in places]
        if len(lines) == 1 and all(mark in number_of for mark in marks):
            cases.add(evidence, number_of[marks[0]] != number_of[marks[1]])


def _add_numbers(read: Read, judge: Judge, cases: Cases) -> None:
    """Each number as it is read: whether it is one that was written, with all its marks and no other."""
    words = [word for _, word in numbers_of(judge.judged(read.recognised))]
    for word in words:
        known = _known(read, word)
        if known is not None:
            cases.add(of_a_number(word, len(words)), known[0])


def _add_opinions(read: Read, judge: Judge, line_reader: LineReader, own: Cases, other: Cases) -> None:
    """Each number, and what the reader of lines says of it: which of the two is right."""
    words, _ = judge.words(read.recognised)
    for place, (_, word) in enumerate(words):
        certainty, box, known = judge.certainty(word, len(words)), line_of(words, place), _known(read, word)
        if box is None or known is None:
            continue
        text, opinion = text_of(word), line_reader.read(read.view.crop(box))
        evidence = of_an_opinion(word, certainty, opinion, len(words))
        is_right, written = known
        own.add(evidence, is_right)
        if opinion.text != text and may_be_said(opinion.text):
            other.add(evidence, opinion.text == written)


def _known(read: Read, word: Sequence[Judged]) -> tuple[bool, str] | None:
    """Whether a number says what is written where it lies, and what that is: nothing where it lies on no number or on
    several. None where that cannot be told: how much of a number that the page's edge cuts is in sight is no question
    of reading."""
    numbers = [set(number) for number in read.shown.drawing.numbers]
    places = {id(one): place for place, one in enumerate(read.recognised)}
    marks = {read.shown.marks[places[id(one.recognised)]] for one in word}
    here = [place for place, number in enumerate(numbers) if number & marks - {NONE}]
    if UNTOLD in marks or any({UNTOLD, SCRAPPED} & numbers[place] for place in here):
        return None
    written = read.shown.drawing.numbers[here[0]] if len(here) == 1 else []
    text = "".join(ALPHABET[read.shown.symbol(mark)] for mark in written)
    return text_of(word) == text, text


def _knowing_nothing(evidence: Sequence[str]) -> Layers:
    """A layer that holds everything for as likely as not."""
    inputs = len(evidence)
    return Layers(np.zeros(inputs), np.ones(inputs), np.zeros((inputs, 1)), np.zeros(1), np.zeros(1), 0.0)


def fitted(cases: Cases, config: JudgeConfig) -> Layers:
    """A small network from evidence to how likely it is so, by cross-entropy, which asks for honest probabilities.

    Several that began otherwise, and the mean of their logits, which is a network of all their units: where they differ
    the pages say nothing (Lakshminarayanan and others: Deep ensembles, 2017, arXiv 1612.01474).
    """
    evidence, so = np.stack(cases.evidence), np.array(cases.so, np.float32)
    shift, scale = evidence.mean(0), np.maximum(evidence.std(0), 1e-3)
    scaled = ((evidence - shift) / scale).astype(np.float32)
    members = [_member(scaled, so, config) for _ in range(config.members)]
    hidden, hidden_bias, output, output_bias = zip(*members, strict=True)
    return Layers(
        shift,
        scale,
        np.concatenate(hidden, axis=1),
        np.concatenate(hidden_bias),
        np.concatenate(output) / config.members,
        float(np.mean(output_bias)),
    )


def _member(scaled: NDArray[np.float32], so: NDArray[np.float32], config: JudgeConfig) -> list[NDArray[np.float64]]:
    model = keras.Sequential(
        [
            keras.Input((scaled.shape[1],)),
            layers.Dense(config.units, activation="tanh", kernel_regularizer=keras.regularizers.L2(config.decay)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(
        config.learning_rate, config.epochs * -(-len(so) // config.batch_size)
    )
    model.compile(keras.optimizers.Adam(rate), loss="binary_crossentropy")
    model.fit(scaled, so, batch_size=config.batch_size, epochs=config.epochs, verbose=0)
    hidden, hidden_bias, output, output_bias = (np.asarray(one, np.float64) for one in model.get_weights())
    return [hidden, hidden_bias, output[:, 0], output_bias]
