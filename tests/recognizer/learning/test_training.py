from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer.bundles import DEFAULT_MODEL, Classifier, DamagedBundle, InvalidConfig, TrainConfig, load
from recognizer.exams.metrics import evaluate
from recognizer.learning import networks
from recognizer.learning.ahead import Batch
from recognizer.learning.batches import Batches, as_input
from recognizer.learning.keeper import kept_epoch
from recognizer.learning.mnist import Dataset, Digits, load_mnist
from recognizer.learning.training import TrainingResult, check_export, export_again, train

QUICK = TrainConfig(epochs=3, batch_size=3, limit=8, learning_rate=0.01)


def grade(classifier: Classifier, digits: Digits) -> dict[str, Any]:
    return evaluate(classifier, digits).as_json()


@pytest.fixture(scope="module")
def eight() -> Dataset:
    mnist = load_mnist()
    return Dataset("eight digits", mnist.train[:8], mnist.validation[:20])


@pytest.fixture(scope="module")
def trained(eight: Dataset, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    folder = tmp_path_factory.mktemp("models") / "quick"
    return train(QUICK, eight, folder, test=eight.validation[:7], grade=grade)


def test_a_training_publishes_a_model_that_loads_and_answers(trained: TrainingResult, eight: Dataset) -> None:
    assert trained.bundle.name == "quick"
    assert Classifier(trained.bundle).logits(eight.train.images).shape == (8, 10)


def test_the_report_card_says_what_was_trained_on_what_and_how_well(trained: TrainingResult, eight: Dataset) -> None:
    card = trained.bundle.card
    assert card["parameters"] == 693_962
    assert card["data"] == {
        "name": "eight digits",
        "fingerprint": eight.fingerprint,
        "train_count": 8,
        "validation_count": 20,
    }
    assert (card["validation"]["count"], card["test"]["count"]) == (20, 7)
    assert card["export_difference"] <= 1e-5
    assert trained.bundle.config == QUICK


def test_the_history_holds_every_epoch_and_names_the_one_that_was_kept(trained: TrainingResult) -> None:
    losses = [epoch["val_loss"] for epoch in trained.history]
    assert len(losses) == 3
    assert losses[trained.best_epoch - 1] == min(losses)
    assert trained.bundle.card["training"]["history"] == trained.history


@pytest.mark.parametrize(("options", "scores"), [({"grade": grade}, {"validation"}), ({}, set())])
def test_the_card_has_no_score_that_was_not_asked_for(
    eight: Dataset, tmp_path: Path, options: dict[str, Any], scores: set[str]
) -> None:
    result = train(replace(QUICK, epochs=1), eight, tmp_path / "model", **options)
    assert {"validation", "test"} & set(result.bundle.card) == scores


def test_marks_are_found_as_by_the_model_that_ships_unless_another_finder_is_given(
    trained: TrainingResult, eight: Dataset, tmp_path: Path
) -> None:
    shipped = load(DEFAULT_MODEL).sight
    assert trained.bundle.sight == shipped
    other = replace(shipped, judge=shipped.judge + b"\n")
    assert train(replace(QUICK, epochs=1), eight, tmp_path / "model", sight=other).bundle.sight == other


def test_training_learns_its_eight_digits_by_heart(eight: Dataset, tmp_path: Path) -> None:
    config = replace(QUICK, epochs=25, patience=25, batch_size=8, dropout=0.0, shift=0, rotation=0, scale=0)
    by_heart = Dataset("by heart", eight.train, eight.train)
    result = train(config, by_heart, tmp_path / "model")
    assert (Classifier(result.bundle).logits(eight.train.images).argmax(axis=1) == eight.train.labels).all()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    trained: TrainingResult, eight: Dataset, tmp_path: Path
) -> None:
    again = train(QUICK, eight, tmp_path / "again")
    other = train(replace(QUICK, seed=1), eight, tmp_path / "other")
    for name, weights in trained.bundle.weights.items():
        np.testing.assert_array_equal(weights, again.bundle.weights[name])
    assert again.bundle.graph == trained.bundle.graph
    assert other.bundle.graph != trained.bundle.graph


def test_each_batch_is_prepared_once(eight: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, prepare = [], Batches.prepare

    def noted(batches: Batches, epoch: int, index: int) -> Batch:
        prepared.append((epoch, index))
        return prepare(batches, epoch, index)

    monkeypatch.setattr(Batches, "prepare", noted)
    train(QUICK, eight, tmp_path / "model")
    assert len(prepared) == len(set(prepared))
    needless = {(1, 0), (1, 1), (1, 2), (5, 0)}  # Keras looks ahead before it begins, and an epoch more might follow
    assert set(prepared) - needless == {(epoch, index) for epoch in (2, 3, 4) for index in range(3)}


def test_training_stops_when_validation_gets_no_better(eight: Dataset, tmp_path: Path) -> None:
    hopeless = replace(QUICK, epochs=30, patience=2, learning_rate=2.0)
    result = train(hopeless, eight, tmp_path / "model")
    assert len(result.history) == result.best_epoch + 2 < 30


def test_each_epoch_is_told_as_it_ends(eight: Dataset, tmp_path: Path) -> None:
    told = []
    train(replace(QUICK, epochs=2), eight, tmp_path / "model", on_epoch=lambda *figures: told.append(figures))
    assert [epoch for epoch, _ in told] == [1, 2]
    assert all({"loss", "accuracy", "val_loss", "val_accuracy"} <= set(figures) for _, figures in told)


def test_a_training_that_is_stopped_publishes_nothing(eight: Dataset, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(epoch: int, figures: dict[str, float]) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        train(QUICK, eight, tmp_path / "model", on_epoch=stop)
    assert list(tmp_path.iterdir()) == []


def test_an_epoch_covers_every_digit_once_the_last_short_batch_included(eight: Dataset) -> None:
    batches = Batches(eight.train, replace(QUICK, shift=0, rotation=0, scale=0))
    sizes = [len(batches[i][1]) for i in range(len(batches))]
    seen = np.concatenate([batches[i][0] for i in range(len(batches))])
    assert sizes == [3, 3, 2]
    expected = as_input(eight.train.images)
    assert sorted(image.tobytes() for image in seen) == sorted(image.tobytes() for image in expected)


def test_two_epochs_have_another_order_and_other_distortions(eight: Dataset) -> None:
    batches = Batches(eight.train, QUICK)
    first = batches[0][0]
    batches.on_epoch_begin()
    assert not np.array_equal(first, batches[0][0])


def test_exporting_again_gives_the_same_answers_and_keeps_the_card(trained: TrainingResult, tmp_path: Path) -> None:
    again = export_again(trained.bundle, tmp_path / "again")
    images = trained.bundle.golden.images
    np.testing.assert_allclose(Classifier(again).logits(images), trained.bundle.golden.logits, atol=1e-5)
    assert (again.card, again.calibration) == (trained.bundle.card, trained.bundle.calibration)
    assert (again.sight, again.alphabet) == (trained.bundle.sight, trained.bundle.alphabet)


def test_a_graph_that_answers_otherwise_than_its_network_is_not_exported(trained: TrainingResult) -> None:
    other = networks.build("seed")
    with pytest.raises(DamagedBundle, match="differ from the network's"):
        check_export(other, Classifier(trained.bundle), trained.bundle.golden.images)


def test_the_shipped_weights_build_the_network_that_the_shipped_graph_is() -> None:
    seed = load("seed")
    model = networks.build(seed.config.architecture)
    for weight in model.weights:
        weight.assign(seed.weights[weight.path])
    assert check_export(model, Classifier(seed), load_mnist().validation.images[:500]) <= 1e-5


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"dropout": 1.0}, {"limit": 0}, {"learning_rate": -1.0}])
def test_a_config_that_cannot_be_trained_says_which_value(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(InvalidConfig, match=name):
        replace(QUICK, **wrong)  # type: ignore[arg-type]


def test_a_config_survives_being_written_and_read() -> None:
    assert TrainConfig.from_json(QUICK.to_json()) == QUICK


def test_of_averaged_weights_trained_to_the_end_the_last_are_kept_and_else_those_that_validate_best() -> None:
    history = [{"val_loss": 0.02}, {"val_loss": 0.03}]
    config = TrainConfig(epochs=2, patience=2)
    assert kept_epoch(history, config) == 1
    assert kept_epoch(history, replace(config, averaging=0.9)) == 2
    assert kept_epoch(history, replace(config, averaging=0.9, patience=1)) == 1
