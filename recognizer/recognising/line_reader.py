"""A second opinion on a whole number: a network that reads a line as it stands, without parting it into marks.

PP-OCRv6's small recogniser (PaddleOCR, Apache-2.0) as the package rapidocr carries it, read by ONNX Runtime. It knows
18,708 characters; what it says is taken as what it says of our alphabet, of anything else, and of nothing
(connectionist temporal classification: Graves and others 2006).
"""

import hashlib
import importlib.util
import os
import threading
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.page import Grey, Hints
from recognizer.symbols import ALPHABET, forbidden

# From 1.29 on it would tell its makers of every process, under a number that it keeps in the home folder; and what is
# forked from one that has loaded it would wait for the thread that does so, and never end.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

MODEL = "models/PP-OCRv6_rec_small.onnx"
HEIGHT, NARROWEST = 48, 320  # pixels: what it was trained on, narrower lines filled up with grey
WIDEST = 960  # pixels: no number is twenty times as wide as high
# Other ways in which its characters write our signs; a full-width form has each.
ALIKE = {".": "·。", ",": "、", "-": "−–—"}
FULL_WIDTH = 0xFEE0  # from a character to its full-width form
OTHER, NOTHING = len(ALPHABET), len(ALPHABET) + 1
# So much of how likely a sign was goes to nothing where it may not stand: beside that, the rest is imagination.
SPECK = 0.01
UNLIKELY = 1e-9  # nothing is less likely than that


@dataclass(frozen=True)
class Opinion:
    """What a reader of lines says of one: `likely` float64 [steps, len(ALPHABET) + 2], for each step from left to right
    how likely it shows each sign, something else (OTHER) or nothing more (NOTHING)."""

    likely: NDArray[np.float64]

    @cached_property
    def text(self) -> str:
        """The likeliest signs, whatever else stands between them."""
        steps = np.delete(self.likely, OTHER, axis=1).argmax(axis=1)
        return "".join(
            ALPHABET[step]
            for step, before in zip(steps, [-1, *steps[:-1]], strict=True)
            if step != before and step < len(ALPHABET)
        )

    @property
    def foreign(self) -> float:
        """How much of what it sees is none of our signs, as a share."""
        shown = 1 - self.likely[:, NOTHING]
        return float(self.likely[:, OTHER].sum() / max(shown.sum(), 1e-6))

    def given(self, hints: Hints) -> "Opinion":
        """The same where only some signs may stand, by Bayes' rule step by step: what looks like another is the next
        likely, or a speck."""
        none, likely = forbidden(hints.signs), self.likely.copy()
        likely[:, NOTHING] += SPECK * likely[:, none].sum(axis=1)
        likely[:, none] = 0
        return Opinion(likely / np.maximum(likely.sum(axis=1, keepdims=True), UNLIKELY))

    def log_likelihood(self, text: str) -> float:
        """The natural logarithm of how likely it is that the line says exactly this text of ALPHABET."""
        signs = [ALPHABET.index(sign) for sign in text]
        states = [NOTHING, *(state for sign in signs for state in (sign, NOTHING))]
        may_skip = np.array([k > 1 and states[k] != NOTHING and states[k] != states[k - 2] for k in range(len(states))])
        emitted = np.log(np.maximum(self.likely[:, states], UNLIKELY))
        at = np.full(len(states), -np.inf)
        at[:2] = emitted[0, :2]
        for step in emitted[1:]:
            one, two = np.roll(at, 1), np.where(may_skip, np.roll(at, 2), -np.inf)
            one[0] = -np.inf
            at = np.logaddexp(np.logaddexp(at, one), two) + step
        return float(np.logaddexp(at[-1], at[-2]) if signs else at[-1])


class LineReader:
    """Ready to answer from any thread. Make it after a fork, not before."""

    def __init__(self, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(_model(), options, providers=["CPUExecutionProvider"])
        self._lock = threading.Lock()
        (self._input,) = (one.name for one in self._session.get_inputs())
        known = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        places = {character: number for number, character in enumerate(known, 1)}
        self._signs = [[places[one] for one in _written(sign) if one in places] for sign in ALPHABET]

    def read(self, line: Grey) -> Opinion:
        """Of a line uint8 [h, w], dark or light ink."""
        height, width = line.shape
        wide = min(max(1, round(width * HEIGHT / height)), WIDEST)
        fitted = np.zeros((HEIGHT, max(wide, NARROWEST)), np.float32)
        fitted[:, :wide] = cv2.resize(line, (wide, HEIGHT)).astype(np.float32) / 127.5 - 1
        taken = np.repeat(fitted[None, None], 3, axis=1)
        with self._lock:
            ((said,),) = self._session.run(None, {self._input: taken})
        signs = np.stack([said[:, places].sum(axis=1, dtype=np.float64) for places in self._signs], axis=1)
        nothing = said[:, [0, -1]].sum(axis=1, dtype=np.float64)  # the last is the space
        other = np.maximum(0, 1 - signs.sum(axis=1) - nothing)
        return Opinion(np.column_stack([signs, other, nothing]))


@cache
def network_sha256() -> str:
    """Of the network that it reads with: who judges what it says must have learned from the same."""
    return hashlib.sha256(_model().read_bytes()).hexdigest()


def _model() -> Path:
    found = importlib.util.find_spec("rapidocr")
    assert found is not None
    assert found.origin
    return Path(found.origin).parent / MODEL


def _written(sign: str) -> str:
    return sign + chr(ord(sign) + FULL_WIDTH) + ALIKE.get(sign, "")
