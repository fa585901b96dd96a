"""A model in memory, and as files: every graph, its alphabet, its calibration and its card under one checksum.

graph.tflite      the LiteRT graph that reads digits: float32 images [n, 28, 28, 1] in 0..1 to logits [n, symbols].
                  Logits, not probabilities: calibration divides them by its temperature before the softmax
finder.tflite     the LiteRT graph that finds what somebody wrote, see `finding.network`
judge.json        the judge of what these two say, see `judging.judge`
weights.npz       the trained weights of the first, to build the network again or to train it on
config.json       what it was trained with
alphabet.json     the symbols that its logits stand for, in their order
calibration.json  the temperature of the first
card.json         the report card: scores, data, history, versions
golden.npz        some training digits and the logits that the trained network gave for them
SHA256SUMS        a checksum for each of the files above
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.bundles.config import InvalidConfig, TrainConfig
from recognizer.finding.finder import Finder
from recognizer.finding.network import FinderNetwork
from recognizer.judging.judge import Judge
from recognizer.recognising.calibration import Calibration
from recognizer.recognising.digit_network import DigitNetwork
from recognizer.recognising.line_reader import network_sha256
from recognizer.recognising.recogniser import Recogniser
from recognizer.symbols import DIGITS

SUMS = "SHA256SUMS"
# Bundles of the first format have these files alone, and those of the second two more. Neither has a finder: they read
# with the one of the model that ships.
FIRST_FILES = ("graph.tflite", "weights.npz", "config.json", "calibration.json", "card.json", "golden.npz")
SECOND_FILES = (*FIRST_FILES, "pairs.tflite", "alphabet.json")
FILES = (*FIRST_FILES, "alphabet.json", "finder.tflite", "judge.json")

# Logits lie within about +-30 and other processors add in another order; a wrong graph differs by whole units.
GOLDEN_TOLERANCE = 1e-3
DAMAGE = (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, InvalidConfig)


class DamagedBundle(Exception):
    """A model's files are incomplete, altered or unusable; the message says which part."""


@dataclass(frozen=True)
class Golden:
    """Digits with known answers: images uint8 [n, 28, 28], logits float32 [n, 10]."""

    images: NDArray[np.uint8]
    logits: NDArray[np.float32]

    def __post_init__(self) -> None:
        count = len(self.images)
        if not count or self.images.shape[1:] != (28, 28) or self.logits.shape != (count, 10):
            raise ValueError(f"golden digits {self.images.shape} with logits {self.logits.shape}")


@dataclass(frozen=True)
class Sight:
    """What a bundle carries beside its digit network: the finder's graph, and the judge as JSON."""

    finder: bytes
    judge: bytes


@dataclass(frozen=True)
class Bundle:
    """A model in memory. `sha256` is the checksum of its SHA256SUMS, and so of all that decides an answer."""

    name: str
    graph: bytes
    sight: Sight
    weights: Mapping[str, NDArray[np.float32]]
    config: TrainConfig
    calibration: Calibration
    card: Mapping[str, Any]
    golden: Golden
    alphabet: str = DIGITS
    sha256: str = field(default="", compare=False)

    def files(self) -> dict[str, bytes]:
        """The content of each of FILES and of SHA256SUMS."""
        contents = {
            "graph.tflite": self.graph,
            "weights.npz": _npz(self.weights),
            "config.json": self.config.to_json().encode(),
            "calibration.json": _json({"temperature": self.calibration.temperature}),
            "card.json": _json(self.card),
            "golden.npz": _npz({"images": self.golden.images, "logits": self.golden.logits}),
            "alphabet.json": _json({"symbols": self.alphabet}),
            "finder.tflite": self.sight.finder,
            "judge.json": self.sight.judge,
        }
        return contents | {SUMS: "".join(f"{_sha256(contents[name])}  {name}\n" for name in FILES).encode()}

    @classmethod
    def of_files(cls, name: str, contents: Mapping[str, bytes], sight: Sight | None = None) -> "Bundle":
        """From files whose checksums agree; `sight` is for a bundle that is so old that it has none.

        Raises DamagedBundle where they cannot be understood.
        """
        try:
            golden = _arrays(contents["golden.npz"])
            calibration = Calibration(json.loads(contents["calibration.json"])["temperature"])
            alphabet = _symbols(contents["alphabet.json"]) if "alphabet.json" in contents else DIGITS
            if "finder.tflite" in contents:
                sight = Sight(contents["finder.tflite"], contents["judge.json"])
            if sight is None:
                raise KeyError("finder.tflite")
            return cls(
                name=name,
                graph=contents["graph.tflite"],
                sight=sight,
                weights=_arrays(contents["weights.npz"]),
                config=TrainConfig.from_json(contents["config.json"].decode()),
                calibration=calibration,
                card=json.loads(contents["card.json"]),
                golden=Golden(golden["images"], golden["logits"]),
                alphabet=alphabet,
                sha256=_sha256(contents[SUMS]),
            )
        except DAMAGE as error:
            raise DamagedBundle(f"Model {name!r} cannot be understood: {error}.") from error

    def recogniser(self, threads: int = 1) -> Recogniser:
        """Its digit network, checked by its golden digits. Raises DamagedBundle where that answers otherwise."""
        network = Classifier(self, threads).network
        try:
            return Recogniser(network, self.alphabet)
        except ValueError as error:
            raise DamagedBundle(f"Model {self.name!r} does not know every digit: {error}.") from error

    def finder(self, threads: int = 1) -> Finder:
        """Raises DamagedBundle where its graph cannot be loaded."""
        try:
            return Finder(FinderNetwork(self.sight.finder, threads))
        except (ValueError, RuntimeError) as error:
            raise DamagedBundle(f"The finder of model {self.name!r} cannot be loaded: {error}.") from error

    def judge(self) -> Judge:
        """Raises DamagedBundle where it is none, or has learned from another reader of lines."""
        try:
            heard = json.loads(self.sight.judge)["line_reader"]
            judge = Judge.from_json(self.sight.judge)
        except DAMAGE as error:
            raise DamagedBundle(f"The judge of model {self.name!r} cannot be understood: {error}.") from error
        if heard != network_sha256():
            raise DamagedBundle(f"The judge of model {self.name!r} has learned from another reader of lines.")
        return judge


class Classifier:
    """A bundle's network for single digits, ready to answer from any thread.

    Making one runs the golden digits, which also warms the graph, and raises DamagedBundle where the answers differ
    from those of the network that was trained. Make it after a fork, not before.
    """

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        self.bundle = bundle
        try:
            self.network = DigitNetwork(bundle.graph, bundle.calibration, len(bundle.alphabet), threads)
        except (ValueError, RuntimeError) as error:
            raise DamagedBundle(f"The graph of model {bundle.name!r} cannot be loaded: {error}.") from error
        self._check_golden()

    def logits(self, glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Glyphs uint8 [n, 28, 28], light ink (255) on dark (0), to logits float32 [n, symbols]; n may be 0."""
        return self.network.logits(glyphs)

    def probabilities(self, glyphs: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Calibrated, [n, symbols], each row summing to 1."""
        return self.network.probabilities(glyphs)

    def _check_golden(self) -> None:
        golden = self.bundle.golden
        difference = np.abs(self.logits(golden.images) - golden.logits).max()
        if not difference <= GOLDEN_TOLERANCE:  # so that NaN fails too
            raise DamagedBundle(
                f"Model {self.bundle.name!r} answers its golden digits otherwise than the network that was trained: "
                f"logits differ by {difference:.3g}, more than {GOLDEN_TOLERANCE:g}."
            )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _symbols(content: bytes) -> str:
    symbols = json.loads(content)["symbols"]
    if not isinstance(symbols, str):
        raise ValueError(f"its symbols are {symbols!r}")
    return symbols


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _arrays(content: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
