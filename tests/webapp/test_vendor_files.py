"""Files of others are served exactly as their authors shipped them."""

import hashlib
import json

import pytest

from tests.environment import ROOT

VENDOR = ROOT / "webapp" / "static" / "vendor"
PACKAGES = json.loads((VENDOR / "VERSIONS.json").read_text())


@pytest.mark.parametrize("package", PACKAGES)
def test_every_vendored_file_is_the_one_that_was_shipped(package: str) -> None:
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (VENDOR / package).iterdir()}
    assert files == PACKAGES[package]["sha256"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_vendored_package_says_its_version_and_comes_with_its_licence(package: str) -> None:
    assert PACKAGES[package]["version"]
    assert PACKAGES[package]["licence"]
    assert "LICENSE" in PACKAGES[package]["sha256"]


def test_nothing_is_vendored_unnamed() -> None:
    assert {path.name for path in VENDOR.iterdir()} == {*PACKAGES, "VERSIONS.json"}
