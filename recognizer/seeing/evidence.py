"""What speaks for and against a mark being the sign that it is read as, as numbers for the judge."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recognizer.seeing.recogniser import Recognised
from recognizer.symbols import ALPHABET, DIGITS

# No evidence counts for more than this, as a logarithm: beyond it probabilities are the networks' imagination.
MOST = 10.0
OF_A_MARK = (
    "margin", "network", "finder", "agree", "heat", "held", "again", "sharp", "size", "odd_size", "beside",
    "sign", "pixels", "alone", "weakest_beside", "heat_beside",
)  # fmt: skip
OF_A_NUMBER = ("certainty", "weakest", "marks", "beside", "signs")


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


def of_a_number(certainties: Sequence[float], read: Sequence[Recognised]) -> NDArray[np.float64]:
    """One row [OF_A_NUMBER], of the marks of one number and how sure each is."""
    return np.array(
        (
            max(-MOST, sum(_log(p) for p in certainties)),
            odds(min(certainties)),
            math.log(len(certainties)),
            min(max(one.candidate.beside for one in read), 3.0),
            float(sum(one.symbol not in DIGITS for one in read)),
        )
    )


def odds(probability: float) -> float:
    """The logarithm of the odds, bounded."""
    p = min(max(probability, 1e-9), 1 - 1e-9)
    return max(-MOST, min(MOST, math.log(p / (1 - p))))


def _log(probability: float) -> float:
    return max(-MOST, math.log(max(probability, 1e-9)))
