"""What a training would find, counted by the trainer's own rules before one is started, and what the page says."""

import re
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone, translation

from recognizer.exams.gate import Margins
from recognizer.learning.mnist import Digits, load_mnist_test
from tests.conftest import png
from tests.tiny_trainer import make_tiny
from webapp import jobs
from webapp.crew import notes
from webapp.models import Batch, LessonCount, ModelVersion, Review, SecondLook, SitePolicy, TrainingRun, User
from webapp.models.lesson_count import ENOUGH_HELD_OUT, Enough
from webapp.models.lesson_news import is_stale
from worker.tasks import people, read, train

pytestmark = pytest.mark.django_db(transaction=True)
HandIn = Callable[..., Batch]
Answered = Callable[..., Batch]
Mirrored = Callable[[int, int, bool], Batch]
RUNS = "/admin/webapp/trainingrun/"


def be_heard() -> None:
    """A trainer says so every few seconds."""
    notes.note_alive("training@vm", [jobs.TRAINING], [1])


@pytest.fixture(autouse=True)
def trainer(empty_queue: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    be_heard()
    make_tiny(monkeypatch.setattr)
    monkeypatch.setattr(train, "be_nice", lambda: None)
    monkeypatch.setattr(train.Attempt, "learn", lambda run, _: pytest.fail("nothing may be trained here"))


@pytest.fixture
def answered(alice: User, champion: None, hand_in: HandIn) -> Answered:
    """A batch that the seed has read, on a side of the test's choice, with a person's word on each picture."""
    ModelVersion.objects.get(shipped_as="seed").promote()

    def answered(pictures: list[np.ndarray], said: list[str], held_out: bool) -> Batch:
        batch = hand_in(alice, files=[(f"{i}.png", png(picture)) for i, picture in enumerate(pictures)])
        Batch.objects.filter(pk=batch.pk).update(held_out=held_out)
        read.read_images(list(batch.images.values_list("pk", flat=True)))
        for image, text in zip(batch.images.order_by("index"), said, strict=True):
            image.correct(alice, "text", text)
        be_heard()
        return batch

    return answered


@pytest.fixture
def mirrored(answered: Answered, digits: Digits) -> Mirrored:
    def mirrored(first: int, count: int, held_out: bool) -> Batch:
        chosen = range(first, first + count)
        return answered(
            [np.fliplr(digits.images[i]) for i in chosen], [str(digits.labels[i]) for i in chosen], held_out
        )

    return mirrored


def counted() -> LessonCount:
    train.count_lessons()
    return LessonCount.current()


def test_enough_to_judge_by_is_what_the_gate_asks_for() -> None:
    assert Margins().fewest_held_out == ENOUGH_HELD_OUT


def test_the_count_is_what_a_training_then_finds(mirrored: Mirrored, answered: Answered, digits: Digits) -> None:
    mirrored(100, 60, False)
    test = load_mnist_test()
    # To judge by: 15 that can be, one of them once more, one of MNIST's test digits, one that fits no glyph.
    mirrored(200, 15, True)
    pictures = [np.fliplr(digits.images[200]) // 8 * 8, test.images[3], digits.images[300]]
    answered(pictures, [str(digits.labels[200]), str(test.labels[3]), "1234"], True)
    before = counted()
    assert Review.objects.filter(image__batch__held_out=True).count() == 18
    assert (before.held_out, before.held_out_left_out) == (15, {"not_aligned": 1, "mnist_test": 1, "duplicate": 1})
    run, _ = TrainingRun.objects.begin(TrainingRun.Why.PERSON)
    train.train([run.pk])
    run.refresh_from_db()
    found = run.data
    assert (len(found["held_out"]), found["held_out_left_out"]) == (before.held_out, before.held_out_left_out)
    assert (len(found["lessons"]), found["corrections"]) == (before.lessons, before.corrections)
    assert found["left_out"] == before.left_out
    assert (run.fingerprint, run.outcome) == (before.fingerprint, "skipped")
    assert LessonCount.current().counted_at > before.counted_at, "a training counts, too"


def test_of_what_the_trainer_cannot_judge_by_more_is_held_out(mirrored: Mirrored, alice: User, hand_in: HandIn) -> None:
    """Twenty answered pictures are not enough where the trainer can use eighteen."""
    mirrored(100, 70, False)
    mirrored(200, 18, True)
    mirrored(200, 2, True)
    assert Review.objects.filter(image__batch__held_out=True).count() == ENOUGH_HELD_OUT
    assert counted().held_out == 18
    another = hand_in(alice, count=3)
    another.images.first().correct(alice, "text", "1")
    another.refresh_from_db()
    assert another.held_out


def test_whatever_happens_to_answers_makes_the_count_stale(
    mirrored: Mirrored, alice: User, admin: User, hand_in: HandIn
) -> None:
    batch = mirrored(100, 5, False)
    assert is_stale(LessonCount.current())

    def stale_after(happening: Callable[[], object]) -> bool:
        assert not is_stale(counted())
        happening()
        return is_stale(LessonCount.current())

    def reread() -> None:
        Batch.objects.filter(pk=batch.pk).update(finished_at=timezone.now())

    def settle() -> None:
        SecondLook.objects.ask({Review.objects.first().pk: "The champion reads 3."})
        SecondLook.objects.all().decide(SecondLook.Decision.REFUSE, admin)

    assert stale_after(lambda: batch.images.first().correct(alice, "text", "7"))
    assert stale_after(reread)
    assert stale_after(settle)
    assert stale_after(ModelVersion.objects.get(shipped_as="sapling").promote)
    assert stale_after(batch.images.last().delete)
    assert not stale_after(lambda: hand_in(alice, count=2))


def test_the_trainer_is_asked_once_in_a_while_and_never_beside_a_training(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored(100, 3, False)
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(jobs, "send", lambda task, chunks, queue: sent.append((task, queue)))
    for _ in range(5):
        people.count()
    assert sent == [("train.count", "training")]
    LessonCount.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    TrainingRun.objects.create(slot="one", why="person")
    people.count()
    assert len(sent) == 1
    TrainingRun.objects.all().delete()
    people.count()
    assert len(sent) == 2
    counted()
    people.count()
    assert len(sent) == 2, "nothing has happened since"


def test_a_trainer_that_is_away_is_named_and_finds_one_message_when_it_is_back(
    mirrored: Mirrored, admin_client: Client, empty_queue: Callable[[], None]
) -> None:
    mirrored(100, 3, False)
    empty_queue()
    for _ in range(3):
        LessonCount.objects.update(asked_at=None)
        assert "but no trainer is at work" in words(admin_client.get(RUNS).content.decode())
    assert (jobs.depths() or {})["training"] == 1


def test_where_it_cannot_be_counted_the_page_says_so(admin_client: Client) -> None:
    assert counted().fault == "no_champion"
    assert "The trainer could not count (no_champion)" in words(admin_client.get(RUNS).content.decode())


def words(page: str) -> str:
    """What a page says, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_the_page_says_before_a_training_what_is_missing_and_starts_none(
    mirrored: Mirrored, admin_client: Client
) -> None:
    mirrored(100, 60, False)
    mirrored(200, 18, True)
    assert "The trainer counts for the first time." in words(admin_client.get(RUNS).content.decode())
    there = counted().corrections
    SitePolicy(fewest_corrections=there + 1).save()
    page = words(admin_client.get(RUNS).content.decode())
    assert f"{there} of {there + 1} needed" in page
    assert "18 of 20 needed" in page
    assert f"Not yet. 1 more correction is needed ({there} of {there + 1})." in page
    assert "2 more answered pictures must be held out to judge by (18 of 20)." in page
    answer = admin_client.post(f"{RUNS}start/", follow=True)
    assert "2 more answered pictures must be held out to judge by (18 of 20)." in words(answer.content.decode())
    assert not TrainingRun.objects.exists()


def test_where_there_is_enough_the_page_says_yes_and_a_run_begins(mirrored: Mirrored, admin_client: Client) -> None:
    mirrored(100, 60, False)
    mirrored(200, 25, True)
    assert counted().enough
    assert "Is there enough to train? corrections" in words(admin_client.get(RUNS).content.decode())
    assert "Yes." in words(admin_client.get(RUNS).content.decode())
    admin_client.post(f"{RUNS}start/")
    assert TrainingRun.objects.get().is_open
    assert "A training is under way." in words(admin_client.get(RUNS).content.decode())


def test_the_page_says_that_nothing_is_new(mirrored: Mirrored, admin_client: Client) -> None:
    mirrored(100, 60, False)
    mirrored(200, 25, True)
    now = counted()
    TrainingRun.objects.create(
        slot="one", why="person", state="read", verdict={"passed": False}, parent=now.champion,
        fingerprint=now.fingerprint,
    )  # fmt: skip
    assert "Yes, but nothing is new." in words(admin_client.get(RUNS).content.decode())


def test_the_part_that_is_counted_asks_again_until_it_is(mirrored: Mirrored, admin_client: Client) -> None:
    mirrored(100, 3, False)
    part = admin_client.get(f"{RUNS}ready/").content.decode()
    assert 'hx-trigger="every 2s"' in part
    counted()
    part = admin_client.get(f"{RUNS}ready/").content.decode()
    assert "hx-trigger" not in part
    assert part.strip().startswith("<section")


def test_a_run_that_was_skipped_takes_no_slot(mirrored: Mirrored, alice: User) -> None:
    mirrored(100, 3, False)
    first, _ = TrainingRun.objects.begin(TrainingRun.Why.PERSON, alice)
    train.train([first.pk])
    again, new = TrainingRun.objects.begin(TrainingRun.Why.PERSON, alice)
    assert new
    assert again != first


def test_one_correction_is_one_in_every_language() -> None:
    def said(language: str, corrections: int, held_out: int) -> str:
        with translation.override(language):
            return str(Enough(corrections, 20, held_out))

    assert said("en", 19, 20) == "1 more correction is needed (19 of 20)."
    assert said("en", 18, 20) == "2 more corrections are needed (18 of 20)."
    assert said("en", 20, 19).startswith("1 more answered picture must be held out to judge by (19 of 20). Answer")
    assert said("en", 20, 0).startswith("20 more answered pictures must be held out to judge by (0 of 20). Answer")
    assert "1 weitere Korrektur " in said("de", 19, 20)
    assert "2 weitere Korrekturen " in said("de", 18, 20)


def test_what_was_skipped_is_told_in_the_language_of_who_reads_it(mirrored: Mirrored) -> None:
    mirrored(100, 3, False)
    run, _ = TrainingRun.objects.begin(TrainingRun.Why.PERSON)
    train.train([run.pk])
    run.refresh_from_db()
    with translation.override("en"):
        assert " more corrections are needed (" in run.words
    with translation.override("de"):
        assert " weitere Korrekturen " in run.words
