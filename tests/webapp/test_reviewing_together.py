"""Two people, or two pages of one person, at one batch: each sees other pictures, and no word is lost to another."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from tests.conftest import wait_until
from tests.webapp.test_browser import chromium, sign_in  # noqa: F401 (a fixture)
from tests.webapp.test_people_in_browser import doubtful, open_page  # noqa: F401 (a fixture)
from tests.webapp.test_review import batch, no_checks_by_lot  # noqa: F401 (fixtures)
from webapp.models import Batch, Image, Review, ReviewQueue, User, hand
from webapp.models.hand import Hand

pytestmark = pytest.mark.django_db
SCRIPT = {"X-Requested-With": "fetch"}


@pytest.fixture
def shared(batch: Batch, bob: User) -> Batch:  # noqa: F811
    """Four doubtful pictures of alice's that bob reviews with her."""
    Batch.objects.filter(pk=batch.pk).update(reviewer=bob)
    batch.refresh_from_db()
    return batch


def dealt(queue: ReviewQueue, count: int = 2) -> list[str]:
    return [one.image.name for one in queue.deal(count)]


# --- Each sees other pictures ----------------------------------------------------------------------------------------


def test_two_people_are_dealt_different_pictures(shared: Batch, alice: User, bob: User) -> None:
    assert dealt(ReviewQueue(shared, alice)) == ["digit-2.png", "digit-5.png"]
    assert dealt(ReviewQueue(shared, bob)) == ["digit-0.png", "digit-3.png"]
    assert ReviewQueue(shared, User.objects.create_user("carol")).alike(9) == ("", [])


def test_two_pages_of_one_person_hold_different_pictures_as_long_as_there_are_any(shared: Batch, alice: User) -> None:
    first, second, third = (ReviewQueue(shared, alice) for _ in range(3))
    assert dealt(first) == ["digit-2.png", "digit-5.png"]
    assert dealt(second) == ["digit-0.png", "digit-3.png"]
    assert dealt(third) == ["digit-2.png", "digit-5.png"], "rather one's own again than none"


def test_who_comes_when_all_are_in_hand_is_told_in_whose(shared: Batch, alice: User, as_bob: Client) -> None:
    dealt(ReviewQueue(shared, alice), 9)
    page = as_bob.get(reverse("review", args=[shared.pk])).content.decode()
    assert "What is left is being checked by alice." in page
    assert '<meta http-equiv="refresh" content="15">' in page
    assert "Nothing is doubtful" not in page


def test_a_page_that_is_loaded_again_has_what_it_had(as_alice: Client, shared: Batch) -> None:
    address = reverse("review", args=[shared.pk])
    token = as_alice.get(address).context["token"]
    again = as_alice.get(address, {"hand": token})
    assert again.context["token"] != token
    assert [one.image.name for one in again.context["hand"]][:1] == ["digit-2.png"]


def test_a_page_that_is_left_lets_go(as_alice: Client, shared: Batch, bob: User) -> None:
    shown = as_alice.get(reverse("review", args=[shared.pk])).context
    assert dealt(ReviewQueue(shared, bob)) == []
    held = ",".join(str(one.image.pk) for one in shown["hand"])
    left = as_alice.post(reverse("review-let-go", args=[shared.pk]), {"hand": "another", "held": held})
    assert (left.status_code, dealt(ReviewQueue(shared, bob))) == (204, [])
    as_alice.post(reverse("review-let-go", args=[shared.pk]), {"hand": shown["token"], "held": held})
    assert dealt(ReviewQueue(shared, bob)) == ["digit-2.png", "digit-5.png"]


def test_what_nobody_answers_is_free_again_after_a_while(
    shared: Batch, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand, "HELD_SECONDS", 1)
    dealt(ReviewQueue(shared, alice), 9)
    assert dealt(ReviewQueue(shared, bob)) == []
    wait_until(lambda: dealt(ReviewQueue(shared, bob)) == ["digit-2.png", "digit-5.png"])


def test_each_answer_holds_the_others_of_its_page_for_longer(shared: Batch, alice: User, as_alice: Client) -> None:
    first, second = ReviewQueue(shared, alice, page=Hand(alice, "page")).deal(2)
    cache.touch(hand.key(second.image.pk), 20)
    answer(as_alice, first.image, text="1", hand="page", held=str(second.image.pk))
    left = cache._cache.get_client().ttl(cache.make_key(hand.key(second.image.pk)))  # type: ignore[attr-defined]
    assert left > 200


def test_nobody_takes_pictures_out_of_another_s_hand(shared: Batch, alice: User, bob: User) -> None:
    dealt(ReviewQueue(shared, alice, page=Hand(alice, "page")), 9)
    assert dealt(ReviewQueue(shared, bob, page=Hand(bob, "page", before="page"))) == []


def test_without_the_queue_server_everybody_is_dealt_what_there_is(
    shared: Batch, alice: User, bob: User, settings: object
) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9"}
    settings.CACHES = {"default": nowhere}  # type: ignore[attr-defined]
    for person in (alice, bob):
        assert dealt(ReviewQueue(shared, person)) == ["digit-2.png", "digit-5.png"]
    assert ReviewQueue(shared, bob).others() == []


# --- No word is lost to another --------------------------------------------------------------------------------------


def answer(client: Client, image: Image, **data: str) -> str:
    return client.post(reverse("review-image", args=[image.pk]), data, headers=SCRIPT).content.decode()


@pytest.fixture
def image(shared: Batch) -> Image:
    return shared.images.get(name="digit-2.png")


def test_who_answers_second_is_told_and_the_first_word_stands(as_alice: Client, as_bob: Client, image: Image) -> None:
    assert "meanwhile" not in answer(as_bob, image, text="12", seen="")
    said = answer(as_alice, image, text="13", seen="")
    assert "digit-2.png: bob has said “12” meanwhile, and that stands; your “13” is kept beside it." in said
    image.refresh_from_db()
    assert (image.answer, image.search_text) == ("12", "12")
    assert list(Review.objects.order_by("pk").values_list("text", "beside")) == [("12", False), ("13", True)]
    page = as_bob.get(reverse("image", args=[image.pk])).content.decode()
    assert "alice has said “13” as well." in page
    assert f'name="seen" value="{image.review_id}"' in page


def test_who_knows_the_word_that_stands_may_put_another_over_it(as_alice: Client, as_bob: Client, image: Image) -> None:
    answer(as_bob, image, text="12", seen="")
    image.refresh_from_db()
    said = as_alice.post(reverse("correct", args=[image.pk]), {"text": "13", "seen": image.review_id}, follow=True)
    assert "meanwhile" not in said.content.decode()
    image.refresh_from_db()
    assert image.answer == "13"


def test_who_says_the_same_second_hears_nothing_of_it(as_alice: Client, as_bob: Client, image: Image) -> None:
    answer(as_bob, image, text="12", seen="")
    assert "meanwhile" not in answer(as_alice, image, text="12", seen="")
    image.refresh_from_db()
    assert (image.answer, image.review.reviewer.username) == ("12", "bob")


def test_on_two_pages_of_one_s_own_the_later_word_stands_and_says_so(as_alice: Client, image: Image) -> None:
    answer(as_alice, image, text="12", seen="")
    said = answer(as_alice, image, text="13", seen="")
    assert "digit-2.png: you had said “12” meanwhile; “13” stands now." in said
    image.refresh_from_db()
    assert image.answer == "13"


@pytest.mark.parametrize("by", [{"HX-Request": "true"}, {}], ids=["htmx", "plain"])
def test_a_card_s_correction_is_told_of_the_word_before_it(
    as_alice: Client, as_bob: Client, image: Image, by: dict[str, str]
) -> None:
    address = reverse("correct", args=[image.pk])
    as_bob.post(address, {"text": "12", "seen": ""})
    page = as_alice.post(address, {"text": "13", "seen": ""}, headers=by, follow=True).content.decode()
    assert "bob has said “12” meanwhile" in page
    image.refresh_from_db()
    assert image.answer == "12"


def test_without_javascript_the_next_page_tells_of_it(as_alice: Client, as_bob: Client, image: Image) -> None:
    answer(as_bob, image, text="12", seen="")
    address = reverse("review-image", args=[image.pk])
    page = as_alice.post(address, {"verdict": "blank", "seen": ""}, follow=True).content.decode()
    assert "bob has said “12” meanwhile, and that stands; your “Blank” is kept beside it." in page


def test_a_word_that_is_taken_back_leaves_the_one_beside_it(image: Image, alice: User, bob: User) -> None:
    first = image.say(bob, "text", "12")
    image.say(alice, "text", "13")
    image.say(bob, "text", "14", seen=first.pk)
    image.withdraw(bob)
    assert image.answer == "12", "what has stood before what was only kept"
    image.withdraw(bob)
    assert image.answer == "13"
    image.withdraw(alice)
    assert (image.review, image.answer) == (None, "7")


def test_the_grid_leaves_alone_what_somebody_has_answered_and_says_so(
    as_alice: Client, as_bob: Client, shared: Batch, image: Image
) -> None:
    shown = as_alice.get(reverse("review-grid", args=[shared.pk])).context
    ids = ",".join(str(one.pk) for one in shown["pictures"])
    answer(as_bob, image, text="1", seen="")
    sent = {"text": "7", "shown": ids, "hand": shown["token"]}
    page = as_alice.post(reverse("review-grid", args=[shared.pk]), sent, follow=True).content.decode()
    assert "1 picture was answered by somebody else, or read anew, meanwhile, and is left as it is." in page
    image.refresh_from_db()
    assert image.answer == "1"
    assert Review.objects.filter(text="7").count() == len(shown["pictures"]) - 1


# --- In a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture
def tabs(chromium: Browser, live_server: object, alice: User) -> Iterator[tuple[Page, Page]]:  # noqa: F811
    context = chromium.new_context()
    context.set_default_timeout(90_000)
    first, second = context.new_page(), context.new_page()
    first.site = second.site = live_server.url  # type: ignore[attr-defined]
    sign_in(first)
    yield first, second
    context.close()


def held(page: Page) -> list[str]:
    return page.locator("form.review").evaluate_all("forms => forms.map(form => form.dataset.pk)")


@pytest.mark.django_db(transaction=True)
def test_what_a_page_holds_survives_a_reload_and_is_free_when_it_is_left(
    tabs: tuple[Page, Page],
    doubtful: Batch,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("webapp.views.review.AT_HAND", 3)
    first, second = tabs
    address = f"/batches/{doubtful.pk}/review/"
    open_page(first, address)
    mine = held(first)
    open_page(second, address)
    others = held(second)
    assert len({*mine, *others}) == 6
    first.reload()
    assert held(first) == mine
    second.goto(f"{second.site}/history/")  # type: ignore[attr-defined]
    wait_until(lambda: not hand.held([int(pk) for pk in others]))
    open_page(second, address)
    assert held(second) == others


@pytest.mark.django_db(transaction=True)
def test_a_card_goes_on_telling_of_it_when_the_counts_have_come(
    tabs: tuple[Page, Page],
    bob: User,
    doubtful: Batch,  # noqa: F811
) -> None:
    page = tabs[0]
    open_page(page, doubtful.get_absolute_url())
    page.wait_for_load_state()
    image = doubtful.images.earliest("index")
    image.say(bob, "text", "12")
    card = page.locator(f"#image-{image.pk}")
    card.get_by_role("textbox").fill("13")
    card.get_by_role("textbox").press("Enter")
    expect(page.locator(".counts")).to_contain_text("1 checked by a person")
    expect(card.get_by_role("alert")).to_contain_text("bob has said “12” meanwhile")
    expect(card.locator(".answer .digits")).to_have_text("12")
    card.get_by_role("button", name="Change").click()  # now that one knows of both
    expect(card.locator(".answer .digits")).to_have_text("13")
    expect(card.get_by_role("alert")).to_have_count(0)


@pytest.mark.django_db(transaction=True)
def test_a_word_that_came_meanwhile_is_shown_while_one_goes_on(
    tabs: tuple[Page, Page],
    bob: User,
    doubtful: Batch,  # noqa: F811
) -> None:
    page = tabs[0]
    open_page(page, f"/batches/{doubtful.pk}/review/")
    page.wait_for_load_state()
    doubtful.images.get(pk=held(page)[0]).say(bob, "text", "12")
    page.keyboard.type("13")
    page.keyboard.press("Enter")
    expect(page.locator("#review-told")).to_contain_text("bob has said “12” meanwhile")
    expect(page.locator("form.review:visible")).to_have_count(1)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Look at it").click()
    expect(opened.value.get_by_text("alice has said “13” as well.")).to_be_visible()
