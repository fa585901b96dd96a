"""What may be learned from, and what is left out and why."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from recognizer.bundles import Classifier, load
from recognizer.learning.lessons import KnownGlyphs, Lesson, fingerprint, screen, to_judge_by, usable
from recognizer.learning.mnist import Digits, load_mnist_test
from recognizer.symbols import is_aligned

NOTHING = KnownGlyphs(np.zeros((0, 28, 28), np.uint8))


@pytest.fixture(scope="module")
def champion() -> Classifier:
    return Classifier(load("seed"))


def lesson(key: int, digits: Digits, *indexes: int, **changes: object) -> Lesson:
    said = "".join(str(label) for label in digits.labels[list(indexes)])
    return replace(
        Lesson(key, f"{key:064x}", 1, digits.images[list(indexes)], found=said, said=said),
        **changes,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("found", "said", "aligned"),
    [
        ("7", "7", True),
        ("7", "1", True),
        ("4079", "4019", True),
        ("11", "77", True),
        ("479", "4079", False),
        ("40799", "4079", False),
        ("1234", "2341", False),  # four wrong, or one that slipped: nobody knows
        ("12", "21", False),
        ("", "", False),
        ("", "5", False),
    ],
)
def test_digits_are_aligned_where_there_is_one_way_to(found: str, said: str, aligned: bool) -> None:
    assert is_aligned(found, said) is aligned


def test_what_cannot_be_aligned_is_counted_and_not_guessed(digits: Digits) -> None:
    left_out: Counter[str] = Counter()
    kept = usable([lesson(1, digits, 0), lesson(2, digits, 1, said="12")], NOTHING, left_out)
    assert [one.key for one in kept] == [1]
    assert left_out == {"not_aligned": 1}


@pytest.mark.parametrize(
    ("found", "said", "learned", "is_correction"),
    [
        ("1-2", "1-2", "12", False),
        ("1,2", "1.2", "12", False),  # a correction of signs alone corrects no digit
        ("1-2", "112", "112", True),  # a sign was found where a person says a digit
        ("112", "1-2", "12", False),  # a digit was found where a person says a sign
        ("-42", "-47", "47", True),
    ],
)
def test_of_an_answer_with_signs_the_digits_are_a_lesson(
    digits: Digits, found: str, said: str, learned: str, is_correction: bool
) -> None:
    whole = lesson(1, digits, 0, 1, 2, found=found, said=said)
    (kept,) = usable([whole], NOTHING, Counter())
    assert kept.labels.tolist() == [int(digit) for digit in learned]
    assert kept.is_correction is is_correction
    places = [place for place, sign in enumerate(said) if sign.isdecimal()]
    np.testing.assert_array_equal(kept.glyphs, digits.images[places])


def test_signs_without_a_digit_are_no_lesson_and_are_counted(digits: Digits) -> None:
    left_out: Counter[str] = Counter()
    assert usable([lesson(1, digits, 0, found="1", said="-")], NOTHING, left_out) == []
    assert left_out == {"no_digit": 1}


@pytest.mark.parametrize(("found", "said"), [("1250", "12.50"), ("12.50", "1250"), ("1-2", "-21")])
def test_a_sign_too_many_or_too_few_leaves_the_digits_unknown(digits: Digits, found: str, said: str) -> None:
    left_out: Counter[str] = Counter()
    assert usable([lesson(1, digits, *range(len(found)), found=found, said=said)], NOTHING, left_out) == []
    assert left_out == {"not_aligned": 1}


def test_mnist_s_test_digits_are_known_wherever_they_stand(digits: Digits) -> None:
    test = load_mnist_test()[:200]
    shifted = np.roll(test.images[3], (1, -1), axis=(0, 1))
    left_out: Counter[str] = Counter()
    moved = Lesson(1, "a", 1, shifted[None], "7", str(test.labels[3]))
    assert usable([moved, lesson(2, digits, 0)], KnownGlyphs(test.images), left_out)[0].key == 2
    assert left_out == {"mnist_test": 1}


def test_the_same_picture_counts_once_and_so_does_one_that_looks_the_same(digits: Digits, champion: Classifier) -> None:
    first = lesson(1, digits, 0)
    same_file = replace(lesson(2, digits, 0), picture=first.picture)
    nearly = digits.images[[0]] // 8 * 8
    screening = screen([first, same_file, lesson(3, digits, 0, glyphs=nearly)], [], champion, NOTHING)
    assert [one.key for one in screening.kept] == [1]
    assert screening.left_out == {"duplicate": 2}


def test_what_is_held_out_is_not_learned_from_under_another_name(digits: Digits, champion: Classifier) -> None:
    screening = screen([lesson(1, digits, 0), lesson(2, digits, 1)], [lesson(9, digits, 0)], champion, NOTHING)
    assert [one.key for one in screening.kept] == [2]
    assert screening.left_out == {"like_held_out": 1}


def test_what_is_judged_by_counts_once_however_often_it_was_handed_in(digits: Digits) -> None:
    left_out: Counter[str] = Counter()
    doubles = [lesson(key, digits, 0, glyphs=digits.images[[0]] // key * key) for key in (1, 2, 4)]
    assert [one.key for one in to_judge_by([*doubles, lesson(9, digits, 1)], NOTHING, left_out)] == [1, 9]
    assert left_out == {"duplicate": 2}


def sevens(digits: Digits, champion: Classifier, count: int) -> list[int]:
    """The surest ones first."""
    indexes = np.flatnonzero(digits.labels[:2000] == 7)
    sure = champion.bundle.calibration.probabilities(champion.logits(digits.images[indexes]))[:, 7]
    return indexes[np.argsort(-sure)][:count].tolist()


def test_a_contradiction_that_stands_alone_waits_for_a_second_look(digits: Digits, champion: Classifier) -> None:
    slip = lesson(1, digits, sevens(digits, champion, 1)[0], said="3")
    screening = screen([slip, *[lesson(i, digits, i) for i in range(20, 25)]], [], champion, NOTHING)
    assert 1 not in [one.key for one in screening.kept]
    assert screening.doubted[1].code == "contradicted_alone"


def test_many_contradictions_that_agree_are_the_lesson(digits: Digits, champion: Classifier) -> None:
    agreeing = [lesson(i, digits, i, said="1") for i in sevens(digits, champion, 30)]
    screening = screen(agreeing, [], champion, NOTHING)
    assert len(screening.kept) > 20


@pytest.mark.parametrize("settled", [True, False])
def test_what_was_settled_at_a_second_look_is_settled(digits: Digits, champion: Classifier, settled: bool) -> None:
    slip = lesson(1, digits, sevens(digits, champion, 1)[0], said="3", settled=settled)
    screening = screen([slip], [], champion, NOTHING)
    assert bool(screening.kept) is settled
    assert not screening.doubted


def test_one_person_has_no_more_than_their_share(
    digits: Digits, champion: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizer.learning.lessons.ALWAYS_FROM_ONE", 5)
    lessons = [lesson(i, digits, i, person=1 if i < 14 else i) for i in range(20)]
    screening = screen(lessons, [], champion, NOTHING)
    assert Counter(one.person for one in screening.kept)[1] == 10
    assert screening.left_out["over_share"] == 4


def test_the_fingerprint_follows_answers_and_pixels_and_not_the_order(digits: Digits) -> None:
    one, two = lesson(1, digits, 0), lesson(2, digits, 1)
    assert fingerprint([one, two]) == fingerprint([two, one])
    assert fingerprint([one, two]) != fingerprint([one, replace(two, said="0")])
    assert fingerprint([one]) != fingerprint([replace(one, glyphs=two.glyphs)])
