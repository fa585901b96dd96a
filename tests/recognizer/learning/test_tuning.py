"""The champion learns on: what is new, without forgetting, and never from wrong labels into worse."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizer.bundles import Bundle, DamagedBundle, load
from recognizer.exams.examination import examine
from recognizer.exams.suites import FrozenSuites
from recognizer.learning import networks
from recognizer.learning.batches import Batches, as_input
from recognizer.learning.lessons import Lesson
from recognizer.learning.mnist import Dataset, Digits, load_mnist
from recognizer.learning.recipes import RECIPES
from recognizer.learning.recipes.tuning import Tuning, scratch_config
from recognizer.learning.training import put_weights
from recognizer.learning.tuning import cross_entropy, mixed, rehearsed, teach


@pytest.fixture(scope="module")
def seed() -> Bundle:
    return load("seed")


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    mnist = load_mnist()
    return Dataset("few", mnist.train[:2000], mnist.validation)


def mirrored(digits: Digits, indexes: range, flips: float = 0.0) -> list[Lesson]:
    """Digits as in a mirror, some of them answered wrongly."""
    randomness = np.random.default_rng(4)
    lessons = []
    for i in indexes:
        slip = int(randomness.integers(1, 10)) if randomness.random() < flips else 0
        said = str((int(digits.labels[i]) + slip) % 10)
        lessons.append(
            Lesson(i, f"{i * 7919 % 10007:064x}", i % 4, np.fliplr(digits.images[i])[None].copy(), "x", said)
        )
    return lessons


@pytest.mark.parametrize("name", ["seed", "sapling"])
def test_a_tuning_is_the_network_s_own_recipe_gentler_and_shorter(name: str) -> None:
    origin, tuning = load(name).config, Tuning(epochs=3, patience=2, rate=0.2, averaging=0.9, fewest_showings=50)
    config = tuning.config(origin, 7)
    assert (config.architecture, config.dropout, config.roughen) == (name, origin.dropout, origin.roughen)
    assert (config.seed, config.epochs, config.patience, config.fewest_showings) == (7, 3, 2, 50)
    assert config.learning_rate == pytest.approx(0.2 * RECIPES[name].learning_rate)
    assert config.averaging == (0.9 if origin.averaging else 0)
    assert scratch_config(origin, 7) == replace(RECIPES[name], seed=7)


def test_a_rehearsal_shows_every_new_digit_and_several_old_ones_for_each(mnist: Dataset) -> None:
    lessons = mirrored(mnist.train, range(100))
    dataset = rehearsed("few", mnist.train[:300], mnist.train[300:], lessons)
    config = replace(Tuning(rehearsal=4).config(load("seed").config, 0), batch_size=50)
    order = Batches(dataset.train, config, dataset.new).order(2)
    old = len(dataset.train) - dataset.new
    shown, counts = np.unique(order[order >= old], return_counts=True)
    assert len(shown) == dataset.new == 85
    assert (order < old).sum() == 4 * counts.sum()


def test_what_is_stopped_by_is_not_learned_from(mnist: Dataset) -> None:
    dataset = rehearsed("few", mnist.train[:300], mnist.train[300:], mirrored(mnist.train, range(100)))
    learned = {image.tobytes() for image in dataset.train.images}
    assert not learned & {image.tobytes() for image in dataset.validation.images}


def test_weights_go_back_towards_the_champion_s_until_little_is_forgotten(seed: Bundle, mnist: Dataset) -> None:
    model = networks.build("seed")
    spoilt = {path: values + np.float32(0.05) for path, values in seed.weights.items()}
    put_weights(model, spoilt)
    tuning = Tuning(forgotten=0.02)
    share = mixed(model, seed.weights, mnist.train[:500], tuning)
    few = mnist.train[:500]
    now = cross_entropy(model.predict_on_batch(as_input(few.images)), few.labels)
    put_weights(model, seed.weights)
    before = cross_entropy(model.predict_on_batch(as_input(few.images)), few.labels)
    assert share < 1
    assert now <= before * (1 + tuning.forgotten) or share == tuning.mixes[-1]


def test_a_champion_of_another_network_is_refused(seed: Bundle) -> None:
    with pytest.raises(DamagedBundle, match="not those of a network"):
        put_weights(networks.build("sapling"), seed.weights)


def test_wrong_labels_never_promote_a_model_that_is_worse_on_clean_digits(
    seed: Bundle, mnist: Dataset, tmp_path: Path
) -> None:
    """Through the real gate: its margins, its suites, wrong labels among the held-out answers too."""
    flips = 0.3
    tuning = Tuning(epochs=2, rate=1, forgotten=float("inf"))  # as if nothing held the weights back: the gate has to
    config = tuning.config(seed.config, 0)
    lessons, held_out = mirrored(mnist.train, range(150), flips), mirrored(mnist.train, range(1500, 1600), flips)
    taught = teach(seed, config, lessons, mnist, tmp_path / "taught", tuning=tuning).bundle
    examination = examine(seed, taught, FrozenSuites(mnist.validation, 60), held_out)
    clean = examination.report["suites"][0]
    worse = clean["challenger"] < clean["champion"] - 0.001
    assert not (worse and examination.verdict.passed)
    assert clean["count"] == 5000
