"""Models of earlier releases read on, with the finder that ships."""

import hashlib
import json
from pathlib import Path

import pytest

from recognizer.bundles import DEFAULT_MODEL, FILES, SUMS, Bundle, DamagedBundle, load, publish
from recognizer.bundles.bundle import FIRST_FILES, SECOND_FILES
from recognizer.learning.mnist import Digits
from recognizer.page import Picture
from recognizer.reader import Reader
from tests.recognizer.bundles.damage import seal, spoil
from tests.recognizer.paper import sheet, write


@pytest.fixture(params=[FIRST_FILES, SECOND_FILES], ids=["first", "second"])
def old(request: pytest.FixtureRequest, light: Bundle, tmp_path: Path) -> Path:
    """A model of an older format: a network for digits, later one for two that touch, and no finder."""
    folder, contents = tmp_path / "old", light.files()
    folder.mkdir()
    contents["pairs.tflite"] = light.graph
    config = json.loads(contents["config.json"]) | {"touching": 0.15}
    contents["config.json"] = json.dumps(config).encode()
    for name in request.param:
        (folder / name).write_bytes(contents[name])
    seal(folder, request.param)
    return folder


def test_an_old_bundle_reads_with_the_finder_that_ships_and_keeps_its_own_checksum(old: Path, digits: Digits) -> None:
    loaded = load(old)
    assert loaded.sha256 == hashlib.sha256((old / SUMS).read_bytes()).hexdigest()
    assert (loaded.sight, loaded.alphabet) == (load(DEFAULT_MODEL).sight, "0123456789")
    page = sheet(160, 500)
    write(page, digits.images[:4], 60, 120)
    readings, expected = (Reader(one).read([Picture.drawn(page)]) for one in (loaded, load("seed")))
    assert readings == expected
    assert len(readings[0].marks) == 4


def test_an_old_bundle_published_again_is_one_of_today_s_format(old: Path, tmp_path: Path) -> None:
    before = load(old)
    after = publish(before, tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {*FILES, SUMS}
    assert after.sha256 != before.sha256
    assert (after.graph, after.sight, after.alphabet) == (before.graph, before.sight, before.alphabet)
    assert (after.config, after.calibration, after.card) == (before.config, before.calibration, before.card)


@pytest.mark.parametrize("name", FIRST_FILES)
def test_an_old_bundle_is_verified_as_any_other(old: Path, name: str) -> None:
    spoil(old, name)
    with pytest.raises(DamagedBundle, match=f"{name} does not match its checksum"):
        load(old)
