from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recognizer import symbols
from recognizer.files import labels
from tests.webapp.test_batch import a_prediction
from webapp.models import Batch, Image, Review, ReviewQueue, User, review_queue
from webapp.symbols import ALPHABET, SIGNS, WRITTEN

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]


@pytest.fixture(autouse=True)
def no_checks_by_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is mixed in, but where a test asks for it."""
    monkeypatch.setattr(review_queue, "RANDOM_SHARE", 0)
    monkeypatch.setattr(review_queue, "KNOWN_SHARE", 0)


@pytest.fixture
def batch(alice: User, hand_in: HandIn, champion: None) -> Batch:
    """Six pictures read as 7: two of them surely."""
    batch = hand_in(alice, count=6)
    for image, confidence in zip(batch.images.order_by("pk"), (0.6, 0.999, 0.3, 0.9, 0.995, 0.5), strict=True):
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, confidence)])
    batch.refresh_from_db()
    return batch


def names(batch: Batch, alice: User) -> list[str]:
    return [dealt.image.name for dealt in ReviewQueue(batch, alice).deal(10)]


def answer(client: Client, image: Image, **data: str) -> None:
    assert client.post(reverse("review-image", args=[image.pk]), data).status_code == 302


def dealt_reason(batch: Batch, person: User, image: Image) -> str:
    hand = ReviewQueue(batch, person).deal(10)
    return next(dealt.signed_reason for dealt in hand if dealt.image == image)


def test_the_most_doubtful_come_first_and_the_sure_ones_not_at_all(batch: Batch, alice: User) -> None:
    assert names(batch, alice) == ["digit-2.png", "digit-5.png", "digit-0.png", "digit-3.png"]


def test_what_the_page_holds_already_is_not_dealt_again(batch: Batch, alice: User) -> None:
    first, second = (dealt.image.pk for dealt in ReviewQueue(batch, alice).deal(2))
    assert [dealt.image.name for dealt in ReviewQueue(batch, alice).deal(1, [first, second])] == ["digit-0.png"]


def test_an_answer_is_kept_and_the_next_picture_is_shown(as_alice: Client, batch: Batch) -> None:
    image = batch.images.get(name="digit-2.png")
    page = as_alice.post(reverse("review-image", args=[image.pk]), {"text": "41"}, follow=True).content.decode()
    image.refresh_from_db()
    assert (image.answer, image.search_text, image.outcome) == ("41", "41", "read")
    assert page.index("digit-5.png") < page.index("digit-0.png")
    assert "digit-2.png" not in page
    assert reverse("review-undo", args=[image.pk]) in page


def test_the_page_s_script_gets_only_what_it_does_not_hold(as_alice: Client, batch: Batch) -> None:
    hand = [dealt.image for dealt in ReviewQueue(batch, batch.owner).deal(3)]
    data = {"text": "7", "held": ",".join(str(image.pk) for image in hand[1:])}
    url = reverse("review-image", args=[hand[0].pk])
    page = as_alice.post(url, data, headers={"X-Requested-With": "fetch"}).content.decode()
    assert "digit-3.png" in page
    assert "digit-5.png" not in page
    assert "<strong>3</strong>" in page


def test_blank_and_unreadable_are_answers_too(as_alice: Client, batch: Batch) -> None:
    first, second = batch.images.order_by("pk")[:2]
    answer(as_alice, first, verdict="blank")
    answer(as_alice, second, verdict="unreadable")
    assert list(Review.objects.order_by("pk").values_list("verdict", flat=True)) == ["blank", "unreadable"]
    assert Image.objects.get(pk=second.pk).outcome == "unreadable"


def test_entering_nothing_agrees_with_a_model_that_saw_a_blank(as_alice: Client, batch: Batch) -> None:
    image = batch.images.first()
    image.prediction.outcome, image.prediction.text = "blank", ""
    image.prediction.save()
    answer(as_alice, image, text="")
    assert Review.objects.get().verdict == "blank"


def test_answers_are_made_of_what_may_come_with_pictures_and_the_script_takes_the_same(
    as_alice: Client, batch: Batch
) -> None:
    assert set(WRITTEN) == labels.WRITTEN
    assert ALPHABET == symbols.ALPHABET
    page = as_alice.get(reverse("review", args=[batch.pk])).content.decode()
    assert f'data-written="{WRITTEN}"' in page


@pytest.mark.parametrize("data", [{"text": ""}, {"text": "seven"}, {"verdict": "withdrawn"}])
def test_what_is_no_answer_is_explained_beside_the_picture(as_alice: Client, batch: Batch, data: dict) -> None:
    image = batch.images.first()
    reply = as_alice.post(reverse("review-image", args=[image.pk]), data)
    assert reply.status_code == 400
    assert image.name in reply.content.decode()
    assert not Review.objects.exists()


def test_every_sign_can_be_typed_and_found_again(as_alice: Client, batch: Batch) -> None:
    image = batch.images.first()
    answer(as_alice, image, text="-1.234,50 12:30\r\n3/4 +5%")
    image.refresh_from_db()
    assert image.answer == "-1.234,50 12:30\n3/4 +5%"
    for text in ("4,5", "+5%", "12:30"):
        assert list(Image.objects.answering(text)) == [image]


def test_what_cannot_be_typed_is_told_with_every_sign_that_can(as_alice: Client, batch: Batch) -> None:
    reply = as_alice.post(reverse("correct", args=[batch.images.first().pk]), {"text": "12*3"})
    assert f"Only digits, the signs {' '.join(SIGNS)}, spaces" in reply.content.decode()


# --- Undo ------------------------------------------------------------------------------------------------------------


def test_undo_brings_the_picture_back_and_keeps_both_words_on_record(as_alice: Client, batch: Batch) -> None:
    image = batch.images.get(name="digit-2.png")
    answer(as_alice, image, text="41")
    page = as_alice.post(reverse("review-undo", args=[image.pk]), follow=True).content.decode()
    image.refresh_from_db()
    assert (image.review, image.answer, image.search_text, image.outcome) == (None, "7", "7", "read")
    assert image.name in page
    assert list(Review.objects.order_by("pk").values_list("verdict", flat=True)) == ["text", "withdrawn"]


def test_undo_brings_back_the_word_before(batch: Batch, alice: User, bob: User) -> None:
    image = batch.images.first()
    image.correct(bob, "text", "1")
    image.correct(alice, "text", "2")
    image.correct(alice, "text", "3")
    image.withdraw(alice)
    assert image.answer == "2"
    image.withdraw(alice)
    assert image.answer == "1"
    image.withdraw(alice)
    assert image.answer == "1", "one's own words only"


# --- Checks by lot ---------------------------------------------------------------------------------------------------


def test_now_and_then_a_sure_picture_is_mixed_in_and_recorded_as_such(
    as_alice: Client, alice: User, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_queue, "RANDOM_SHARE", 1)
    dealt = ReviewQueue(batch, alice).deal(10)[0]
    assert dealt.image.confidence >= 0.98
    answer(as_alice, dealt.image, text="7", why=dealt.signed_reason)
    assert Review.objects.get().sampled == "random"
    assert ReviewQueue(batch, alice).measured() == {"random": 1, "model_right": 1, "known": 0, "agreed": 0}


def test_a_known_picture_measures_the_person_and_keeps_its_answer(
    as_alice: Client, alice: User, bob: User, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = batch.images.first()
    known.correct(bob, "text", "5")
    assert not ReviewQueue(batch, alice).known().exists(), "a moment ago would measure memory"
    Review.objects.update(created_at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(review_queue, "KNOWN_SHARE", 1)
    dealt = ReviewQueue(batch, alice).deal(1)[0]
    assert dealt.image == known
    answer(as_alice, known, text="8", why=dealt.signed_reason)
    known.refresh_from_db()
    assert known.answer == "5"
    assert ReviewQueue(batch, alice).measured() == {"random": 0, "model_right": 0, "known": 1, "agreed": 0}
    assert not ReviewQueue(batch, alice).known().exists(), "once is enough"
    known.withdraw(alice)
    assert ReviewQueue(batch, alice).measured()["known"] == 0


def test_nobody_chooses_what_measures_them(as_alice: Client, alice: User, batch: Batch) -> None:
    doubtful = ReviewQueue(batch, alice).deal(1)[0]
    sure = batch.images.get(name="digit-1.png")
    for forged in ("", f"{sure.pk}:random:x", doubtful.signed_reason):
        answer(as_alice, sure, text="7", why=forged)
    assert set(Review.objects.values_list("sampled", flat=True)) == {"chosen"}


# --- Many at once ----------------------------------------------------------------------------------------------------


def test_in_the_grid_all_are_right_but_those_picked_out(as_alice: Client, batch: Batch) -> None:
    url = reverse("review-grid", args=[batch.pk])
    assert "Which of these are not 7?" in as_alice.get(url).content.decode()
    ids = list(batch.images.doubtful().order_by("pk").values_list("pk", flat=True))
    other = ids.pop()
    shown = ",".join(map(str, [*ids, other]))
    reply = as_alice.post(url, {"text": "7", "shown": shown, "different": str(other)}, follow=True)
    assert list(Review.objects.order_by("image").values_list("image", "text", "sampled")) == [
        (pk, "7", "doubtful") for pk in ids
    ]
    assert reply.redirect_chain[0][0].endswith(f"?only={other}")
    assert batch.images.get(pk=other).name in reply.content.decode()


def test_a_picture_that_was_read_anew_meanwhile_is_not_agreed_with(batch: Batch, alice: User) -> None:
    image = batch.images.first()
    Image.objects.filter(pk=image.pk).update(search_text="9")
    ReviewQueue(batch, alice).agree("7", [image.pk])
    assert not Review.objects.exists()


# --- The pages -------------------------------------------------------------------------------------------------------


def test_the_list_shows_only_batches_with_something_to_check(as_alice: Client, alice: User, batch: Batch) -> None:
    Batch.objects.create(owner=alice, name="Nothing in here", expected=1, sealed=True)
    page = as_alice.get(reverse("reviews")).content.decode()
    assert batch.name in page
    assert "Nothing in here" not in page
    for image in batch.images.all():
        image.correct(alice, "text", "1")
    assert "Nothing to check." in as_alice.get(reverse("reviews")).content.decode()
    assert "Nothing is doubtful any more." in as_alice.get(reverse("review", args=[batch.pk])).content.decode()


def test_a_review_asks_the_database_little(
    as_alice: Client, alice: User, batch: Batch, django_assert_max_num_queries: Callable
) -> None:
    batch.images.last().correct(alice, "text", "1")  # a batch's first answer decides whether it is held out
    with django_assert_max_num_queries(7):
        as_alice.get(reverse("review", args=[batch.pk]))
    with django_assert_max_num_queries(12):
        url = reverse("review-image", args=[batch.images.first().pk])
        as_alice.post(url, {"text": "1"}, headers={"X-Requested-With": "fetch"})


@pytest.mark.parametrize("number", ["9" * 40, "²", "٣" * 30])
def test_numbers_that_no_row_can_have_are_passed_over(as_alice: Client, batch: Batch, number: str) -> None:
    address = reverse("review", args=[batch.pk])
    assert as_alice.get(address, {"only": number, "held": number}).status_code == 200
    shown = f"{batch.images.order_by('pk')[0].pk},{number}"
    assert as_alice.post(f"{address}grid/", {"text": "7", "shown": shown, "different": number}).status_code < 500
