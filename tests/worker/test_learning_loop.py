"""The whole loop with real processes: corrected, trained, judged, swapped, read by the new model, rolled back."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from recognizer.learning.mnist import Digits
from tests.conftest import Processes, png, wait_until
from webapp.models import Batch, Image, ModelVersion, TrainingRun, User
from worker import loaded
from worker.tasks import maintain, read

pytestmark = pytest.mark.django_db(transaction=True)
HandIn = Callable[..., Batch]


@pytest.fixture(autouse=True)
def no_deaths_before() -> Iterator[None]:
    yield
    for marker in Path(settings.VAR_DIR).glob("died-at-*"):
        marker.unlink()


@pytest.fixture
def taught(alice: User, champion: None, hand_in: HandIn, digits: Digits) -> None:
    """The seed reads mirrored digits, and people say what they are: 60 to learn from, 30 to judge by."""
    ModelVersion.objects.get(shipped_as="seed").promote()
    for held_out, indexes in ((False, range(100, 160)), (True, range(200, 230))):
        batch = hand_in(alice, files=[(f"{i}.png", png(np.fliplr(digits.images[i]))) for i in indexes])
        Batch.objects.filter(pk=batch.pk).update(held_out=held_out)
        read.read_images(list(batch.images.values_list("pk", flat=True)))
        for image, i in zip(batch.images.order_by("index"), indexes, strict=True):
            image.correct(alice, "text", str(digits.labels[i]))


def trainer(processes: Processes, **settings_: str) -> None:
    words = "-m celery -A tests.tiny_trainer worker -Q training -n trainer@%h -c 1 -P prefork -l INFO"
    options = ["--max-tasks-per-child=1", "--without-gossip", "--without-mingle"]
    processes.start(*words.split(), *options, TRAINING_NICENESS="0", LEASE_SECONDS="15", **settings_)


def ended(run: TrainingRun) -> bool:
    run.refresh_from_db()
    return not run.is_open


def swept(run: TrainingRun) -> bool:
    maintain.sweep()
    return ended(run)


def the_champion() -> ModelVersion:
    champion = ModelVersion.objects.champion()
    assert champion is not None
    return champion


def test_corrections_become_a_model_that_reads_the_next_picture_and_can_be_undone(
    processes: Processes, taught: None, alice: User, hand_in: HandIn, digits: Digits
) -> None:
    processes.worker("interactive,bulk", "reader")
    seed = the_champion()
    maintain.train_on_schedule()
    run = TrainingRun.objects.get()
    trainer(processes)
    wait_until(lambda: ended(run), seconds=300)
    assert (run.state, run.outcome) == ("read", "promoted"), run.said or run.error
    assert 1 <= len(run.history) <= 4
    assert run.version == the_champion() != seed

    def readers_version() -> ModelVersion:
        batch = hand_in(alice, files=[("one.png", png(np.fliplr(digits.images[300])))])
        wait_until(lambda: Batch.objects.filter(pk=batch.pk).exclude(finished_at=None).exists())
        return batch.images.get().prediction.model_version

    assert readers_version() == run.version
    assert ModelVersion.roll_back() == seed
    assert readers_version() == seed


@pytest.mark.parametrize("step", ["gather", "epoch", "judge", "conclude"])
def test_a_trainer_killed_at_any_step_leaves_the_champion_and_goes_on(
    processes: Processes, taught: None, step: str
) -> None:
    seed = the_champion()
    run, _ = TrainingRun.objects.begin(TrainingRun.Why.PERSON)
    trainer(processes, DIE_AT=step)
    marker = Path(settings.VAR_DIR) / f"died-at-{step}"
    wait_until(marker.exists, seconds=300)
    assert the_champion() == seed
    assert loaded.reader_of(the_champion()).sha256 == seed.sha256
    assert ModelVersion.objects.count() == 2, "half a model was published"
    wait_until(lambda: swept(run), seconds=300)
    assert (run.state, run.attempts) == ("read", 2), run.error
    assert loaded.reader_of(the_champion()).sha256 == the_champion().sha256


def test_twenty_swaps_under_load_lose_no_picture(
    processes: Processes, champion: None, alice: User, hand_in: HandIn
) -> None:
    for name in ("one", "two"):
        processes.worker("interactive,bulk", name)
    versions = list(ModelVersion.objects.order_by("number"))
    done = threading.Event()
    versions[0].promote()
    batches = [hand_in(alice, count=200) for _ in range(5)]
    wait_until(Image.objects.filter(model_version=versions[0]).exists)  # else a busy machine reads all after the swaps
    for number in range(1, 20):
        versions[number % 2].promote()
        if number % 4 == 3:
            batches.append(hand_in(alice, count=100))
        done.wait(0.2)
    wait_until(lambda: not Batch.objects.filter(finished_at=None).exists(), seconds=300)
    assert set(Image.objects.values_list("state", flat=True)) == {"read"}
    named = Image.objects.values_list("prediction__model_version__shipped_as", flat=True)
    assert set(named) == {"seed", "sapling"}


def test_a_champion_that_cannot_be_loaded_leaves_the_one_before_reading_and_says_so(
    champion: None, alice: User, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded, "serving", loaded.Serving())
    reader, before = loaded.champion()
    broken = ModelVersion.objects.create(number=9, architecture="seed", sha256="9" * 64)
    broken.promote()
    batch = hand_in(alice, count=2)
    read.read_images(list(batch.images.values_list("pk", flat=True)))
    assert set(batch.images.values_list("prediction__model_version", flat=True)) == {before.pk}
    broken.refresh_from_db()
    assert "cannot be had from storage" in broken.load_error
    ModelVersion.roll_back()
    assert loaded.champion() == (reader, before)
