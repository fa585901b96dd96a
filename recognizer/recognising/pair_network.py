"""Two digits that touch, read at one look: where strokes run into one another no cut parts them.

A second network beside the one that reads digits: from the ink of a whole mark it says whether it
is two digits, and which. Cireşan: Avoiding Segmentation in Multi-Digit Numeral String Recognition by Combining Single
and Two-digit Classifiers Trained without Negative Examples (2008); unlike there it is shown what is no pair, too.
"""

import numpy as np
from numpy.typing import NDArray

from recognizer.recognising.calibration import Calibration
from recognizer.recognising.graph import Graph
from recognizer.recognising.normalisation import PAIR_FRAME

# The logits: of the first digit, of the second, and of there being two.
FIRST, SECOND, TWO = slice(0, 10), slice(10, 20), 20
OUTPUTS = 21


class PairNetwork:
    """Ready to answer from any thread. Make it after a fork, not before.

    Raises ValueError or RuntimeError where the content is no graph, or one that takes or gives something else.
    """

    def __init__(self, graph: bytes, calibration: Calibration, threads: int = 1) -> None:
        self._calibration = calibration
        self._graph = Graph(graph, threads)
        takes, gives = self._graph.takes, self._graph.gives
        if takes[1:] != (*PAIR_FRAME, 1) or gives[1:] != (OUTPUTS,):
            raise ValueError(f"it turns {takes} into {gives}, not images [n, 28, 56, 1] into logits [n, {OUTPUTS}]")

    def probabilities(self, frames: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Of frames uint8 [n, 28, 56] from `normalize_pair`, n may be 0, what `probabilities` says, [n, 21]."""
        return probabilities(self.logits(frames), self._calibration)

    def logits(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Frames uint8 [n, 28, 56] to logits float32 [n, 21]."""
        return self._graph.logits(frames)


def probabilities(logits: NDArray[np.floating], calibration: Calibration) -> NDArray[np.float64]:
    """Of logits [n, 21], [n, 21]: ten of the first digit, ten of the second, and that there are two digits at all."""
    there = 1 / (1 + np.exp(-np.asarray(logits[:, TWO], np.float64) / calibration.temperature))
    return np.concatenate([*(calibration.probabilities(logits[:, one]) for one in (FIRST, SECOND)), there[:, None]], 1)


def sure(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """How likely it is that there are two digits, and the likeliest two, [n], by `probabilities` [n, 21]."""
    digits = [probabilities[:, one].max(axis=1, initial=0) for one in (FIRST, SECOND)]
    return digits[0] * digits[1] * probabilities[:, TWO]
