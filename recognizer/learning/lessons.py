"""From pictures that people have answered to digits a network may learn from, and to those it is judged by.

Nothing is guessed and nothing vanishes: every picture that is left out is counted under its reason.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.bundles import Classifier
from recognizer.learning.mnist import Digits
from recognizer.page import Reason
from recognizer.symbols import DIGITS, is_aligned

# A champion this sure of another digit contradicts a person's word.
SURE_OF_ANOTHER = 0.99
# Cosines of glyphs after a little blur. The same glyph photographed twice lies above the first; two 7s with a bar by
# different hands mostly above the second, two digits of different kinds seldom.
SAME, ALIKE = 0.985, 0.75
# One person's pictures may be half of all, or so many where that is more.
SHARE_OF_ONE, ALWAYS_FROM_ONE = 0.5, 500


@dataclass(frozen=True)
class Lesson:
    """One answered picture: its glyphs uint8 [n, 28, 28] as found, what a model read on them and what a person says.

    `key` names the answer, `picture` is the picture's own SHA-256, `person` who answered; `settled` is what somebody
    decided who took a second look: True to learn from it all the same, False never to.
    """

    key: int
    picture: str
    person: int | None
    glyphs: NDArray[np.uint8]
    found: str
    said: str
    settled: bool | None = None

    @property
    def is_correction(self) -> bool:
        return self.found != self.said

    @property
    def labels(self) -> NDArray[np.uint8]:
        return np.array([int(digit) for digit in self.said], np.uint8)

    @property
    def of_digits(self) -> "Lesson":
        """Its places where a person says a digit, whatever was found there: signs are nothing that the network reads.

        Only of an aligned one: glyph by glyph it must be known what was found and what is said.
        """
        places = [place for place, sign in enumerate(self.said) if sign in DIGITS]
        found, said = ("".join(text[place] for place in places) for text in (self.found, self.said))
        return replace(self, glyphs=self.glyphs[places], found=found, said=said)


@dataclass
class Screening:
    """Which lessons are kept, how many were left out by the reason's code, which wait for a second look, and why."""

    kept: list[Lesson] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    doubted: dict[int, Reason] = field(default_factory=dict)

    @property
    def corrections(self) -> int:
        return sum(lesson.is_correction for lesson in self.kept)


def fingerprint(lessons: Iterable[Lesson]) -> str:
    """SHA-256 over every glyph and its digit, whatever the order in which they come."""
    digest = hashlib.sha256()
    for lesson in sorted(lessons, key=lambda lesson: lesson.key):
        digest.update(f"{lesson.key} {lesson.said} ".encode() + lesson.glyphs.tobytes())
    return digest.hexdigest()


def as_digits(lessons: Sequence[Lesson]) -> Digits:
    if not lessons:
        return Digits(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8))
    return Digits(np.concatenate([one.glyphs for one in lessons]), np.concatenate([one.labels for one in lessons]))


def usable(lessons: Iterable[Lesson], mnist_test: "KnownGlyphs", left_out: Counter[str]) -> list[Lesson]:
    """The digits of those that are known glyph by glyph and are not MNIST's test digits; one of each picture."""
    kept: dict[str, Lesson] = {}
    for whole in lessons:
        if not is_aligned(whole.found, whole.said) or len(whole.glyphs) != len(whole.said):
            left_out["not_aligned"] += 1
            continue
        lesson = whole.of_digits
        if not lesson.said:
            left_out["no_digit"] += 1
        elif any(glyph in mnist_test for glyph in lesson.glyphs):
            left_out["mnist_test"] += 1
        elif lesson.picture in kept:
            left_out["duplicate"] += 1
        else:
            kept[lesson.picture] = lesson
    return list(kept.values())


def to_judge_by(lessons: Iterable[Lesson], mnist_test: "KnownGlyphs", left_out: Counter[str]) -> list[Lesson]:
    """Of the held-out pictures those that can be judged by, each once: doubles would pass for so much more evidence."""
    return once_each(usable(lessons, mnist_test, left_out), left_out)


def screen(
    lessons: Iterable[Lesson], held_out: Sequence[Lesson], champion: Classifier, mnist_test: "KnownGlyphs"
) -> Screening:
    """What may be learned from. Nothing of it equals or resembles a picture that is held out."""
    screening = Screening()
    left_out = screening.left_out
    pool = usable(sorted(lessons, key=lambda lesson: lesson.key), mnist_test, left_out)
    pool = apart_from(pool, held_out, left_out)
    pool = once_each(pool, left_out)
    alone = contradicted_alone(pool, champion)
    kept = []
    for lesson in pool:
        if lesson.settled is False:
            left_out["refused"] += 1
        elif lesson.key in alone and not lesson.settled:
            left_out["waits"] += 1
            screening.doubted[lesson.key] = alone[lesson.key]
        else:
            kept.append(lesson)
    screening.kept = capped(kept, left_out)
    return screening


def apart_from(lessons: Sequence[Lesson], held_out: Sequence[Lesson], left_out: Counter[str]) -> list[Lesson]:
    pictures = {lesson.picture for lesson in held_out}
    others = outlines(as_digits(held_out).images)
    kept = []
    for lesson in lessons:
        if lesson.picture in pictures or all(nearest(outlines(lesson.glyphs), others) > SAME):
            left_out["like_held_out"] += 1
        else:
            kept.append(lesson)
    return kept


def once_each(lessons: Sequence[Lesson], left_out: Counter[str]) -> list[Lesson]:
    """Of pictures that show the same glyphs, the first."""
    kept: list[Lesson] = []
    seen: dict[str, list[NDArray[np.float32]]] = {}
    for lesson in lessons:
        # One row for the whole picture, so that a number is only the double of a number.
        row = outlines(lesson.glyphs).reshape(1, -1) / np.sqrt(len(lesson.glyphs))
        before = seen.setdefault(lesson.said, [])
        if before and nearest(row, np.concatenate(before))[0] > SAME:
            left_out["duplicate"] += 1
        else:
            before.append(row)
            kept.append(lesson)
    return kept


def contradicted_alone(lessons: Sequence[Lesson], champion: Classifier) -> dict[int, Reason]:
    """Corrections that the champion surely reads otherwise and that no similar correction of another picture shares.

    Many that agree are the lesson; one alone may be a slip of the hand. Maps their keys to the reason.
    """
    corrections = [lesson for lesson in lessons if lesson.is_correction]
    digits = as_digits(corrections)
    owner = np.repeat([lesson.key for lesson in corrections], [len(lesson.said) for lesson in corrections])
    if not len(digits):
        return {}
    probabilities = champion.probabilities(digits.images)
    answers, sure = probabilities.argmax(axis=1), probabilities.max(axis=1) >= SURE_OF_ANOTHER
    contradicted = (answers != digits.labels) & sure
    seen = outlines(digits.images)
    reasons: dict[int, Reason] = {}
    for index in np.flatnonzero(contradicted):
        fellows = (digits.labels == digits.labels[index]) & (owner != owner[index]) & (answers != digits.labels)
        if not fellows.any() or nearest(seen[[index]], seen[fellows])[0] < ALIKE:
            reasons[int(owner[index])] = Reason(
                "contradicted_alone",
                answer=int(answers[index]),
                sure=float(probabilities[index].max()),
                said=int(digits.labels[index]),
            )
    return reasons


def capped(lessons: Sequence[Lesson], left_out: Counter[str]) -> list[Lesson]:
    """No more of one person's pictures than are their share; which ones, their hashes decide."""
    most = max(ALWAYS_FROM_ONE, int(SHARE_OF_ONE * len(lessons)))
    taken: Counter[int | None] = Counter()
    kept = []
    for lesson in sorted(lessons, key=lambda lesson: lesson.picture):
        if taken[lesson.person] < most:
            taken[lesson.person] += 1
            kept.append(lesson)
        else:
            left_out["over_share"] += 1
    return sorted(kept, key=lambda lesson: lesson.key)


def outlines(glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Glyphs [n, 28, 28] as rows of length 1, blurred a little, so that products of rows are cosines."""
    rows = np.array([cv2.GaussianBlur(glyph, (5, 5), 1.2).ravel() for glyph in glyphs], np.float32).reshape(-1, 784)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def nearest(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each of `rows` its largest cosine with one of `others`."""
    return (rows @ others.T).max(axis=1) if len(others) else np.zeros(len(rows), np.float32)


class KnownGlyphs:
    """A set of digits known by the hash of their ink, wherever in the frame it stands."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.hashes = {ink_hash(image) for image in images}

    def __contains__(self, glyph: NDArray[np.uint8]) -> bool:
        return ink_hash(glyph) in self.hashes


def ink_hash(glyph: NDArray[np.uint8]) -> bytes:
    rows, columns = np.flatnonzero(glyph.any(axis=1)), np.flatnonzero(glyph.any(axis=0))
    ink = glyph[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else glyph[:0]
    return hashlib.sha256(f"{ink.shape}".encode() + np.ascontiguousarray(ink).tobytes()).digest()
