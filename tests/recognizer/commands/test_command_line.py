import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, load
from recognizer.exams.answers import COUNT
from recognizer.learning.mnist import Digits, load_mnist
from tests.environment import ROOT
from tests.recognizer.documents import document, locked_pdf

HEAVY = ("tensorflow", "keras", "django", "celery")


def run(*arguments: str | bytes | Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "recognizer", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, **options)  # type: ignore[call-overload, no-any-return]


@pytest.fixture(scope="module")
def some() -> Digits:
    return load_mnist().validation[:3]


@pytest.fixture
def pictures(some: Digits, tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, image in enumerate(some.images):
        cv2.imwrite(str(folder / f"{number}.png"), np.pad(image, 14))
    return folder


def test_read_prints_one_json_object_a_line_for_every_file(pictures: Path, some: Digits) -> None:
    (pictures / "letter.txt").write_text("not a picture")
    done = run("read", "--json", pictures, pictures / "nowhere.png")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(row["path"]).name for row in rows] == ["0.png", "1.png", "2.png", "letter.txt", "nowhere.png"]
    assert [row["text"] for row in rows[:3]] == [str(label) for label in some.labels]
    for row in rows:
        assert {"path", "text", "confidence", "outcome", "digits", "error"} <= set(row)
    assert [row["error"] is None for row in rows] == [True, True, True, False, False]


def test_what_is_known_of_the_numbers_can_be_said(pictures: Path, some: Digits) -> None:
    done = run("read", "--json", "--signs", "", "--digits", "1", pictures)
    assert [json.loads(row)["text"] for row in done.stdout.splitlines()] == [str(label) for label in some.labels]


def test_read_says_it_in_a_sentence_to_a_person(pictures: Path, some: Digits) -> None:
    lines = run("read", pictures).stdout.splitlines()
    assert len(lines) == 3
    for line, label in zip(lines, some.labels, strict=True):
        assert f": {label}  " in line


def test_read_prints_a_line_for_each_page_of_a_pdf_and_one_for_a_pdf_that_cannot_be_opened(
    some: Digits, tmp_path: Path
) -> None:
    sheets = [np.pad(image, 14) for image in some.images[:2]]
    (tmp_path / "a.pdf").write_bytes(document("PDF", *sheets))
    (tmp_path / "b.pdf").write_bytes(document("PDF", sheets[0]))
    (tmp_path / "c.pdf").write_bytes(locked_pdf())
    (tmp_path / "d.pdf").write_bytes(document("PDF", sheets[0])[:60])
    done = run("read", "--json", tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    first, second = (str(label) for label in some.labels[:2])
    assert [(Path(row["path"]).name, row.get("page"), row["text"], row["error"]) for row in rows] == [
        ("a.pdf", 1, first, None),
        ("a.pdf", 2, second, None),
        ("b.pdf", None, first, None),
        ("c.pdf", None, "", "This PDF is locked with a password. Save it without one."),
        ("d.pdf", None, "", "This PDF is damaged and cannot be opened."),
    ]


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_a_file_name_that_is_no_text_is_read_like_any_other(pictures: Path, arguments: list[str]) -> None:
    name = os.fsencode(pictures) + b"/caf\xe9.png"
    try:
        os.rename(pictures / "0.png", name)
    except OSError:
        pytest.skip("this file system takes text only")
    for locale in ("C.UTF-8", "POSIX"):
        done = run("read", *arguments, pictures, env=os.environ | {"LC_ALL": locale})
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 3
        if arguments:
            assert name in [os.fsencode(json.loads(line)["path"]) for line in done.stdout.splitlines()]


def test_each_answer_is_there_as_soon_as_it_is_known_and_a_gone_reader_is_no_failure(pictures: Path) -> None:
    command = [sys.executable, "-m", "recognizer", "read", "--json", *[str(pictures)] * 200]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["text"]
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 141


def test_evaluate_scores_the_graph_that_serves_on_all_test_digits() -> None:
    done = run("evaluate", "--json")
    (line,) = done.stdout.splitlines()
    scores = json.loads(line)
    usual = load(DEFAULT_MODEL)
    assert (scores["model"], scores["sha256"], scores["mnist_test_count"]) == (DEFAULT_MODEL, usual.sha256, 10_000)
    assert scores["mnist_test_accuracy"] == usual.card["test"]["accuracy"]
    assert 0 <= scores["ece"] < 0.05


def test_evaluate_prints_a_report_card_for_a_person() -> None:
    report = run("evaluate", "--brief", "--model", "recognizer/bundles/weights/seed").stdout
    assert f"{load('seed').card['test']['accuracy']:.2%}" in report


def test_train_publishes_a_model_that_reads_and_can_be_exported_again(pictures: Path, tmp_path: Path) -> None:
    done = run("train", "--limit", "8", "--epochs", "1", "--out", tmp_path, "--name", "tiny")
    assert done.returncode == 0, done.stderr
    assert "of 10,000" in done.stdout
    assert run("read", "--model", tmp_path / "tiny", pictures).returncode == 0
    assert run("export", "--model", tmp_path / "tiny", "--out", tmp_path, "--name", "again").returncode == 0
    assert load(tmp_path / "again").card == load(tmp_path / "tiny").card


def test_seal_puts_another_finder_and_judge_into_a_model_and_its_answers_on_its_card(tmp_path: Path) -> None:
    seed = load("seed")
    card = seed.card["finder"] | {"pages": 2}
    (tmp_path / "finder.tflite").write_bytes(seed.sight.finder)
    (tmp_path / "judge.json").write_bytes(seed.sight.judge + b"\n")
    (tmp_path / "finder.json").write_text(json.dumps(card))
    done = run("seal", "--model", "seed", "--finder", tmp_path, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    other = load(tmp_path / "seed")
    assert done.stdout.strip() == f"{tmp_path / 'seed'}: {other.sha256}"
    assert (other.sight.judge, other.card["finder"]) == (seed.sight.judge + b"\n", card)
    assert (other.graph, other.calibration) == (seed.graph, seed.calibration)
    assert len(other.card["answers"]) == COUNT


def test_fetch_says_where_the_verified_digits_are() -> None:
    assert Path(run("fetch").stdout.strip()).name == "mnist.npz"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["read", "--model", "sead", "x.png"], "There is no model 'sead'; models that ship:"),
        (["seal", "--finder", "docs"], "The finder in docs cannot be read"),
        (["evaluate", "--model", "docs"], "no readable SHA256SUMS"),
        (["train", "--architecture", "sead"], "There is no architecture 'sead'; there are:"),
        (["train", "--dropout", "2"], "dropout is 2.0; it must lie between"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_and_ends_with_status_1(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_wrong_usage_ends_with_status_2() -> None:
    assert run("read").returncode == 2
    assert run("guess").returncode == 2


def test_reading_and_evaluating_load_no_tensorflow_and_no_web(pictures: Path) -> None:
    program = (
        "import sys; from recognizer.__main__ import main\n"
        f"assert main(['read', '--json', {str(pictures)!r}]) == 0\n"
        "assert main(['evaluate', '--brief']) == 0\n"
        f"print([name for name in sys.modules if name.split('.')[0] in {HEAVY}])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
