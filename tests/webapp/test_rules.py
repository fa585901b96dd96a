"""What the numbers of a batch are expected to be: who breaks a rule is looked at by a person."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as some

from tests.webapp.test_batch import a_prediction
from webapp.forms import RulesForm
from webapp.models import Batch, Image, User
from webapp.models.rules import Broken, Rules
from webapp.notation import AS_WRITTEN, Kind, Notation, NoValue, plain

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("rules", "number", "broken"),
    [
        (Rules(digits=4), "4079", ""),
        (Rules(digits=4), "40 79", ""),
        (Rules(digits=4), "0407", ""),
        (Rules(digits=4), "407", "digits"),
        (Rules(least=10, most=20), "9", "range"),
        (Rules(least=10, most=20), "0020", ""),
        (Rules(most=20), "21", "range"),
        (Rules(check="luhn"), "4539 1488 0343 6467", ""),
        (Rules(check="luhn"), "4539148803436476", "check"),
        (Rules(check="gtin"), "4006381333931", ""),
        (Rules(check="gtin"), "4006381333932", "check"),
        (Rules(check="mod11"), "0306406152", ""),
        (Rules(check="mod11"), "0306406125", "check"),
        (Rules(digits=3, least=1, check="luhn"), "", ""),
        (Rules(digits=4), "-12.50", ""),
        (Rules(digits=4), "12.5", "digits"),
        (Rules(digits=1), "-", "digits"),
        (Rules(least=12), "12,5", ""),
        (Rules(most=12), "12.5", "range"),
        (Rules(least=-5, most=0), "-4.5", ""),
        (Rules(least=-5), "-5,1", "range"),
        (Rules(most=5), "+3", ""),
        (Rules(most=20), "3/4", "range"),  # no plain number: a person looks at it
        (Rules(least=0), "12:30", "range"),
        (Rules(least=0), "1.234,50", ""),
        (Rules(least=0), "1.234", "range"),  # nobody knows which sign it is
        (Rules(least=0), "1,250", "range"),
        (Rules(least=0), "-", "range"),
        (Rules(check="mod11"), "0-306-40615-2", ""),
        (Rules(check="luhn"), "-", "check"),
    ],
)
def test_a_number_breaks_the_rules_that_it_should(rules: Rules, number: str, broken: str) -> None:
    assert rules.broken_alone(number) == broken


DATES = Notation(Kind.DATE, year=2024)
COMMA, FRACTIONS = Notation(Kind.NUMBER, decimal=","), Notation(Kind.FRACTION)
QUARTERS = Rules(step=Decimal("0.25"))
MAY = Rules(earliest=date(2024, 5, 1), latest=date(2024, 5, 31))


@pytest.mark.parametrize(
    ("rules", "noted", "text", "broken"),
    [
        (Rules(least=Decimal("12.25")), COMMA, "12,25", ""),
        (Rules(least=Decimal("12.25")), COMMA, "12,24", "range"),
        (Rules(least=Decimal("12.25")), COMMA, "12.25", "value"),
        (Rules(most=1500), COMMA, "1.234", ""),
        (Rules(least=Decimal("-0.5")), AS_WRITTEN, "-0,5", ""),
        (Rules(least=Decimal("-0.5")), AS_WRITTEN, "-0.51", "range"),
        (Rules(least=Decimal("0.5"), most=1), FRACTIONS, "3/4", ""),
        (Rules(least=Decimal("0.5"), most=1), FRACTIONS, "1/3", "range"),
        (Rules(places=2), AS_WRITTEN, "12,50", ""),
        (Rules(places=2), AS_WRITTEN, "12,5", "places"),
        (Rules(places=2), AS_WRITTEN, "12", "places"),
        (Rules(places=0), AS_WRITTEN, "12", ""),
        (Rules(places=0), AS_WRITTEN, "12 %", ""),
        (Rules(places=1), AS_WRITTEN, "12,5 %", ""),
        (Rules(places=1), FRACTIONS, "1/2", "places"),
        (QUARTERS, AS_WRITTEN, "2.75", ""),
        (QUARTERS, AS_WRITTEN, "-0,25", ""),
        (QUARTERS, AS_WRITTEN, "2.8", "step"),
        (QUARTERS, FRACTIONS, "1 3/4", ""),
        (QUARTERS, FRACTIONS, "1/3", "step"),
        (QUARTERS, AS_WRITTEN, "12:30", "step"),
        (MAY, DATES, "1.5.", ""),
        (MAY, DATES, "31/5/2024", ""),
        (MAY, DATES, "1.6.24", "days"),
        (MAY, DATES, "31.4.24", "value"),
        (MAY, AS_WRITTEN, "1.5.2024", "days"),
        (Rules(least=1), DATES, "1.5.2024", "range"),
        (Rules(check="luhn"), Notation(Kind.CODE), "4539 1488 0343 6467", ""),
        (Rules(check="luhn"), Notation(Kind.CODE), "4539 1488 0343 6468", "check"),
        (Rules(), Notation(Kind.TIME), "25:00", "value"),
        (Rules(), Notation(Kind.TIME), "", ""),
        (Rules(), AS_WRITTEN, "25:00", ""),
        (Rules(digits=4), Notation(Kind.NUMBER), "12\n34", "value"),
    ],
)
def test_what_a_text_is_worth_breaks_the_rules_that_it_should(
    rules: Rules, noted: Notation, text: str, broken: str
) -> None:
    assert rules.broken_alone(text, noted) == broken


amounts = some.decimals(-(10**20), 10**20, allow_nan=False, places=3)


@given(amounts, amounts)
def test_a_range_begins_exactly_where_it_says(least: Decimal, value: Decimal) -> None:
    rules = Rules.of(Rules(least=least).stored())
    written = f"{value:f}".replace(".", ",")
    assert rules.broken_alone(written, COMMA) == ("range" if value < least else "")


@given(some.decimals("0.001", 1000, places=3), some.integers(-(10**12), 10**12), some.booleans())
def test_a_step_is_missed_by_whatever_is_less_than_one(step: Decimal, times: int, off: bool) -> None:
    value = step * times + off * step / 8
    assert Rules(step=step).broken_alone(f"{value:f}".replace(".", ","), COMMA) == ("step" if off else "")


@given(some.lists(amounts, max_size=9), amounts)
def test_a_sum_is_right_exactly_where_it_is(values: list[Decimal], off: Decimal) -> None:
    texts = {place: f"{value:f}" for place, value in enumerate(values)}
    noted = Notation(Kind.NUMBER, decimal=".")
    total = sum(map(Fraction, values), Fraction(0))
    rules = Rules(total=Decimal(str(plain(total + Fraction(off)))))
    assert (set(rules.broken(texts, whole=True, noted=noted).values()) <= {""}) == (not off or not texts)
    assert rules.sum_sentence(texts.values(), noted).endswith("as expected.") == (not off)


@given(some.lists(some.sampled_from(["12.5", "12,5", "12,50", "+12.5", "7", "07", "7.0", "1.250", "3/4", "3 /4", ""])))
def test_numbers_come_twice_where_they_are_worth_the_same(texts: list[str]) -> None:
    kinds = {"7": "7", "07": "07", "7.0": "7", "1.250": "1.250", "3/4": "3/4", "3 /4": "3/4", "": ""}
    same = [kinds.get(text, "12.5") for text in texts]
    broken = Rules(unique=True).broken(dict(enumerate(texts)), whole=True)
    assert [broken[place] for place in range(len(texts))] == [
        "unique" if one and same.count(one) > 1 else "" for one in same
    ]


def test_zeros_in_front_are_the_same_number_where_they_are_said_to_be_numbers() -> None:
    texts = {1: "7", 2: "07"}
    assert Rules(unique=True).broken(texts, whole=True) == {1: "", 2: ""}
    assert Rules(unique=True).broken(texts, True, Notation(Kind.NUMBER)) == {1: "unique", 2: "unique"}
    assert Rules(unique=True).broken(texts, True, Notation(Kind.CODE)) == {1: "", 2: ""}


@pytest.mark.parametrize("check", ["luhn", "gtin", "mod11"])
def test_every_single_wrong_digit_is_noticed(check: str) -> None:
    right = {"luhn": "4539148803436467", "gtin": "4006381333931", "mod11": "0306406152"}[check]
    for place in range(len(right)):
        for digit in set("0123456789") - {right[place]}:
            wrong = right[:place] + digit + right[place + 1 :]
            assert Rules(check=check).broken_alone(wrong) == "check"


def test_numbers_that_come_twice_are_found_and_empty_ones_are_not_numbers() -> None:
    broken = Rules(unique=True).broken({1: "7", 2: "7", 3: "07", 4: "", 5: ""}, whole=False)
    assert broken == {1: "unique", 2: "unique", 3: "", 4: "", 5: ""}


def test_a_sum_counts_once_the_batch_is_whole() -> None:
    answers = {1: "10", 2: "20", 3: ""}
    assert set(Rules(total=31).broken(answers, whole=True).values()) == {"sum"}
    assert set(Rules(total=31).broken(answers, whole=False).values()) == {""}
    assert set(Rules(total=30).broken(answers, whole=True).values()) == {""}


def test_rules_survive_being_stored_and_say_themselves() -> None:
    rules = Rules(digits=5, least=0, unique=True)
    assert Rules.of(rules.stored()) == rules
    assert Rules.of({}) == Rules()
    assert not Rules()
    assert rules.summary() == ["exactly 5 digits", "at least 0", "no number twice"]
    assert Rules(least=3).sentence("range") == "It should be at least 3."
    exact = Rules(least=Decimal("-0.50"), most=Decimal(10**30), step=Decimal("0.25"), total=Decimal("1250.10"))
    assert exact.stored() == {"least": "-0.50", "most": "1" + "0" * 30, "step": "0.25", "total": "1250.10"}
    assert Rules.of(exact.stored()) == exact
    assert Rules.of(MAY.stored()) == MAY


def test_rules_that_were_stored_as_whole_numbers_still_hold() -> None:
    assert Rules.of({"least": 3, "most": 7, "total": 12, "digits": 1}) == Rules(digits=1, least=3, most=7, total=12)


def test_rules_on_values_say_themselves_and_why_they_are_broken() -> None:
    rules = Rules(least=Decimal("1250.5"), step=Decimal("0.25"), places=2)
    assert rules.summary() == ["at least 1,250.5", "exactly 2 decimals", "multiples of 0.25"]
    assert rules.sentence("step") == "It should be a multiple of 0.25."
    assert rules.sentence("places") == "It should have exactly 2 digits behind its decimal sign."
    assert Rules(places=0).sentence("places") == "It should have no digits behind a decimal sign."
    assert MAY.sentence("days") == "It should be a day from 1 May 2024 to 31 May 2024."
    assert MAY.summary() == ["no earlier than 1 May 2024", "no later than 31 May 2024"]
    assert rules.sentence("value", "1.5.", Notation(Kind.DATE)) == NoValue.YEAR.label
    thirds = Rules(total=Decimal("1.5")).sum_sentence(["1/3", "1 1/3"], FRACTIONS)
    assert thirds == "The answers add up to 1 2/3; 1.5 expected; 1/6 more."
    with translation.override("de"):
        assert Rules(least=Decimal("1250.5")).sentence("range").endswith("1.250,5 sein.")


def test_every_rule_can_be_asked_for_is_said_and_says_why_it_is_broken() -> None:
    names = {field.name for field in fields(Rules)}
    assert set(RulesForm.base_fields) == names
    limits = {"digits": 1, "least": 1, "most": 2, "places": 1, "step": 1, "total": 3, "rise": 4, "fall": 5}
    set_all = Rules(**limits, earliest=date.min, latest=date.max, check="luhn", unique=True)
    assert set(set_all.stored()) == names
    assert len(set_all.summary()) == len(names)
    assert all(set_all.sentence(broken) for broken in Broken.values)


@pytest.mark.django_db
def test_every_rule_has_its_field_on_the_page(as_alice: Client, three_sevens: Batch) -> None:
    page = as_alice.get(reverse("batch-settings", args=[three_sevens.pk])).content.decode()
    assert [name for name in RulesForm.base_fields if f'name="{name}"' not in page] == []


@pytest.mark.parametrize(("digits", "word"), [(1, "digit"), (4, "digits")])
def test_one_digit_is_said_in_the_singular(digits: int, word: str) -> None:
    rules = Rules(digits=digits)
    assert rules.summary() == [f"exactly {digits} {word}"]
    assert rules.sentence("digits") == f"It should have exactly {digits} {word}."


def test_a_check_digit_is_named_as_one_among_the_rules() -> None:
    assert Rules(check="luhn", total=1250).summary() == [
        "check digit by Luhn, mod 10 (cards)",
        "sum 1,250",
    ]


def test_the_sum_rule_says_what_the_answers_add_up_to() -> None:
    rules = Rules(total=1250)
    assert rules.sum_sentence(["1 200", "40", ""]) == "The answers add up to 1,240; 1,250 expected; 10 less."
    assert rules.sum_sentence(["2000", "1"]) == "The answers add up to 2,001; 1,250 expected; 751 more."
    assert rules.sum_sentence(["1000", "250"]) == "The answers add up to 1,250, as expected."
    assert Rules(digits=2).sum_sentence(["1"]) == ""
    assert rules.sum_sentence(["1250,5", "-0.25"]) == "The answers add up to 1,250.25; 1,250 expected; 0.25 more."
    assert rules.sum_sentence(["1250.50", "-0,50"]).endswith(", as expected.")
    assert rules.sum_sentence(["1250", "12:30", "-"]).endswith(", as expected."), "what has no value adds nothing"


def test_the_same_digits_with_other_signs_are_another_number() -> None:
    answers = {1: "1250", 2: "12.50", 3: "-1250", 4: "12. 50"}
    assert Rules(unique=True).broken(answers, whole=False) == {1: "", 2: "unique", 3: "", 4: "unique"}


def test_whole_numbers_are_added_exactly_however_long() -> None:
    long = 10**40 + 1
    assert Rules(total=long).broken({1: str(10**40), 2: "1"}, whole=True) == {1: "", 2: ""}


@pytest.fixture
def three_sevens(alice: User, hand_in: Callable[..., Batch], champion: None) -> Batch:
    batch = hand_in(alice, count=3)
    for image in batch.images.all():
        Image.objects.record(Image.objects.claim([image.pk]), [a_prediction(image, 0.999)])
    batch.refresh_from_db()
    return batch


def standings(batch: Batch) -> list[str]:
    return [image.standing for image in batch.images.with_answers().order_by("index")]


@pytest.mark.django_db
def test_what_breaks_a_rule_goes_to_a_person_with_the_reason(three_sevens: Batch) -> None:
    assert standings(three_sevens) == ["sure"] * 3
    three_sevens.expect(Rules(digits=2))
    assert standings(three_sevens) == ["doubtful"] * 3
    assert three_sevens.standings()["doubtful"] == 3
    assert three_sevens.images.first().broken_sentence == "It should have exactly 2 digits."
    three_sevens.expect(Rules())
    assert standings(three_sevens) == ["sure"] * 3


@pytest.mark.django_db
def test_a_correction_that_makes_numbers_unique_lets_the_others_go(three_sevens: Batch, alice: User) -> None:
    three_sevens.expect(Rules(unique=True))
    first, second, _ = three_sevens.images.order_by("index")
    first.correct(alice, "text", "1")
    assert standings(three_sevens) == ["reviewed", "doubtful", "doubtful"]
    second.correct(alice, "text", "2")
    assert standings(three_sevens) == ["reviewed", "reviewed", "sure"]
    second.withdraw(alice)
    assert standings(three_sevens) == ["reviewed", "doubtful", "doubtful"]


@pytest.mark.django_db
def test_a_number_is_the_same_however_it_is_grouped(three_sevens: Batch, alice: User) -> None:
    three_sevens.expect(Rules(unique=True))
    first, second, _ = three_sevens.images.order_by("index")
    first.correct(alice, "text", "1 23")
    second.correct(alice, "text", "12\n3")
    marks = three_sevens.images.order_by("index").values_list("broken_rule", flat=True)
    assert list(marks) == ["unique", "unique", ""]


@pytest.mark.django_db
@pytest.mark.parametrize("noted", [AS_WRITTEN, Notation(Kind.NUMBER)])
def test_a_number_is_the_same_however_it_is_written(three_sevens: Batch, alice: User, noted: Notation) -> None:
    three_sevens.notate(noted)
    three_sevens.expect(Rules(unique=True))
    first, second, third = three_sevens.images.order_by("index")
    for image, text in ((first, "1234,5"), (second, "+1234.50"), (third, "9")):
        image.correct(alice, "text", text)
    marks = three_sevens.images.order_by("index").values_list("broken_rule", flat=True)
    assert list(marks) == ["unique", "unique", ""]
    Image.objects.get(pk=second.pk).correct(alice, "text", "9,0")
    assert list(marks.all()) == ["", "unique", "unique"]


@pytest.mark.django_db
def test_a_correction_looks_at_no_more_pictures_than_it_concerns(three_sevens: Batch, alice: User) -> None:
    three_sevens.images.filter(index=2).update(search_text="9", sort_value=9)
    three_sevens.expect(Rules(unique=True, digits=1))
    three_sevens.images.filter(index=2).update(broken_rule="range")  # a mark that looking again would take away
    three_sevens.images.order_by("index").first().correct(alice, "text", "1")
    marks = three_sevens.images.order_by("index").values_list("broken_rule", flat=True)
    assert list(marks) == ["", "", "range"]


@pytest.mark.django_db
def test_a_correction_that_makes_the_sum_right_lets_all_go(three_sevens: Batch, alice: User) -> None:
    three_sevens.expect(Rules(total=15))
    assert standings(three_sevens) == ["doubtful"] * 3
    three_sevens.images.order_by("index").first().correct(alice, "text", "1")
    assert standings(three_sevens) == ["reviewed", "sure", "sure"]


@pytest.mark.django_db
def test_a_sum_counts_what_a_person_typed_where_reading_failed(three_sevens: Batch, alice: User) -> None:
    image = three_sevens.images.order_by("index").first()
    three_sevens.images.filter(pk=image.pk).update(state="failed", prediction=None, search_text="")
    three_sevens.expect(Rules(total=16))
    assert three_sevens.sum_sentence == "The answers add up to 14; 16 expected; 2 less."
    three_sevens.images.get(pk=image.pk).correct(alice, "text", "2")
    assert three_sevens.sum_sentence == "The answers add up to 16, as expected."
    assert standings(three_sevens) == ["reviewed", "sure", "sure"]


@pytest.mark.django_db
def test_a_sum_is_said_once_all_pictures_are_read(alice: User, hand_in: Callable[..., Batch], champion: None) -> None:
    batch = hand_in(alice, count=2)
    batch.expect(Rules(total=9))
    assert batch.sum_sentence == ""


@pytest.mark.django_db
def test_answers_that_come_later_are_checked_as_they_come(
    alice: User, hand_in: Callable[..., Batch], champion: None
) -> None:
    batch = hand_in(alice, count=2)
    batch.expect(Rules(unique=True))
    first, second = batch.images.order_by("index")
    Image.objects.record(Image.objects.claim([first.pk]), [a_prediction(first, 0.999)])
    assert standings(batch) == ["sure", "waiting"]
    Image.objects.record(Image.objects.claim([second.pk]), [a_prediction(second, 0.999)])
    assert standings(batch) == ["doubtful", "doubtful"]
