import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizer.bundles import (
    FILES,
    SUMS,
    Bundle,
    Classifier,
    DamagedBundle,
    Sight,
    UnknownModel,
    checksums,
    load,
    publish,
)
from recognizer.recognising.calibration import Calibration
from tests.environment import ROOT
from tests.recognizer.bundles.damage import seal, spoil


@pytest.fixture
def published(light: Bundle, tmp_path: Path) -> Path:
    publish(light, tmp_path / "model")
    return tmp_path / "model"


def test_what_is_published_is_what_is_loaded(light: Bundle, tmp_path: Path) -> None:
    published, loaded = publish(light, tmp_path / "model"), load(tmp_path / "model")
    assert (loaded.name, loaded.sha256, loaded.graph) == ("model", published.sha256, light.graph)
    assert (loaded.config, loaded.calibration, loaded.card) == (light.config, light.calibration, light.card)
    assert (loaded.sight, loaded.alphabet) == (light.sight, light.alphabet)
    np.testing.assert_array_equal(loaded.weights["bias"], light.weights["bias"])


@pytest.mark.parametrize(
    "changes",
    [
        {"graph": b"another"},
        {"sight": Sight(b"another", b"{}")},
        {"sight": replace(load("seed").sight, judge=b"{}")},
        {"alphabet": "9876543210"},
        {"calibration": Calibration(1.5)},
        {"card": {"number": 2}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_decides_or_describes_an_answer_is_under_the_one_checksum(
    light: Bundle, changes: dict[str, object]
) -> None:
    sums, others = (checksums(one.files()[SUMS]) for one in (light, replace(light, **changes)))  # type: ignore[arg-type]
    assert set(sums) == set(others) == set(FILES)
    assert sums != others


def test_the_same_model_has_the_same_checksum_wherever_it_is(light: Bundle, tmp_path: Path) -> None:
    assert publish(light, tmp_path / "one").sha256 == publish(light, tmp_path / "two").sha256


def test_sha256sums_is_the_checksum_that_common_tools_verify(published: Path) -> None:
    if not shutil.which("sha256sum"):
        pytest.skip("needs sha256sum")
    subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=published, check=True, capture_output=True)


@pytest.mark.parametrize("name", FILES)
def test_one_altered_byte_is_named(published: Path, name: str) -> None:
    spoil(published, name)
    with pytest.raises(DamagedBundle, match=f"{name} does not match its checksum"):
        load(published)


@pytest.mark.parametrize("name", [*FILES, SUMS])
def test_a_missing_file_is_named(published: Path, name: str) -> None:
    (published / name).unlink()
    with pytest.raises(DamagedBundle, match=f"no readable {name}"):
        load(published)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("calibration.json", b'{"temperature": 0}'),
        ("calibration.json", b"[]"),
        ("config.json", b'{"colour": "green"}'),
        ("config.json", b'{"epochs": 0}'),
        ("config.json", b'{"epochs": "many"}'),
        ("config.json", b"\xff"),
        ("calibration.json", b"{}"),
        ("alphabet.json", b"{}"),
        ("alphabet.json", b'{"symbols": 10}'),
        ("card.json", b"{"),
        ("weights.npz", b"PK"),
        ("golden.npz", b""),
    ],
)
def test_a_file_of_nonsense_is_a_damaged_bundle_even_with_a_matching_checksum(
    published: Path, name: str, content: bytes
) -> None:
    (published / name).write_bytes(content)
    seal(published)
    with pytest.raises(DamagedBundle, match="cannot be understood"):
        load(published)


def test_weights_that_need_unpickling_are_refused(published: Path) -> None:
    np.savez(published / "weights.npz", bias=np.array([{"a": "pickle"}], object))
    seal(published)
    with pytest.raises(DamagedBundle, match="cannot be understood"):
        load(published)


def test_an_unknown_model_is_named_with_those_that_ship(tmp_path: Path) -> None:
    for wanted in ("sead", tmp_path / "nowhere"):
        with pytest.raises(UnknownModel, match=r"models that ship: .*seed"):
            load(wanted)


@pytest.mark.parametrize("place", [".", "..", "/"])
def test_a_folder_that_is_no_model_is_told_so(place: str) -> None:
    with pytest.raises(DamagedBundle, match="no readable SHA256SUMS"):
        load(place)


def test_a_graph_that_answers_otherwise_is_not_published(published: Path, light: Bundle) -> None:
    other = replace(light, golden=replace(light.golden, logits=light.golden.logits + np.float32(0.1)))
    before = load(published).sha256
    with pytest.raises(DamagedBundle, match="answers its golden digits otherwise"):
        publish(other, published)
    assert load(published).sha256 == before
    assert [path.name for path in published.parent.iterdir()] == ["model"]


@pytest.mark.parametrize(
    "changes",
    [
        {"graph": b"no graph"},
        {"sight": replace(load("seed").sight, finder=b"no graph")},
        {"sight": replace(load("seed").sight, finder=load("seed").graph)},
        {"sight": replace(load("seed").sight, judge=b"{}")},
        {"sight": replace(load("seed").sight, judge=load("seed").sight.judge.replace(b'"line_reader"', b'"lines"'))},
        {"alphabet": "01"},
        {"alphabet": "012345678x"},
    ],
    ids=[
        "no graph",
        "no finder",
        "one that takes digits",
        "no judge",
        "another line reader",
        "fewer symbols than logits",
        "no nine",
    ],
)
def test_models_that_cannot_read_are_not_published(light: Bundle, tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(
        DamagedBundle, match=r"cannot be loaded|cannot be understood|does not know every digit|another reader of lines"
    ):
        publish(replace(light, **changes), tmp_path / "model")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_publishing_again_replaces_and_leaves_nothing_behind(published: Path, light: Bundle) -> None:
    publish(replace(light, card={"number": 2}), published)
    assert load(published).card == {"number": 2}
    assert [path.name for path in published.parent.iterdir()] == ["model"]


def test_whoever_loads_while_another_publishes_finds_a_whole_model(published: Path, light: Bundle) -> None:
    done = threading.Event()

    def publish_often() -> None:
        for number in range(15):
            publish(replace(light, card={"number": number}), published)
        done.set()

    publisher = threading.Thread(target=publish_often)
    publisher.start()
    loads = 0
    while not done.is_set():
        loads += bool(load(published).graph)
    publisher.join()
    assert loads > 5


# Publishes model 1 over model 0 in a child that is killed just before its n-th touch of the disk, for n = 1, 2, ...
# until a child lives to the end; prints what was loadable after each kill, and what remained after publishing again.
KILLED_AT_EVERY_STEP = """
import json, os, signal, sys
from dataclasses import replace
from pathlib import Path
from recognizer.bundles import load, publish

folder = Path(sys.argv[1])
light = load(folder)
TOUCHES = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.scandir", "os.listdir"}
step = alive = 0
while not alive:
    step += 1
    child = os.fork()
    if child == 0:
        touches = 0
        def kill_at_step(event, arguments):
            global touches
            if event in TOUCHES:
                touches += 1
                if touches == step:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(kill_at_step)
        publish(replace(light, card={"number": 1}), folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    alive = os.WIFEXITED(status)
    found = load(folder).card["number"]
    child = os.fork()
    if child == 0:
        publish(replace(light, card={"number": 0}), folder)
        os._exit(0)
    os.waitpid(child, 0)
    print(json.dumps([found, load(folder).card["number"], os.listdir(folder.parent)]), flush=True)
"""


def test_a_publisher_killed_at_any_step_leaves_the_old_model_or_the_new_one(published: Path, light: Bundle) -> None:
    publish(replace(light, card={"number": 0}), published)
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EVERY_STEP, published], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(steps) > 20
    found = [found for found, _, _ in steps]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, 1)
    assert all((after, left) == (0, ["model"]) for _, after, left in steps)


def test_logits_do_not_depend_on_how_many_are_asked_at_once(seed: Bundle) -> None:
    classifier = Classifier(seed)
    glyphs = np.random.default_rng(0).integers(0, 256, (300, 28, 28)).astype(np.uint8)
    one_by_one = np.concatenate([classifier.logits(glyph[None]) for glyph in glyphs])
    for count in (300, 65, 64, 63, 2):
        np.testing.assert_allclose(classifier.logits(glyphs[:count]), one_by_one[:count], atol=1e-4)
    assert classifier.logits(glyphs[:0]).shape == (0, 10)


def test_a_classifier_answers_many_threads_each_with_its_own(seed: Bundle) -> None:
    classifier = Classifier(seed)
    glyphs = np.random.default_rng(1).integers(0, 256, (8, 40, 28, 28)).astype(np.uint8)
    alone = [classifier.logits(part) for part in glyphs]
    together: dict[int, np.ndarray] = {}

    def ask(number: int) -> None:
        for _ in range(20):
            together[number] = classifier.logits(glyphs[number][: 40 - number])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(glyphs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, logits in together.items():
        np.testing.assert_allclose(logits, alone[number][: 40 - number], atol=1e-4)


@pytest.mark.parametrize("glyphs", [np.zeros((1, 28, 28), np.float32), np.zeros((28, 28), np.uint8)])
def test_glyphs_of_another_kind_or_shape_are_refused(seed: Bundle, glyphs: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"uint8 \[n, 28, 28\]"):
        Classifier(seed).logits(glyphs)


def test_a_model_can_be_read_by_other_users_of_the_machine(light: Bundle, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        publish(light, tmp_path / "model")
    finally:
        os.umask(before)
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o755
