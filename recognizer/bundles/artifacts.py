"""The on-disk model: one folder that is whole, verified and self-describing, or is not loaded.

graph.tflite      the LiteRT graph that serves: float32 images [n, 28, 28, 1] in 0..1 to logits [n, 10].
                  Logits, not probabilities: calibration divides them by its temperature before the softmax
weights.npz       the trained weights, to build the network again or to train it on
config.json       what it was trained with
calibration.json  the temperature
card.json         the report card: scores, data, history, versions
golden.npz        some training digits and the logits that the trained network gave for them
SHA256SUMS        a checksum for each of the files above
"""

import fcntl
import hashlib
import io
import json
import os
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.learning.recipes import InvalidConfig, TrainConfig
from recognizer.recognising.calibration import Calibration
from recognizer.recognising.graph import Graph

WEIGHTS = Path(__file__).resolve().parent / "weights"
FILES = ("graph.tflite", "weights.npz", "config.json", "calibration.json", "card.json", "golden.npz")
SUMS = "SHA256SUMS"

# Logits lie within about +-30 and other processors add in another order; a wrong graph differs by whole units.
GOLDEN_TOLERANCE = 1e-3


class DamagedArtifact(Exception):
    """A model's folder is incomplete, altered or unusable; the message says which part."""


class UnknownModel(LookupError):
    """There is no model of this name or at this place; the message lists those that ship."""


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
class Artifact:
    """A model in memory. `sha256` is the checksum of its SHA256SUMS, and so of all of it."""

    name: str
    graph: bytes
    weights: Mapping[str, NDArray[np.float32]]
    config: TrainConfig
    calibration: Calibration
    card: Mapping[str, Any]
    golden: Golden
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
        }
        sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items())
        return contents | {SUMS: sums.encode()}


class Classifier:
    """An artifact's graph, ready to answer from any thread.

    Making one runs the golden digits, which also warms the graph, and raises DamagedArtifact where the answers differ
    from those of the network that was trained. Make it after a fork, not before.
    """

    def __init__(self, artifact: Artifact, threads: int = 1) -> None:
        self.artifact = artifact
        try:
            self._graph = Graph(artifact.graph, threads)
        except (ValueError, RuntimeError) as error:
            raise DamagedArtifact(f"The graph of model {artifact.name!r} cannot be loaded: {error}.") from error
        takes, gives = self._graph.takes, self._graph.gives
        if takes[1:] != (28, 28, 1) or gives[1:] != (10,):
            raise DamagedArtifact(
                f"The graph of model {artifact.name!r} turns {takes} into {gives}, "
                "not images [n, 28, 28, 1] into logits [n, 10]."
            )
        self._check_golden()

    def logits(self, glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Glyphs uint8 [n, 28, 28], light ink (255) on dark (0), to logits float32 [n, 10]; n may be 0."""
        if glyphs.dtype != np.uint8 or glyphs.shape[1:] != (28, 28):
            raise ValueError(f"Glyphs must be uint8 [n, 28, 28], not {glyphs.dtype} {list(glyphs.shape)}.")
        return self._graph.logits(glyphs)

    def _check_golden(self) -> None:
        golden = self.artifact.golden
        difference = np.abs(self.logits(golden.images) - golden.logits).max()
        if not difference <= GOLDEN_TOLERANCE:  # so that NaN fails too
            raise DamagedArtifact(
                f"Model {self.artifact.name!r} answers its golden digits otherwise than the network that was trained: "
                f"logits differ by {difference:.3g}, more than {GOLDEN_TOLERANCE:g}."
            )


def available() -> list[str]:
    """The names of the models that ship."""
    return sorted(folder.name for folder in WEIGHTS.iterdir() if (folder / SUMS).is_file() and folder.name[0] != ".")


def load(path_or_name: str | Path) -> Artifact:
    """The model of a name that ships, or in a folder. Raises UnknownModel, or DamagedArtifact where it is not whole."""
    places = [Path(os.path.abspath(path_or_name))]
    if Path(path_or_name).name == path_or_name:
        places.insert(0, WEIGHTS / path_or_name)
    damage: DamagedArtifact | None = None
    # A publication moves the old folder aside, then the new one in. Killed between the two, the old one is still there;
    # and whoever reads just then may meet files of both, and reads again.
    for folder in places * 3:
        for place in (folder, _set_aside(folder)):
            try:
                if place.is_dir():
                    return _load_folder(place, folder.name)
            except DamagedArtifact as error:
                damage = error
    raise damage or UnknownModel(f"There is no model {str(path_or_name)!r}; models that ship: {', '.join(available())}")


def publish(artifact: Artifact, destination: Path) -> Artifact:
    """Put a model at `destination` in one step and return it as loaded from there; a model already there is replaced.

    The files are written to a new folder beside it, brought to disk, loaded and run on the golden digits; only then is
    the folder renamed. Killed at any moment, `load` finds the old model or the new one, whole.
    Raises DamagedArtifact where the model does not answer as it should; nothing has changed then.
    """
    folder = Path(os.path.abspath(destination))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder.parent):
        _clear_up(folder)
        draft = _draft(folder)
        try:
            draft.mkdir()
            for file_name, content in artifact.files().items():
                _write_through(draft / file_name, content)
            _sync_folder(draft)
            Classifier(_load_folder(draft, folder.name))
            _swap(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return _load_folder(folder, folder.name)


def _load_folder(folder: Path, name: str) -> Artifact:
    contents = _read_verified(folder, name)
    try:
        golden = _arrays(contents["golden.npz"])
        return Artifact(
            name=name,
            graph=contents["graph.tflite"],
            weights=_arrays(contents["weights.npz"]),
            config=TrainConfig.from_json(contents["config.json"].decode()),
            calibration=Calibration(**json.loads(contents["calibration.json"])),
            card=json.loads(contents["card.json"]),
            golden=Golden(golden["images"], golden["logits"]),
            sha256=hashlib.sha256(contents[SUMS]).hexdigest(),
        )
    except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, InvalidConfig) as error:
        raise DamagedArtifact(f"Model {name!r} cannot be understood: {error}.") from error


def _read_verified(folder: Path, name: str) -> dict[str, bytes]:
    contents = {}
    for file_name in (*FILES, SUMS):
        try:
            contents[file_name] = (folder / file_name).read_bytes()
        except OSError as error:
            raise DamagedArtifact(f"Model {name!r} has no readable {file_name}: {error.strerror}.") from error
    sums = {}
    for line in contents[SUMS].decode(errors="replace").splitlines():
        digest, _, file_name = line.partition("  ")
        sums[file_name] = digest
    for file_name in FILES:
        if hashlib.sha256(contents[file_name]).hexdigest() != sums.get(file_name):
            raise DamagedArtifact(f"Model {name!r} is damaged: {file_name} does not match its checksum in {SUMS}.")
    return contents


def _draft(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.draft-{secrets.token_hex(4)}"


def _set_aside(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.replaced"


def _swap(draft: Path, folder: Path) -> None:
    # Two renames, because a folder with content cannot be renamed over on any system, and exchanging two is not
    # portable. Killed between them, `load` reads the old model where it was set aside, and the next `publish` moves it
    # back.
    if folder.exists():
        folder.rename(_set_aside(folder))
    draft.rename(folder)
    _sync_folder(folder.parent)
    shutil.rmtree(_set_aside(folder), ignore_errors=True)


def _clear_up(folder: Path) -> None:
    """What a publication that was killed has left."""
    if _set_aside(folder).exists():
        if folder.exists():
            shutil.rmtree(_set_aside(folder))
        else:
            _set_aside(folder).rename(folder)
    for draft in folder.parent.glob(f".{folder.name}.draft-*"):
        shutil.rmtree(draft)


@contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """One publication at a time in a folder; the lock goes with the process that held it."""
    handle = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _arrays(content: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
