"""The network of a model that says which symbol a glyph in MNIST's frame is."""

import numpy as np
from numpy.typing import NDArray

from recognizer.recognising.calibration import Calibration
from recognizer.recognising.graph import Graph
from recognizer.recognising.normalisation import FRAME


class DigitNetwork:
    """Ready to answer from any thread. Make it after a fork, not before.

    Raises ValueError or RuntimeError where the content is no graph, or one that takes or gives something else.
    """

    def __init__(self, graph: bytes, calibration: Calibration, outputs: int, threads: int = 1) -> None:
        self.calibration = calibration
        self._graph = Graph(graph, threads)
        takes, gives = self._graph.takes, self._graph.gives
        if takes[1:] != (FRAME, FRAME, 1) or gives[1:] != (outputs,):
            raise ValueError(f"it turns {takes} into {gives}, not images [n, 28, 28, 1] into logits [n, {outputs}]")

    def logits(self, glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Glyphs uint8 [n, 28, 28], light ink (255) on dark (0), to logits float32 [n, outputs]; n may be 0."""
        if glyphs.dtype != np.uint8 or glyphs.shape[1:] != (FRAME, FRAME):
            raise ValueError(f"Glyphs must be uint8 [n, 28, 28], not {glyphs.dtype} {list(glyphs.shape)}.")
        return self._graph.logits(glyphs)

    def probabilities(self, glyphs: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Calibrated, [n, outputs], each row summing to 1."""
        return self.calibration.probabilities(self.logits(glyphs))
