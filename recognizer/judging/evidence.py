"""What speaks for and against a mark being the sign that it is read as, as numbers for the judge."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recognizer.judging.judged import Judged, text_of
from recognizer.recognising.line_reader import Opinion
from recognizer.recognising.normalisation import FRAME
from recognizer.recognising.recogniser import Recognised
from recognizer.symbols import ALPHABET, DIGITS

# No evidence counts for more than this, as a logarithm: beyond it probabilities are the networks' imagination.
MOST = 10.0
OF_A_MARK = (
    "margin", "network", "finder", "agree", "heat", "held", "again", "sharp", "size", "odd_size", "beside",
    "sign", "pixels", "alone", "weakest_beside", "heat_beside",
)  # fmt: skip
OF_A_GAP = (
    "gap", "pitch", "to_usual", "to_least", "to_next", "uneven", "pairs", "of_page", "sign_before", "sign_after",
    "taller", "lower", "wide_before", "wide_after", "clear", "between",
)  # fmt: skip
OF_A_NUMBER = (
    "certainty", "weakest", "marks", "beside", "signs", "numbers", "joined", "ends", "left_out", "there", "heat",
    "again", "held", "pixels",
)  # fmt: skip
OF_AN_OPINION = (
    "certainty", "same", "same_digits", "own_likely", "its_likely", "gap", "foreign", "digits", "more", "own_signs",
    "its_signs", "silent", "numbers", "as_many", "our_gap",
)  # fmt: skip
LEAST_PITCH = 0.1  # of a line's usual height: marks on top of each other are as far apart as that
FAR = 6.0  # of those heights: what is further apart is far apart


def of_marks(read: Sequence[Recognised]) -> NDArray[np.float64]:
    """Rows [n, OF_A_MARK], of marks that the finder has seen, in reading order."""
    sure = [float(one.symbols.max()) for one in read]
    heats = [odds(one.candidate.heat) for one in read]
    rows = []
    for number, one in enumerate(read):
        assert one.candidate.symbols is not None
        symbol = ALPHABET.index(one.symbol)
        is_digit = symbol < len(DIGITS)
        near = [k for k in (number - 1, number + 1) if 0 <= k < len(read)]
        best, second = np.sort(one.symbols)[::-1][:2]
        rows.append(
            (
                _log(best) - _log(second),
                odds(float(one.digits[symbol])) if is_digit else 0.0,
                odds(float(one.candidate.symbols[symbol])),
                float(is_digit and int(one.digits.argmax()) == int(one.candidate.symbols[:10].argmax())),
                odds(one.candidate.heat),
                one.candidate.held,
                odds(one.candidate.again),
                one.candidate.sharp,
                math.log(max(one.candidate.size, 0.05)),
                abs(math.log(max(one.candidate.size, 0.05))) if is_digit else 0.0,
                min(one.candidate.beside, 3.0),
                float(not is_digit),
                math.log(max(one.candidate.pixels, 2) / 32),
                float(len(read) == 1),
                odds(min((sure[k] for k in near), default=1.0)),
                sum(heats[k] for k in near) / max(1, len(near)),
            )
        )
    return np.array(rows, np.float64).reshape(-1, len(OF_A_MARK))


def of_gaps(seen: Sequence[Recognised], there: NDArray[np.float64], kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rows [n, OF_A_GAP], of what lies between each mark that is kept, but the first, and the one kept before it, both
    on one line. `there` is how likely each of those seen is a sign.
    """
    which = np.flatnonzero(kept).tolist()
    read = [seen[place] for place in which]
    if len(read) < 2:
        return np.zeros((0, len(OF_A_GAP)))
    places = np.array([(b.x, b.y, b.width, b.height) for b in (one.candidate.box for one in read)], float)
    lines = np.array([one.candidate.line for one in read])
    is_digit = np.array([one.symbol in DIGITS for one in read])
    usual = np.ones(len(read))
    for line in np.unique(lines):
        here = lines == line
        heights = np.sort(places[here & is_digit, 3] if (here & is_digit).any() else places[here, 3])
        usual[here] = max(1.0, float(np.median(heights[len(heights) // 2 :])))
    x, y, width, height = places.T
    gaps = np.clip((x[1:] - (x + width)[:-1]) / usual[1:], -1, FAR)
    pitch = np.clip(np.diff(x + width / 2) / usual[1:], LEAST_PITCH, FAR)
    on_one = lines[1:] == lines[:-1]
    both_digits = on_one & is_digit[1:] & is_digit[:-1]
    page = np.median(pitch[both_digits]) if both_digits.any() else 1.0
    rows = np.zeros((len(read) - 1, len(OF_A_GAP)))
    for line in np.unique(lines[1:][on_one]):
        here = np.flatnonzero(on_one & (lines[1:] == line))
        of_digits = pitch[[k for k in here if both_digits[k]]]
        known = of_digits if len(of_digits) else pitch[here]
        for k in here:
            beside = [pitch[other] for other in (k - 1, k + 1) if other in here]
            rows[k] = (
                gaps[k],
                pitch[k],
                _log(pitch[k] / np.median(known)),
                _log(pitch[k] / known.min()),
                _log(pitch[k] / min(beside)) if beside else 0.0,
                np.log(known).std(),
                math.log(1 + len(known)),
                _log(pitch[k] / page),
                float(not is_digit[k]),
                float(not is_digit[k + 1]),
                _log(height[k + 1] / height[k]),
                np.clip((y[k + 1] + height[k + 1] - y[k] - height[k]) / usual[k], -2, 2),
                min(width[k] / usual[k], 3.0),
                min(width[k + 1] / usual[k], 3.0),
                min(_widest(seen[which[k] : which[k + 1] + 1]) / usual[k], FAR),
                odds(max(there[which[k] + 1 : which[k + 1]], default=0.0)),
            )
    return rows


def _widest(line: Sequence[Recognised]) -> float:
    """The widest room without a mark between the first and the last, in pixels; less than 0 where they overlap."""
    widest, end = -math.inf, line[0].candidate.box.right
    for one in line[1:]:
        widest = max(widest, one.candidate.box.x - end)
        end = max(end, one.candidate.box.right)
    return widest


def of_a_number(word: Sequence[Judged], numbers: int) -> NDArray[np.float64]:
    """One row [OF_A_NUMBER], of the marks of one number on a page with so many numbers."""
    marks = [one.recognised.candidate for one in word]
    return np.array(
        (
            max(-MOST, sum(_log(one.right) for one in word)),
            odds(min(one.right for one in word)),
            math.log(len(word)),
            min(max(mark.beside for mark in marks), 3.0),
            float(sum(one.recognised.symbol not in DIGITS for one in word)),
            math.log(numbers),
            -odds(max((one.apart[0] for one in word[1:]), default=0.0)),
            odds(min(word[0].apart[0], word[-1].apart[1])),
            odds(max(one.left_out for one in word)),
            odds(min(one.there for one in word)),
            odds(min(mark.heat for mark in marks)),
            odds(min(mark.again for mark in marks)),
            min(mark.held for mark in marks),
            math.log(max(2, min(mark.pixels for mark in marks)) / FRAME),
        )
    )


def of_an_opinion(
    word: Sequence[Judged], certainty: float, opinion: Opinion, numbers: int, other: str | None = None
) -> NDArray[np.float64]:
    """One row [OF_AN_OPINION], of the marks of a number on a page with so many, how sure it is to be right, and what a
    reader of lines says of it; or of some `other` text that it may have seen."""
    text, other = text_of(word), opinion.text if other is None else other
    own, its = (max(-3 * MOST, opinion.log_likelihood(one)) for one in (text, other))
    digits, its_digits = ("".join(sign for sign in one if sign in DIGITS) for one in (text, other))
    as_many = len(text) == len(other)
    # How much less likely its signs are than ours, mark by mark, to who has parted them.
    our_gap = sum(
        _log(float(one.recognised.symbols[ALPHABET.index(sign)])) - _log(float(one.recognised.symbols.max()))
        for one, sign in zip(word, other, strict=False)
    )
    return np.array(
        (
            odds(certainty),
            float(text == other),
            float(digits == its_digits),
            own / max(1, len(text)),
            its / max(1, len(other)),
            its - own,
            opinion.foreign,
            math.log(max(1, len(digits))),
            float(np.clip(len(its_digits) - len(digits), -4, 4)),
            float(len(text) - len(digits)),
            float(len(other) - len(its_digits)),
            float(not its_digits),
            math.log(numbers),
            float(as_many),
            max(-MOST, our_gap) if as_many else 0.0,
        )
    )


def odds(probability: float) -> float:
    """The logarithm of the odds, bounded."""
    p = min(max(probability, 1e-9), 1 - 1e-9)
    return max(-MOST, min(MOST, math.log(p / (1 - p))))


def _log(share: float) -> float:
    return max(-MOST, math.log(max(share, 1e-9)))
