"""The network that finds what somebody wrote, as it serves: a LiteRT graph for pictures of any size."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from recognizer.finding.contrast import CHANNELS, channels
from recognizer.symbols import ALPHABET

CELL = 4  # pixels: what the network says, it says of each square of so many
LEAST = 32  # pixels: a side must be a multiple of the largest cell that it looks through
TILE, RIM = 640, 64  # pixels: as much is looked at at once, and so far from its rim marks are seen as ever
MARGIN = 24  # pixels of paper around a picture, without which a digit that fills it is hardly one
REACH = 4  # cells: the unit in which it says ways, of the size that a network gives best
# Beside the signs: a place where nobody wrote or printed anything, paper, its lines, what lies around it; and what is
# written or printed and no number, words, scribbles, scraps of digits.
NOTHING, OTHER = len(ALPHABET), len(ALPHABET) + 1
OUTPUTS = 3 + OTHER + 1


@dataclass(frozen=True)
class Seen:
    """What the network says of a picture of h by w pixels, n = h / 4 and m = w / 4 cells, each rounded up.

    `centre` float32 [n, m]: how likely the centre of a mark lies here. `way` float32 [n, m, 2]: x, y in cells to the
    centre of the mark whose ink this is. `symbols` float32 [n, m, 19]: how likely this is ink of each sign of ALPHABET,
    NOTHING or OTHER. `ink` uint8 [h, w]: 255 where something is surely written or printed.
    """

    centre: NDArray[np.float32]
    way: NDArray[np.float32]
    symbols: NDArray[np.float32]
    ink: NDArray[np.uint8]

    @cached_property
    def own(self) -> NDArray[np.float32]:
        """How likely each cell is ink of any sign, [n, m]."""
        return 1 - self.symbols[..., NOTHING] - self.symbols[..., OTHER]

    @cached_property
    def written(self) -> NDArray[np.float32]:
        """How likely each cell is ink of anything, [n, m]."""
        return 1 - self.symbols[..., NOTHING]


class FinderNetwork:
    """Ready to answer from any thread. Make it after a fork, not before.

    Raises ValueError or RuntimeError where the content is no graph, or one that takes or gives something else.
    """

    def __init__(self, graph: bytes, threads: int = 1) -> None:
        self._lock = threading.Lock()
        self._interpreter = Interpreter(model_content=graph, num_threads=threads)
        (taken,), given = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        outputs = {int(one["shape"][-1]): one["index"] for one in given}
        if int(taken["shape"][-1]) != CHANNELS or set(outputs) != {OUTPUTS, 4}:
            raise ValueError(f"it turns {taken['shape']} into {[list(one['shape']) for one in given]}")
        self._input, self._cells, self._ink = taken["index"], outputs[OUTPUTS], outputs[4]
        self._shape = (0, 0)

    def see(self, grey: NDArray[np.uint8]) -> Seen:
        """Of grey uint8 [h, w], dark or light ink, its digits at best between 16 and 64 pixels high."""
        height, width = grey.shape
        taken = framed(grey)
        rows, columns = taken.shape
        cells, ink = self._run(channels(taken))
        n, m = -(-height // CELL), -(-width // CELL)
        said = cells[MARGIN // CELL :, MARGIN // CELL :][:n, :m]
        symbols = np.exp(said[..., 3:] - said[..., 3:].max(axis=2, keepdims=True))
        symbols /= symbols.sum(axis=2, keepdims=True)
        half_rows, half_columns = ink.shape[:2]
        pixels = ink.reshape(half_rows, half_columns, 2, 2).transpose(0, 2, 1, 3).reshape(rows, columns)
        shares = 255 / (1 + np.exp(-pixels[MARGIN:, MARGIN:][:height, :width]))
        centre = np.asarray(1 / (1 + np.exp(-said[..., 0])), np.float32)
        return Seen(centre, said[..., 1:3] * REACH, symbols, shares.astype(np.uint8))

    def _run(self, picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What the graph says of a picture [h, w, 2], tile by tile, so that a large one takes no more memory."""
        rows, columns = picture.shape[:2]
        cells = np.empty((rows // CELL, columns // CELL, OUTPUTS), np.float32)
        ink = np.empty((rows // 2, columns // 2, 4), np.float32)
        for top, low, high in _tiles(rows):
            for left, first, last in _tiles(columns):
                said = self._see_tile(picture[top : top + TILE, left : left + TILE])
                for whole, part in zip((cells, ink), said, strict=True):
                    step = rows // len(whole)
                    a, b, c, d = (side // step for side in (low, high, first, last))
                    inner = part[a - top // step : b - top // step, c - left // step : d - left // step]
                    whole[a:b, c:d] = inner
        return cells, ink

    def _see_tile(self, tile: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with self._lock:
            shape = tile.shape[:2]
            if shape != self._shape:
                self._interpreter.resize_tensor_input(self._input, (1, *tile.shape))
                self._interpreter.allocate_tensors()
                self._shape = shape
            self._interpreter.set_tensor(self._input, tile[None])
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._cells)[0], self._interpreter.get_tensor(self._ink)[0]


def framed(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture [h, w] with MARGIN more on each side and as much beyond that as makes its sides multiples of LEAST."""
    below, beyond = (-(-(side + 2 * MARGIN) // LEAST) * LEAST - side - MARGIN for side in grey.shape)
    return cv2.copyMakeBorder(grey, MARGIN, below, MARGIN, beyond, cv2.BORDER_REPLICATE)


def _tiles(side: int) -> Iterator[tuple[int, int, int]]:
    """Where the tiles along a side of a picture begin, and from where to where what is said of each is taken: its rim
    has not seen what lies beyond."""
    if side <= TILE:
        yield 0, 0, side
        return
    starts = [*range(0, side - TILE, TILE - 2 * RIM), side - TILE]
    ends = [start + TILE - RIM for start in starts[:-1]] + [side]
    yield from zip(starts, [0, *ends[:-1]], ends, strict=True)
