"""A training run's rules, with everything real but the training itself: a model that ships stands in for its result."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recognizer.bundles import Bundle, load, publish
from recognizer.learning.mnist import Digits
from recognizer.page import Reason
from tests.conftest import png
from tests.tiny_trainer import make_tiny
from webapp import jobs
from webapp.faults import coded
from webapp.models import Batch, Image, LessonCount, ModelVersion, Review, SecondLook, SitePolicy, TrainingRun, User
from webapp.models.batch.sides import HELD_OUT_ONE_IN
from webapp.models.lesson_count import ENOUGH_HELD_OUT
from webapp.models.lesson_news import seen_now
from webapp.models.training_run import slot_of
from worker import loaded
from worker.tasks import maintain, read, train

pytestmark = pytest.mark.django_db(transaction=True)
HandIn = Callable[..., Batch]
Run = Callable[..., TrainingRun]


@pytest.fixture
def taught(alice: User, champion: None, hand_in: HandIn, digits: Digits) -> None:
    """Two batches of mirrored digits, read and answered; models are judged by the second."""
    ModelVersion.objects.get(shipped_as="seed").promote()
    for number, held_out in enumerate((False, True)):
        indexes = range(100 + 60 * number, 160 + 60 * number)
        batch = hand_in(alice, files=[(f"{i}.png", png(np.fliplr(digits.images[i]))) for i in indexes])
        Batch.objects.filter(pk=batch.pk).update(held_out=held_out)
        read.read_images(list(batch.images.values_list("pk", flat=True)))
        for image, i in zip(batch.images.order_by("index"), indexes, strict=True):
            image.correct(alice, "text", str(digits.labels[i]))


def marked(name: str, mark: int) -> Bundle:
    """A model that ships, with another checksum."""
    artifact = load(name)
    return replace(artifact, card=dict(artifact.card) | {"mark": mark})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    make_tiny(monkeypatch.setattr)
    monkeypatch.setattr(train, "be_nice", lambda: None)

    def learned(attempt: train.Attempt, lessons: list[Any]) -> Bundle:
        return publish(marked("sapling", attempt.run.pk), attempt.model_folder)

    monkeypatch.setattr(train.Attempt, "learn", learned)

    def run(slot: str = "now", **details: Any) -> TrainingRun:
        run, _ = TrainingRun.objects.begin(TrainingRun.Why.PERSON, slot=slot, **details)
        train.train([run.pk])
        run.refresh_from_db()
        return run

    return run


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate finds everything better."""
    from recognizer.exams.gate import Verdict  # noqa: PLC0415

    better = Reason("better", challenger=0.9, champion=0.8, count=40)
    monkeypatch.setattr("recognizer.exams.examination.judge", lambda *_: Verdict((better,), ()))


@pytest.fixture
def as_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def champion_name() -> str:
    champion = ModelVersion.objects.champion()
    assert champion is not None
    return str(champion)


def test_a_better_model_is_promoted_and_says_why(taught: None, run: Run, passing: None) -> None:
    done = run()
    assert (done.state, done.outcome, done.error) == ("read", "promoted", "")
    assert done.version.is_champion
    assert done.version.parent.shipped_as == "seed"
    assert done.data["corrections"] >= 20
    assert done.version.changes.get().why == done.said
    assert done.said.startswith("Better on the site's own pictures: 90.0% instead of 80.0% of 40 held-out pictures")
    assert {"clean", "corruptions", "numbers"} == {suite["name"] for suite in done.verdict["suites"]}
    assert done.version.card["test"]["count"] == 100


def test_a_model_that_is_not_better_is_kept_as_rejected_with_the_reason(taught: None, run: Run) -> None:
    done = run()
    assert done.outcome == "rejected"
    assert "worse" in done.said or "instead of" in done.said
    assert done.version.state == "rejected"
    assert "seed" in champion_name()


def test_nothing_is_trained_where_too_little_is_held_out_to_judge_by(taught: None, run: Run) -> None:
    Review.objects.filter(image__batch__held_out=True).delete()
    done = run()
    assert (done.outcome, done.version) == ("skipped", None)
    assert "20 more answered pictures must be held out to judge by (0 of 20)." in done.said


@pytest.mark.parametrize(("promotion", "outcome"), [("ask", "asks"), ("never", "kept")])
def test_the_policy_decides_what_becomes_of_a_better_model(
    taught: None, run: Run, passing: None, promotion: str, outcome: str
) -> None:
    policy = SitePolicy.current()
    policy.promotion = promotion
    policy.save()
    done = run()
    assert (done.outcome, done.version.state) == (outcome, "candidate")
    assert "seed" in champion_name()


def test_too_few_corrections_are_waited_for(alice: User, champion: None, run: Run) -> None:
    done = run()
    assert (done.outcome, done.version) == ("skipped", None)
    assert "20 more corrections are needed (0 of 20)." in done.said


def test_the_same_answers_are_not_learned_twice(taught: None, run: Run) -> None:
    first = run("first")
    again = run("second")
    assert (first.outcome, again.outcome) == ("rejected", "skipped")
    assert f"Nothing is new since Run {first.pk}" in again.said


def test_what_was_promoted_is_not_trained_again_from_the_same_answers(
    taught: None, run: Run, passing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What one answers as the other did contradicts the same corrections.
    monkeypatch.setattr(train.Attempt, "learn", lambda a, _: publish(marked("seed", a.run.pk), a.model_folder))
    first = run("first")
    again = run("second")
    assert (first.outcome, again.outcome) == ("promoted", "skipped")
    assert f"Nothing is new since Run {first.pk}" in again.said


def test_a_tuned_champion_s_successor_is_tuned_from_the_same_origin(taught: None, run: Run, passing: None) -> None:
    first = run("first")
    Review.objects.filter(image__batch__held_out=False).first().delete()
    second = run("second")
    assert second.outcome == "promoted"
    assert second.parent == first.version
    assert second.version.parent.shipped_as == second.version.origin.shipped_as == "seed"


def test_a_network_trained_from_its_beginning_is_an_origin(taught: None, run: Run, passing: None) -> None:
    done = run(method=TrainingRun.Method.SCRATCH)
    assert done.version.origin == done.version


def test_ten_impatient_clicks_give_one_run(alice: User, champion: None) -> None:
    runs = {TrainingRun.objects.begin(TrainingRun.Why.PERSON, alice)[0].pk for _ in range(10)}
    assert len(runs) == 1


def test_two_beats_give_one_run(champion: None) -> None:
    def beat() -> None:
        maintain.train_on_schedule()
        connection.close()

    beats = [Thread(target=beat) for _ in range(2)]
    for one in beats:
        one.start()
    for one in beats:
        one.join()
    assert TrainingRun.objects.count() == 1


def test_a_slot_is_ten_minutes_long() -> None:
    assert slot_of(datetime(2026, 11, 22, 3, 9, 59, tzinfo=UTC)) == "2026-11-22 03:00 UTC"
    assert slot_of(datetime(2026, 11, 22, 3, 10, tzinfo=UTC)) == "2026-11-22 03:10 UTC"


def test_two_runs_are_never_open_at_once(champion: None) -> None:
    TrainingRun.objects.create(slot="one", why="person")
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.create(slot="two", why="person")
    other, new = TrainingRun.objects.begin(TrainingRun.Why.PERSON, slot="three")
    assert (other.slot, new) == ("one", False)


def test_a_cancelled_run_publishes_nothing(
    taught: None, run: Run, passing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled_meanwhile(attempt: train.Attempt, *_: object) -> Bundle:
        attempt.run.cancel()
        attempt.heartbeat.cancelled = True
        return load("sapling")

    monkeypatch.setattr(train.Attempt, "learn", cancelled_meanwhile)
    done = run()
    assert (done.state, done.version) == ("cancelled", None)
    assert "seed" in champion_name()


def test_a_run_that_was_taken_over_publishes_nothing(
    taught: None, run: Run, passing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = train.Attempt.store

    def slow_store(attempt: train.Attempt, challenger: Bundle) -> int:
        TrainingRun.objects.update(fence=1)
        return store(attempt, challenger)

    monkeypatch.setattr(train.Attempt, "store", slow_store)
    done = run()
    assert (done.state, done.version) == ("running", None)
    assert "seed" in champion_name()


def test_what_was_compared_with_another_champion_is_not_promoted(
    taught: None, run: Run, passing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = train.Attempt.store

    def overtaken(attempt: train.Attempt, challenger: Bundle) -> int:
        ModelVersion.objects.get(shipped_as="sapling").promote()
        return store(attempt, challenger)

    monkeypatch.setattr(train.Attempt, "store", overtaken)
    done = run()
    assert (done.outcome, done.version.state) == ("kept", "candidate")
    assert "sapling" in champion_name()


def test_a_correction_that_stands_alone_waits_in_the_admin_and_is_learned_once_somebody_says_so(
    taught: None, run: Run, alice: User, admin: User, hand_in: HandIn, digits: Digits
) -> None:
    batch = hand_in(alice, count=1)
    Batch.objects.filter(pk=batch.pk).update(held_out=False)
    read.read_images([batch.images.get().pk])
    image = batch.images.get()
    slip = image.correct(alice, "text", str((int(image.prediction.text) + 5) % 10))
    first = run("first")
    look = SecondLook.objects.get(review=slip)
    assert slip.pk not in first.data["lessons"]
    SecondLook.objects.filter(pk=look.pk).decide(SecondLook.Decision.LEARN, admin)
    assert slip.pk in run("second").data["lessons"]


def test_staff_see_what_the_model_saw_and_settle_it(taught: None, as_admin: Client, admin: User) -> None:
    slips = list(Review.objects.order_by("pk")[:2])
    SecondLook.objects.ask({slip.pk: coded("contradicted_alone", answer=3, sure=0.999, said=4) for slip in slips})
    looks, page = SecondLook.objects.order_by("pk"), reverse("admin:webapp_secondlook_changelist")
    assert as_admin.get(page).content.decode().count("The champion reads 3 with 99.9%, a person says 4") == len(slips)
    assert as_admin.get(page).content.decode().count("data:image/png;base64,") == 2
    for action, look in zip(("learn", "refuse"), looks, strict=True):
        as_admin.post(page, {"action": action, "_selected_action": [look.pk]})
    assert SecondLook.objects.settled() == {slips[0].pk: True, slips[1].pk: False}
    assert {look.decided_by for look in looks.all()} == {admin}


def test_what_is_held_out_is_never_learned_from(taught: None, run: Run) -> None:
    done = run()
    batches = dict(Review.objects.values_list("pk", "image__batch__held_out"))
    assert {batches[pk] for pk in done.data["lessons"]} == {False}
    assert {batches[pk] for pk in done.data["held_out"]} == {True}


def test_a_run_can_be_repeated_from_the_same_answers(taught: None, run: Run, alice: User) -> None:
    first = run("first")
    Review.objects.filter(pk=first.data["lessons"][0]).get().image.correct(alice, "text", "1")
    repeat = TrainingRun.objects.begin(TrainingRun.Why.REPEAT, slot="again", repeats=first)[0]
    train.train([repeat.pk])
    repeat.refresh_from_db()
    assert repeat.state == "failed"
    assert "cannot be repeated" in repeat.error


def test_a_repeat_learns_from_what_the_first_run_did_whatever_has_come_since(
    taught: None, run: Run, passing: None, as_admin: Client, alice: User, hand_in: HandIn
) -> None:
    first = run("first", seed=5)
    later = hand_in(alice, count=3)
    read.read_images(list(later.images.values_list("pk", flat=True)))
    for image in later.images.all():
        image.correct(alice, "text", "1")
    answer = as_admin.post(reverse("admin:webapp_trainingrun_repeat", args=[first.pk]))
    repeat = TrainingRun.objects.get(repeats=first)
    assert answer["Location"] == repeat.get_absolute_url()
    train.train([repeat.pk])
    repeat.refresh_from_db()
    assert (repeat.state, repeat.fingerprint) == ("read", first.fingerprint)
    assert [repeat.data[part] for part in ("lessons", "held_out")] == [first.data[p] for p in ("lessons", "held_out")]
    assert (repeat.parent, repeat.seed, repeat.method) == (first.parent, 5, first.method)
    assert champion_name() == str(first.version), "what was compared with an earlier champion replaces none"
    once, again = (loaded.bundle_of(done.version).weights for done in (first, repeat))
    for name, weights in once.items():
        np.testing.assert_array_equal(weights, again[name], err_msg=name)


def test_the_report_card_shows_suites_digits_confusions_and_where_the_models_differ(
    taught: None, run: Run, as_admin: Client
) -> None:
    done = run()
    page = as_admin.get(done.get_absolute_url()).content.decode()
    for words in ("held-out pictures", "clean digits", "corrupted digits", "drawn numbers", "the digit 9"):
        assert words in page
    assert page.count('class="matrix"') == 4
    assert page.count("data:image/png;base64,") == sum(len(glyphs) for glyphs in done.verdict["differences"].values())
    assert any(done.verdict["differences"].values())


def test_what_people_look_at_is_weighed_by_what_was_drawn_by_lot(alice: User, champion: None, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=100)
    read.read_images(list(batch.images.values_list("pk", flat=True)))
    images = list(batch.images.order_by("pk"))
    Image.objects.filter(pk__in=[image.pk for image in images]).update(confidence=0.999)
    Image.objects.filter(pk__in=[image.pk for image in images[:20]]).update(confidence=0.5)
    for image in images[:20]:
        image.correct(alice, "text", "4079", "doubtful")
    for image in images[20:49]:
        image.correct(alice, "text", image.prediction.text, "random")
    reader = images[0].prediction.model_version
    assert Review.objects.share_of_mistakes(reader) is None, "29 say too little"
    images[49].correct(alice, "text", "4079", "random")
    # A fifth is doubtful and always wrong, and of the sure ones one in thirty is.
    assert Review.objects.share_of_mistakes(reader) == pytest.approx(0.2 + 0.8 / 30)
    another = ModelVersion.objects.exclude(pk=reader.pk).get()
    assert Review.objects.share_of_mistakes(another) is None, "it has read nothing"


def answered(hand_in: HandIn, owner: User, *files: bytes) -> Batch:
    batch = hand_in(owner, files=[(f"{i}.png", data) for i, data in enumerate(files)])
    for image in batch.images.all():
        image.correct(owner, "text", "1")
    batch.refresh_from_db()
    return batch


def test_a_batch_is_held_out_by_its_pictures_hashes_and_as_a_whole(alice: User, hand_in: HandIn) -> None:
    batches = [answered(hand_in, alice, bytes([i]), bytes([i, 1])) for i in range(50)]
    LessonCount.note(timezone.now(), seen_now(), held_out=ENOUGH_HELD_OUT)
    batches += [answered(hand_in, alice, bytes([i]), bytes([i, 1])) for i in range(50, 90)]
    drawn = [batch for batch in batches[50:] if batch.held_out]
    assert len(batches[50:]) / HELD_OUT_ONE_IN / 3 < len(drawn) < len(batches[50:]) / HELD_OUT_ONE_IN * 2
    assert answered(hand_in, alice, bytes([0]), b"\x00\x01").drawn_by_hash() == batches[0].drawn_by_hash()


def test_a_site_with_two_answered_batches_has_both_parts(alice: User, hand_in: HandIn) -> None:
    first = answered(hand_in, alice, *[bytes([i]) for i in range(30)])
    second = answered(hand_in, alice, *[bytes([i, 1]) for i in range(20)])
    assert (first.held_out, second.held_out) == (False, True)


def test_a_small_batch_that_was_first_does_not_send_all_of_a_large_one_to_be_judged_by(
    alice: User, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Batch, "drawn_by_hash", lambda _: False)
    sizes = (2, 30, 25)
    sides = [answered(hand_in, alice, *[bytes([i, size]) for i in range(size)]).held_out for size in sizes]
    assert sides == [False, False, True]


def test_which_side_a_batch_is_on_never_changes(alice: User, hand_in: HandIn) -> None:
    first, second = (answered(hand_in, alice, bytes([i])) for i in range(2))
    first.delete()
    Review.objects.all().delete()
    second.images.get().correct(alice, "text", "2")
    second.refresh_from_db()
    assert second.held_out


def test_the_sweeper_sends_a_waiting_run_again_and_gives_up_after_three_attempts(champion: None) -> None:
    run, _ = TrainingRun.objects.begin(TrainingRun.Why.PERSON)
    for _ in range(3):
        assert TrainingRun.objects.claim([run.pk])
        TrainingRun.objects.update(lease_until=run.created_at)
        maintain.sweep()
    run.refresh_from_db()
    assert (run.state, run.error_code, run.attempts) == ("failed", "training_gave_up", 3)


def test_a_newer_shipped_model_is_judged_before_it_replaces_what_people_taught(
    taught: None, run: Run, passing: None
) -> None:
    """As `register_models` asks for at an upgrade."""
    seed = ModelVersion.objects.champion()
    sapling = ModelVersion.objects.get(shipped_as="sapling")
    done = run(method=TrainingRun.Method.JUDGE, version=sapling, parent=seed)
    assert (done.outcome, champion_name()) == ("promoted", str(sapling))


def test_messages_for_a_run_are_sent_after_the_commit_and_only_then(
    champion: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(jobs, "send", lambda task, chunks, queue: sent.append(f"{task} on {queue}"))
    with transaction.atomic():
        TrainingRun.objects.begin(TrainingRun.Why.PERSON)
        assert not sent
    assert sent == ["train.run on training"]
