"""The promise: how many of a batch's accepted answers are wrong at most, by looking at some that were drawn by lot."""

import re
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from tests.webapp.test_batch import a_prediction, upload
from webapp.models import Batch, Certificate, CertifyingQueue, Image, Look, Review, ReviewQueue, User, certifying
from webapp.models.certificate import ERROR, percent
from webapp.models.rules import Rules

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HandIn = Callable[..., Batch]
SCRIPT = {"X-Requested-With": "fetch"}
NONE_WRONG = "with 95 % confidence: 33 drawn by lot were looked at, none was wrong."


@pytest.fixture(autouse=True)
def nothing_mixed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """But where a test asks for it."""
    monkeypatch.setattr(certifying, "DOUBTFUL_SHARE", 0)
    monkeypatch.setattr(certifying, "KNOWN_SHARE", 0)


def read(batch: Batch, confidences: list[float]) -> Batch:
    images = list(batch.images.order_by("index"))
    fence = Image.objects.claim([image.pk for image in images])
    Image.objects.record(fence, [a_prediction(*pair) for pair in zip(images, confidences, strict=True)])
    batch.refresh_from_db()
    return batch


@pytest.fixture
def batch(alice: User, hand_in: HandIn, champion: None) -> Batch:
    """Sixty pictures read as 7 and accepted, half of them more surely, and four to check."""
    return read(hand_in(alice, count=64), [0.9995] * 30 + [0.99] * 30 + [0.4] * 4)


@pytest.fixture
def lot(batch: Batch, alice: User) -> Certificate:
    return drawn(batch, alice)


def drawn(batch: Batch, person: User) -> Certificate:
    certificate = Certificate.draw(batch, person)
    assert certificate is not None
    return certificate


def look(batch: Batch, person: User, looks: int, *wrong: int) -> None:
    """Answer so many of the lot in its order; those at these places turn out to be something else."""
    for one in batch.certificate.looks.order_by("place")[:looks]:
        if one.image.review is None:
            one.image.say(person, "text", "1" if one.place in wrong else "7", Review.Sampled.CERTIFY)


def page_of(client: Client, batch: Batch) -> str:
    return " ".join(client.get(reverse("promise", args=[batch.pk])).content.decode().split())


# --- The lot ---------------------------------------------------------------------------------------------------------


def test_the_lot_is_drawn_from_what_the_dial_accepts(batch: Batch, alice: User) -> None:
    batch.images.earliest("index").correct(alice, "text", "7")
    lot = drawn(batch, alice)
    assert {one.image for one in lot.looks.all()} == set(batch.images.sure())
    assert lot.positions[0].accepted == lot.looks.count() == 59


def test_every_order_is_as_likely_and_none_is_known_beforehand(batch: Batch, alice: User) -> None:
    orders = set()
    for _ in range(3):
        orders.add(tuple(drawn(batch, alice).looks.order_by("place").values_list("image", flat=True)))
        Certificate.objects.all().delete()
    assert len(orders) == 3


def test_the_same_answers_are_drawn_from_once(lot: Certificate, batch: Batch, bob: User) -> None:
    assert drawn(batch, bob) == lot
    assert Certificate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_look_at_one_lot(batch: Batch, alice: User) -> None:
    together = threading.Barrier(2)
    found: list[Certificate | None] = []

    def begin() -> None:
        together.wait()
        found.append(Certificate.draw(batch, alice))
        connection.close()

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1] == Certificate.objects.get()


def test_nothing_is_drawn_before_all_is_read_or_where_nothing_is_accepted(
    as_alice: Client, alice: User, hand_in: HandIn, champion: None
) -> None:
    batch = hand_in(alice, count=2)
    assert Certificate.draw(batch, alice) is None
    assert "Nothing can be promised before all pictures are read." in page_of(as_alice, batch)
    read(batch, [0.3, 0.3])
    assert Certificate.draw(batch, alice) is None
    assert "The dial accepts nothing here: no answer is likelier right than wrong." in page_of(as_alice, batch)
    assert as_alice.post(reverse("promise", args=[batch.pk]), {"goal": "1"}).status_code == 400


# --- What it says ----------------------------------------------------------------------------------------------------


def test_nothing_is_promised_before_somebody_has_looked(batch: Batch, alice: User) -> None:
    assert batch.certificate_sentence == ""
    drawn(batch, alice)
    assert batch.certificate_sentence == ""


def test_it_says_how_many_are_wrong_at_most_of_which_answers_and_why(
    lot: Certificate, batch: Batch, alice: User
) -> None:
    look(batch, alice, 33)
    sentence = batch.certificate_sentence
    assert sentence.startswith("At most 3 of the 60 answers accepted on "), sentence
    assert sentence.endswith(f"are wrong (5 %), {NONE_WRONG}"), sentence
    assert str(timezone.localtime(lot.created_at).year) in sentence


def test_what_turned_out_wrong_is_corrected_and_not_among_what_is_left(
    lot: Certificate, batch: Batch, alice: User
) -> None:
    look(batch, alice, 40, 3, 17)
    looks = batch.certificate.now
    assert (looks.looked, looks.wrong) == (40, 2)
    assert f"At most {looks.most_left} of the 60 answers" in batch.certificate_sentence
    assert "are still wrong" in batch.certificate_sentence
    assert "40 drawn by lot were looked at, 2 were wrong and are corrected." in batch.certificate_sentence
    look(batch, alice, 60)
    assert batch.certificate.now.most_left == 0
    assert batch.certificate_sentence.startswith("None of the 60 answers accepted on ")


def test_the_number_of_wrong_ones_is_never_less_than_it_is(batch: Batch, alice: User) -> None:
    lot = drawn(batch, alice)
    look(batch, alice, 59, *range(0, 60, 5))
    assert batch.certificate.now.most_left >= 1, "of the last one nothing is known"
    assert lot.positions[0].error < ERROR


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0"), (0.01, "1"), (27 / 2731, "1"), (0.05, "5"), (0.0501, "5.1"), (1, "100")]
)
def test_shares_are_rounded_up(share: float, said: str) -> None:
    assert percent(share) == said


def test_what_is_left_out_is_not_passed_over(lot: Certificate, batch: Batch, alice: User) -> None:
    """Else one could leave out what looks wrong."""
    look(batch, alice, 20)
    fifth = lot.looks.get(place=5).image
    fifth.withdraw(alice)
    assert batch.certificate.now.looked == 5
    fifth.correct(alice, "unreadable")
    assert (batch.certificate.now.looked, batch.certificate.now.wrong) == (20, 1)


def test_a_word_counts_whyever_it_was_said_and_once(lot: Certificate, batch: Batch, alice: User, bob: User) -> None:
    first = lot.looks.get(place=0).image
    first.say(alice, "text", "7", Review.Sampled.CERTIFY)
    first.say(bob, "text", "7", Review.Sampled.CERTIFY)
    first.say(bob, "text", "7")
    assert batch.certificate.now.looked == 1


def test_it_is_translated(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33, 2)
    with translation.override("de"):
        assert "Höchstens" in batch.certificate_sentence
        assert "At most" not in batch.certificate_sentence
        assert "1 war falsch und ist berichtigt." in batch.certificate_sentence


def known_checks(person: User, other: User, hand_in: HandIn, count: int, wrong: int) -> None:
    """So many pictures of another batch that `other` had answered before `person` was shown them."""
    batch = read(hand_in(other, count=count), [0.3] * count)
    for i, image in enumerate(batch.images.order_by("index")):
        image.correct(other, "text", "7")
        image.correct(person, "text", "1" if i < wrong else "7", Review.Sampled.KNOWN)


def test_how_often_whoever_looked_is_wrong_is_said_once_that_is_known(
    lot: Certificate, batch: Batch, alice: User, bob: User, hand_in: HandIn
) -> None:
    look(batch, alice, 10)
    known_checks(alice, bob, hand_in, 29, 1)
    assert "known already" not in batch.certificate_sentence
    known_checks(alice, bob, hand_in, 3, 1)
    said = "Of 32 pictures that were known already, whoever looked said something else on 2."
    assert said in batch.certificate_sentence
    look(batch, bob, 20)
    assert "known already" not in batch.certificate_sentence, "of bob it is not known"


# --- What changes afterwards -----------------------------------------------------------------------------------------


def test_a_stricter_dial_is_promised_something_by_what_was_looked_at_within_it(
    lot: Certificate, batch: Batch, alice: User
) -> None:
    look(batch, alice, 60)
    batch.turn_dial(0.999)
    looks = batch.certificate.now
    assert (looks.whole, looks.looked) == (30, 30)
    assert looks.error < lot.positions[0].error
    assert batch.certificate_sentence.startswith("None of the 30 answers accepted on ")
    assert "since" not in batch.certificate_sentence


def test_a_looser_dial_has_moved_since(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    Image.objects.filter(pk__in=batch.images.doubtful().values("pk")[:2]).update(confidence=0.6)
    batch.turn_dial(0.9)
    assert batch.certificate_sentence.endswith(f"{NONE_WRONG} The dial has moved since.")
    again = drawn(batch, alice)
    assert again != lot
    assert again.positions[0].accepted == 29
    assert "The dial has moved since." in batch.certificate_sentence, "of the new one nothing was looked at"
    look(batch, alice, 3)
    assert "The dial has moved since." not in batch.certificate_sentence


def test_pictures_that_come_later_are_not_promised_anything(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    addition, _ = batch.announce(1)
    batch.take_in({addition.start: upload()})
    batch.refresh_from_db()
    assert batch.certificate_sentence.endswith(f"{NONE_WRONG} Pictures have come or gone since.")


def test_what_is_taken_out_ends_what_the_lot_can_say(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    batch.remove(lot.looks.get(place=20).image.index)
    batch.refresh_from_db()
    assert "20 drawn by lot were looked at" in batch.certificate_sentence
    assert batch.certificate_sentence.endswith("Pictures have come or gone since.")


def test_answers_that_were_read_again_are_others(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    image = lot.looks.get(place=40).image
    said = a_prediction(image, 0.99)
    said.hints = {"digits": 1}
    said.save()
    Image.objects.filter(pk=image.pk).update(prediction=said)
    assert batch.certificate_sentence.endswith("Answers were read again since.")


def test_other_rules_accept_other_answers(lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    batch.expect(Rules(digits=4))
    assert batch.certificate_sentence.endswith("The batch's rules have changed since.")


def test_a_batch_goes_with_its_lots(lot: Certificate, batch: Batch) -> None:
    batch.delete()
    assert not Look.objects.exists()
    assert not Certificate.objects.exists()


# --- Looking ---------------------------------------------------------------------------------------------------------


def queue(batch: Batch, person: User, goal: float = 0.05) -> CertifyingQueue:
    return CertifyingQueue(batch, person, goal=goal)


def forms(page: str) -> list[str]:
    return re.findall(r"<form class=\"review.*?</form>", page, re.S)


def test_it_deals_what_the_goal_needs_in_the_lots_order(lot: Certificate, batch: Batch, alice: User) -> None:
    dealt = queue(batch, alice).deal(100)
    assert [one.image.pk for one in dealt] == list(lot.looks.order_by("place").values_list("image", flat=True)[:33])
    assert {one.sampled for one in dealt} == {Review.Sampled.CERTIFY}
    look(batch, alice, 33)
    assert queue(batch, alice).deal(100) == []
    assert queue(batch, alice, 0.01).left() > 0


def test_two_are_dealt_different_pictures_and_each_counts_once(
    lot: Certificate, batch: Batch, alice: User, bob: User
) -> None:
    batch.reviewer = bob
    batch.save()
    hers, his = queue(batch, alice).deal(17), queue(batch, bob).deal(17)
    assert len({one.image for one in [*hers, *his]}) == 33
    assert queue(batch, bob).others() == [alice]
    for person, hand in ((bob, his), (alice, hers)):
        for one in hand:
            one.image.say(person, "text", "7", one.sampled)
    assert batch.certificate.now.looked == 33


def test_others_are_mixed_in_and_none_shows_what_was_read(
    as_alice: Client, lot: Certificate, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifying, "DOUBTFUL_SHARE", 0.5)
    page = as_alice.get(reverse("review", args=[batch.pk]), {"goal": "5"}).content.decode()
    shown = forms(page)
    assert len(shown) == 8
    doubtful = {str(pk) for pk in batch.images.doubtful().values_list("pk", flat=True)}
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    for form in shown:
        assert re.search(r'<input name="text"[^>]* value=""', form), form
        pk = re.search(r'data-pk="(\d+)"', form)
        assert pk
        kinds[pk[1] in doubtful].add(alike(form))
    assert kinds[True] == kinds[False] or not kinds[True]
    assert len(kinds[False]) == 1


def alike(form: str) -> str:
    """A form without what names its picture."""
    return re.sub(r'digit-\d+\.png|\d+|base64,[^"]+|value="[^"]*"| hidden(?=>)', "", form)


def test_what_is_something_else_is_asked_for_once_more(as_alice: Client, lot: Certificate, batch: Batch) -> None:
    image = lot.looks.get(place=0).image
    address = reverse("review-image", args=[image.pk])
    page = as_alice.post(address, {"text": "1", "goal": "5"}, headers=SCRIPT).content.decode()
    assert "Please look once more" in page
    assert 'name="again" value="text 1"' in page
    assert re.search(r'<input name="text"[^>]* value=""', page)
    assert not Review.objects.exists()
    as_alice.post(address, {"text": "4", "goal": "5", "again": "text 1"}, headers=SCRIPT)
    assert not Review.objects.exists(), "neither of the two was said twice"
    as_alice.post(address, {"text": "4", "goal": "5", "again": "text 4"}, headers=SCRIPT)
    image.refresh_from_db()
    assert image.answer == "4"


def test_a_slip_of_the_hand_is_not_held_against_the_answer(as_alice: Client, lot: Certificate, batch: Batch) -> None:
    image = lot.looks.get(place=0).image
    address = reverse("review-image", args=[image.pk])
    as_alice.post(address, {"text": "77", "goal": "5"})
    assert as_alice.post(address, {"text": "7", "goal": "5", "again": "text 77"}).status_code == 302
    assert (batch.certificate.now.looked, batch.certificate.now.wrong) == (1, 0)


def test_in_an_ordinary_review_nothing_is_asked_twice_and_the_lot_is_not_shown(
    as_alice: Client, lot: Certificate, batch: Batch
) -> None:
    doubtful = batch.images.doubtful().first()
    assert as_alice.post(reverse("review-image", args=[doubtful.pk]), {"text": "1"}).status_code == 302
    assert not ReviewQueue(batch, batch.owner).sure().exists()


def test_it_goes_on_without_javascript_until_the_goal_is_reached(
    as_alice: Client, lot: Certificate, batch: Batch
) -> None:
    page = as_alice.get(reverse("review", args=[batch.pk]), {"goal": "5"}).content.decode()
    for looked in range(33):
        assert f"<strong>{33 - looked}</strong>" in page
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', forms(page)[0]))
        pk = re.search(r'data-pk="(\d+)"', forms(page)[0])
        assert pk
        address = reverse("review-image", args=[pk[1]])
        page = as_alice.post(address, fields | {"text": "7"}, follow=True).content.decode()
    assert NONE_WRONG in page
    assert set(Review.objects.values_list("sampled", flat=True)) == {"certify"}


def test_undoing_a_look_shows_it_blind_again(as_alice: Client, lot: Certificate, batch: Batch, alice: User) -> None:
    image = lot.looks.get(place=0).image
    image.say(alice, "text", "7", Review.Sampled.CERTIFY)
    page = as_alice.post(reverse("review-undo", args=[image.pk]), {"goal": "5"}, follow=True).content.decode()
    assert re.search(r'<input name="text"[^>]* value=""', page)
    assert batch.certificate.now.looked == 0


def test_without_a_lot_the_page_says_how_to_get_one(as_alice: Client, batch: Batch) -> None:
    answer = as_alice.get(reverse("review", args=[batch.pk]), {"goal": "5"})
    assert answer.url == reverse("promise", args=[batch.pk])


# --- The pages -------------------------------------------------------------------------------------------------------


def test_it_says_beforehand_how_many_looks_a_promise_takes(as_alice: Client, batch: Batch) -> None:
    page = page_of(as_alice, batch)
    rows = re.findall(r'<th scope="row">(\d) %.*?that is (\d+).*?<td class="number">(\d+)</td>', page)
    assert rows == [("1", "0", "58"), ("2", "1", "49"), ("5", "3", "33")]
    assert not Certificate.objects.exists(), "nothing is drawn by looking at a page"


def test_beginning_draws_and_shows_the_first(as_alice: Client, batch: Batch) -> None:
    answer = as_alice.post(reverse("promise", args=[batch.pk]), {"goal": "5"}, follow=True)
    assert answer.redirect_chain[0][0] == f"{reverse('review', args=[batch.pk])}?goal=5"
    assert "<strong>33</strong>" in answer.content.decode()


@pytest.mark.parametrize("goal", ["", "0", "3", "100", "-1", "nan", "1 OR 1=1"])
def test_what_cannot_be_promised_is_refused_with_what_can(as_alice: Client, batch: Batch, goal: str) -> None:
    answer = as_alice.post(reverse("promise", args=[batch.pk]), {"goal": goal})
    assert answer.status_code == 400
    assert "Say how many may be wrong: 1, 2 or 5 in a hundred." in answer.content.decode()
    assert not Certificate.objects.exists()
    assert as_alice.get(reverse("review", args=[batch.pk]), {"goal": goal}).status_code == 200


def test_where_the_batch_does_not_hold_it_a_stricter_dial_is_offered(
    as_alice: Client, alice: User, hand_in: HandIn, champion: None
) -> None:
    """Of the surer half none is wrong, of the others every second."""
    batch = read(hand_in(alice, count=200), [0.9999] * 100 + [0.99] * 100)
    lot = drawn(batch, alice)
    for one in lot.looks.order_by("place")[:170]:
        wrong = one.confidence < 0.999 and one.image.index % 2 == 0
        one.image.say(alice, "text", "1" if wrong else "7", Review.Sampled.CERTIFY)
    page = page_of(as_alice, batch)
    offer = re.search(r"With the dial at ([\d.]+) % it is promised already: of the 100 answers accepted there", page)
    assert offer, page
    precision = re.search(r'name="precision" value="([\d.]+)"', page)
    assert precision
    as_alice.post(reverse("dial", args=[batch.pk]), {"precision": precision[1]})
    batch.refresh_from_db()
    assert batch.certificate.now.holds(0.05)
    assert "of the 100 answers accepted on" in batch.certificate_sentence


def test_what_was_said_stands_beside_what_was_seen(
    as_alice: Client, lot: Certificate, batch: Batch, alice: User
) -> None:
    look(batch, alice, 29)
    assert "on average, " not in page_of(as_alice, batch)
    look(batch, alice, 60, 31)
    said = "Of 60 answers looked at, which were said to be 99.5 % sure on average, 59 were right."
    assert said in page_of(as_alice, batch)


def test_the_batch_s_page_has_it_beside_the_dial(as_alice: Client, lot: Certificate, batch: Batch, alice: User) -> None:
    look(batch, alice, 33)
    page = as_alice.get(batch.get_absolute_url()).content.decode()
    assert NONE_WRONG in page
    assert f'href="{reverse("promise", args=[batch.pk])}"' in page


def test_where_nothing_is_accepted_nothing_is_offered(as_alice: Client, batch: Batch, alice: User) -> None:
    batch.turn_dial(1.0)
    link = f'href="{reverse("promise", args=[batch.pk])}"'
    assert link not in as_alice.get(batch.get_absolute_url()).content.decode()
    batch.turn_dial(0.99)
    drawn(batch, alice)
    look(batch, alice, 3)
    batch.turn_dial(1.0)
    assert link in as_alice.get(batch.get_absolute_url()).content.decode(), "what is promised still stands"


def test_an_answer_that_is_accepted_by_the_average_says_so(as_alice: Client, batch: Batch) -> None:
    surer, less_sure = batch.images.get(index=0), batch.images.get(index=40)
    Image.objects.filter(pk=less_sure.pk).update(confidence=0.99)
    batch.turn_dial(0.992)
    for image, said in ((surer, False), (less_sure, True)):
        page = " ".join(as_alice.get(reverse("image", args=[image.pk])).content.decode().split())
        assert "sure: so likely the model holds it that all of this answer is right." in page
        assert ("It is accepted although that is less than 99.2 %" in page) is said
    assert "accepted by the average of its batch" in as_alice.get(batch.get_absolute_url()).content.decode()


def test_a_reviewer_may_look_and_does_not_turn_the_dial(as_bob: Client, batch: Batch, alice: User, bob: User) -> None:
    assert as_bob.get(reverse("promise", args=[batch.pk])).status_code == 404
    batch.reviewer = bob
    batch.save()
    assert as_bob.post(reverse("promise", args=[batch.pk]), {"goal": "5"}).status_code == 302
    look(batch, bob, 10)
    assert reverse("dial", args=[batch.pk]) not in page_of(as_bob, batch)


def test_looking_asks_the_database_little(
    as_alice: Client, lot: Certificate, batch: Batch, alice: User, django_assert_max_num_queries: Callable
) -> None:
    look(batch, alice, 3)
    with django_assert_max_num_queries(12):
        as_alice.get(reverse("promise", args=[batch.pk]))
    with django_assert_max_num_queries(16):
        as_alice.get(batch.get_absolute_url())
    with django_assert_max_num_queries(16):
        image = lot.looks.get(place=5).image
        as_alice.post(reverse("review-image", args=[image.pk]), {"text": "7", "goal": "5"}, headers=SCRIPT)


# --- By programs -----------------------------------------------------------------------------------------------------


def test_a_program_is_told_what_is_promised(as_alice: Client, lot: Certificate, batch: Batch, alice: User) -> None:
    address = f"/api/batches/{batch.pk}"
    assert as_alice.get(address).json()["certificate"] is None, "nobody has looked"
    look(batch, alice, 40, 3, 17)
    told = as_alice.get(address).json()["certificate"]
    assert told.pop("drawn_at").startswith(lot.created_at.isoformat()[:23]), "to the millisecond"
    assert told == {
        "accepted": 60,
        "most_wrong": (most := batch.certificate.now.most_left),
        "most_wrong_share": most / 60,
        "confidence": 0.95,
        "looked_at": 40,
        "wrong": 2,
        "current": True,
    }
    assert f"At most {most} of the 60 answers" in batch.certificate_sentence
    batch.expect(Rules(digits=4))
    assert as_alice.get(address).json()["certificate"]["current"] is False
