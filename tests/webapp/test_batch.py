from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from webapp.models import Batch, Image, ModelVersion, Prediction, User
from webapp.models.batch import BatchFull
from webapp.models.image import COPIES
from worker.tasks.maintain import sweep

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


def upload(name: str = "a.png", data: bytes = b"bytes") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def stored_keys() -> set[str]:
    if not default_storage.exists("originals"):
        return set()
    folders, _ = default_storage.listdir("originals")
    return {f"originals/{f}/{key}" for f in folders for key in default_storage.listdir(f"originals/{f}")[1]}


def test_sending_an_index_again_changes_nothing(alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=2)
    batch.take_in({0: upload("first.png")})
    before = stored_keys()
    assert batch.take_in({0: upload("again.png")}) == []
    assert batch.image_count == 1
    assert batch.images.get().name == "first.png"
    assert stored_keys() == before


def test_a_batch_is_sealed_when_all_its_pictures_have_come(alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=2)
    batch.take_in({1: upload()})
    assert not batch.sealed
    batch.take_in({0: upload()})
    assert batch.sealed


def test_more_pictures_than_announced_are_refused_and_leave_no_file(alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=1)
    before = stored_keys()
    with pytest.raises(BatchFull):
        batch.take_in({0: upload(), 1: upload()})
    assert batch.images.count() == 0
    assert stored_keys() == before


def test_files_lie_under_random_keys_and_names_are_only_text(alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=1)
    (image,) = batch.take_in({0: upload("../../etc/pass\u202ewd.png")})
    assert "pass" not in image.key
    assert image.key.startswith("originals/")
    assert default_storage.open(image.key).read() == b"bytes"
    assert image.name == "pass_wd.png", "nothing turns the letters behind it round"


def test_a_batch_is_done_when_every_picture_has_ended(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=2)
    first, second = batch.images.order_by("pk")
    fence = Image.objects.claim([first.pk, second.pk])
    Image.objects.all().fail(fence, [first.pk], "x")
    batch.refresh_from_db()
    assert not batch.is_done
    assert batch.finished_at is None
    Image.objects.all().fail(fence, [second.pk], "x")
    batch.refresh_from_db()
    assert batch.is_done
    assert batch.finished_at is not None
    assert batch.percent == 100


def test_cancel_spares_what_waits_and_lets_finish_what_runs(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=3)
    running = batch.images.first()
    Image.objects.claim([running.pk])
    assert batch.cancel() == 2
    assert (batch.cancelled_count, batch.open_count) == (2, 1)


def test_what_a_dead_worker_had_begun_of_a_cancelled_batch_is_not_begun_again(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=1)
    fence = Image.objects.claim([batch.images.get().pk])
    batch.cancel()
    Image.objects.held_by(fence).update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep()
    batch.refresh_from_db()
    assert (batch.cancelled_count, batch.is_done) == (1, True)


def test_a_finished_batch_is_not_cancelled_any_more(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=1)
    pk = batch.images.get().pk
    Image.objects.all().fail(Image.objects.claim([pk]), [pk], "empty")
    assert batch.cancel() == 0
    batch.refresh_from_db()
    assert batch.cancelled_at is None


def test_pictures_that_arrive_for_a_deleted_batch_are_refused(alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=2)
    Batch.objects.all().delete()
    before = stored_keys()
    with pytest.raises(BatchFull):
        batch.take_in({0: upload()})
    assert stored_keys() == before


def test_a_closed_batch_says_how_many_never_came(alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=3)
    batch.take_in({0: upload()})
    batch.seal()
    assert batch.missing_count == 2


def test_a_cancelled_batch_takes_in_nothing_more(alice: User) -> None:
    batch = Batch.objects.create(owner=alice, name="x", expected=3)
    batch.take_in({0: upload()})
    batch.cancel()
    with pytest.raises(BatchFull):
        batch.take_in({1: upload()})


def test_retry_puts_only_failed_pictures_back(alice: User, hand_in: HandIn) -> None:
    batch = hand_in(alice, count=3)
    first = batch.images.first()
    Image.objects.all().fail(Image.objects.claim([first.pk]), [first.pk], "x")
    assert batch.retry_failed() == 1
    first.refresh_from_db()
    assert (first.state, first.attempts, first.error) == ("waiting", 0, "")
    assert batch.failed_count == 0


def test_deleting_a_batch_deletes_its_files(
    alice: User, hand_in: HandIn, django_capture_on_commit_callbacks: Callable
) -> None:
    batch = hand_in(alice, count=2)
    keys = [image.key for image in batch.images.all()]
    with django_capture_on_commit_callbacks(execute=True):
        batch.delete()
    assert not [key for key in keys if default_storage.exists(key)]
    assert not Image.objects.exists()


def test_a_late_result_of_a_deleted_picture_is_discarded(alice: User, hand_in: HandIn, champion: None) -> None:
    batch = hand_in(alice, count=1)
    image = batch.images.get()
    fence = Image.objects.claim([image.pk])
    batch.delete()
    assert Image.objects.record(fence, [a_prediction(image)]) == []
    assert not Prediction.objects.exists()


def test_recording_twice_keeps_one_prediction(alice: User, hand_in: HandIn, champion: None) -> None:
    image = hand_in(alice, count=1).images.get()
    fence = Image.objects.claim([image.pk])
    assert Image.objects.record(fence, [a_prediction(image)]) == [image.pk]
    assert Image.objects.record(fence, [a_prediction(image)]) == []
    image.refresh_from_db()
    assert image.prediction == Prediction.objects.get()
    assert image.batch.read_count == 1


def test_a_persons_word_stands_over_the_models(alice: User, hand_in: HandIn, champion: None) -> None:
    image = hand_in(alice, count=1).images.get()
    Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image)])
    image.refresh_from_db()
    review = image.correct(alice, "text", "4079")
    assert (image.answer, review.model_said, image.standing) == ("4079", "7", "reviewed")
    with pytest.raises(TypeError):
        review.save()


def test_standings_count_as_each_picture_says(alice: User, hand_in: HandIn, champion: None) -> None:
    batch = hand_in(alice, count=4)
    for image, confidence in zip(batch.images.order_by("pk"), (0.99, 0.5, 0.2), strict=False):
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, confidence)])
    batch.images.order_by("pk")[2].correct(alice, "text", "1")
    batch.refresh_from_db()
    assert batch.standings() == {"sure": 1, "doubtful": 1, "reviewed": 1, "failed": 0}
    said = [image.standing for image in Image.objects.with_answers().order_by("pk")]
    assert said == ["sure", "doubtful", "reviewed", "waiting"]


def test_no_message_is_sent_before_the_rows_are_there(
    alice: User, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable
) -> None:
    sent: list[tuple] = []
    monkeypatch.setattr("webapp.jobs.send", lambda *args: sent.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        batch = hand_in(alice, count=2)
        assert sent == []
    assert sent == [("read.images", [[image.pk for image in batch.images.order_by("pk")]], "interactive")]


def a_prediction(image: Image, confidence: float = 0.99) -> Prediction:
    return Prediction(
        image=image,
        model_version=ModelVersion.objects.champion(),
        text="7",
        confidence=confidence,
        outcome="read",
        digits=[{"box": [0, 0, 1, 1], "digit": 7, "probabilities": [0.0] * 7 + [1.0, 0.0, 0.0]}],
        glyphs=b"\x89PNG",
        milliseconds=1,
    )


def test_copies_lie_beside_their_originals(alice: User, hand_in: HandIn) -> None:
    image = hand_in(alice, count=1).images.get()
    assert image.copy_key.startswith(COPIES)
    assert image.copy_key.split("/")[1:] == image.key.split("/")[1:]
