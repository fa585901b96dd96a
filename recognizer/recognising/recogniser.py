"""What two networks say of candidates, many at once."""

from collections.abc import Sequence

import numpy as np

from recognizer.page import Mark
from recognizer.recognising.candidate import Candidate, stacked
from recognizer.recognising.digit_network import DigitNetwork
from recognizer.recognising.lattice import SURE_WHOLE, Ways
from recognizer.recognising.looks import probabilities
from recognizer.recognising.normalisation import PAIR_FRAME
from recognizer.recognising.pair_network import OUTPUTS, PairNetwork


class Recogniser:
    """Reads marks with a network for digits and one for two that touch. It may be shared by threads."""

    def __init__(self, digits: DigitNetwork, pairs: PairNetwork, symbols: str) -> None:
        self._digits, self._pairs, self._symbols = digits, pairs, symbols

    def recognise(self, candidates: Sequence[Candidate]) -> list[tuple[float, list[Mark]]]:
        """For each candidate how sure the likeliest way to read it is, and the marks that it is read as."""
        wholes = probabilities(self._digits, stacked(candidate.glyphs[0] for candidate in candidates))
        # Most marks that are wide enough for two digits are one, and clearly so: their pieces need no look.
        doubtful = [index for index, row in enumerate(wholes) if row.max() <= SURE_WHOLE]
        cut = [candidates[index] for index in doubtful]
        pieces = probabilities(self._digits, stacked(glyph for candidate in cut for glyph in candidate.glyphs[1:]))
        frames = stacked((frame for candidate in cut for frame in candidate.frames), PAIR_FRAME)
        twos = self._pairs.probabilities(frames)
        nothing, unseen = np.zeros((0, wholes.shape[1])), np.zeros((0, OUTPUTS))
        ones = dict.fromkeys(range(len(candidates)), (nothing, unseen))
        first = last = 0
        for index, candidate in zip(doubtful, cut, strict=True):
            more, two = first + len(candidate.spans), last + len(candidate.pairs)
            ones[index] = pieces[first:more], twos[last:two]
            first, last = more, two
        return [
            Ways(candidate, np.concatenate([wholes[[index]], ones[index][0]]), ones[index][1], self._symbols).read()
            for index, candidate in enumerate(candidates)
        ]
