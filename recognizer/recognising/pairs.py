"""Two digits that touch, read at one look: where strokes run into one another no cut parts them.

A second network beside the model that reads, the same for every model: from the ink of a whole mark it says whether it
is two digits, and which. Cireşan: Avoiding Segmentation in Multi-Digit Numeral String Recognition by Combining Single
and Two-digit Classifiers Trained without Negative Examples (2008); unlike there it is shown what is no pair, too.
`python -m recognizer train-pairs` makes it again.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.bundles.artifacts import WEIGHTS, DamagedArtifact
from recognizer.recognising.calibration import Calibration
from recognizer.recognising.graph import Graph

GRAPH, CARD = "pairs.tflite", "pairs.json"
# The logits: of the first digit, of the second, and of there being two.
FIRST, SECOND, TWO = slice(0, 10), slice(10, 20), 20
OUTPUTS = 21


class Pairs:
    """The network for pairs, ready to answer from any thread. Make it after a fork, not before.

    Raises DamagedArtifact where its graph is not the one that its card names.
    """

    def __init__(self, folder: Path = WEIGHTS, threads: int = 1) -> None:
        try:
            graph, card = (folder / GRAPH).read_bytes(), json.loads((folder / CARD).read_text())
        except (OSError, ValueError) as error:
            raise DamagedArtifact(f"The network for touching digits cannot be read: {error}.") from error
        if hashlib.sha256(graph).hexdigest() != card["sha256"]:
            raise DamagedArtifact(f"The network for touching digits is damaged: {GRAPH} is not what {CARD} names.")
        self._calibration = Calibration(card["temperature"])
        self._graph = Graph(graph, threads)

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
