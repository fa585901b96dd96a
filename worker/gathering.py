"""From the tables to what a training learns from and is judged by; counted for people with the same rules."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from recognizer.bundles import Bundle, Classifier
from recognizer.files import strip_marks
from recognizer.learning import lessons as lesson_rules
from recognizer.learning.lessons import KnownGlyphs, Lesson, Screening, screen, to_judge_by, usable
from recognizer.learning.mnist import load_mnist_test
from recognizer.symbols import squeezed
from webapp.models import LessonCount, ModelVersion, Review, SecondLook, SitePolicy
from webapp.models.lesson_count import Enough
from webapp.models.lesson_news import seen_now


@dataclass
class Gathered:
    """The held-out answers to judge by and the screened ones to learn from, with what was left out of either."""

    held_out: list[Lesson]
    screening: Screening
    held_out_left_out: Counter[str] = field(default_factory=Counter)

    @property
    def fingerprint(self) -> str:
        return lesson_rules.fingerprint([*self.screening.kept, *self.held_out])

    def enough(self) -> Enough:
        return Enough(self.screening.corrections, SitePolicy.current().fewest_corrections, len(self.held_out))

    def for_the_run(self) -> dict[str, Any]:
        """As it is kept with a run: the numbers of reviews, and counts."""
        return {
            "lessons": [lesson.key for lesson in self.screening.kept],
            "held_out": [lesson.key for lesson in self.held_out],
            "corrections": self.screening.corrections,
            "held_out_corrections": sum(lesson.is_correction for lesson in self.held_out),
            "left_out": dict(self.screening.left_out),
            "held_out_left_out": dict(self.held_out_left_out),
        }


def gather(champion: Bundle) -> Gathered:
    """All that people answered, as it may be used; what is doubted waits for a second look from now on."""
    settled = SecondLook.objects.settled()
    test = KnownGlyphs(load_mnist_test().images)
    left_out: Counter[str] = Counter()
    held_out = to_judge_by(as_lessons(Review.objects.lessons(held_out=True), settled), test, left_out)
    learned = as_lessons(Review.objects.lessons(held_out=False), settled)
    screening = screen(learned, held_out, Classifier(champion), test)
    SecondLook.objects.ask({key: why.as_json() for key, why in screening.doubted.items()})
    return Gathered(held_out, screening, left_out)


def gather_again(data: Mapping[str, Any]) -> Gathered:
    """What an earlier run used, by what was kept with it."""
    settled = SecondLook.objects.settled()
    test, left_out = KnownGlyphs(load_mnist_test().images), Counter[str]()

    def kept(part: str, held_out: bool) -> list[Lesson]:
        return list(as_lessons(Review.objects.lessons(held_out).filter(pk__in=data[part]), settled))

    held_out = to_judge_by(kept("held_out", True), test, left_out)
    return Gathered(held_out, Screening(kept=usable(kept("lessons", False), test, Counter())), left_out)


def gather_and_count(version: ModelVersion, champion: Bundle) -> Gathered:
    """The same, and people see from now on how much there is."""
    began, seen = timezone.now(), seen_now()
    gathered = gather(champion)
    LessonCount.note(
        began,
        seen,
        champion=version,
        lessons=len(gathered.screening.kept),
        corrections=gathered.screening.corrections,
        held_out=len(gathered.held_out),
        left_out=dict(gathered.screening.left_out),
        held_out_left_out=dict(gathered.held_out_left_out),
        fingerprint=gathered.fingerprint,
    )
    return gathered


def as_lessons(reviews: Iterable[Review], settled: Mapping[int, bool]) -> Iterable[Lesson]:
    for review in reviews.select_related("image", "prediction", "image__prediction").iterator(chunk_size=500):  # type: ignore[attr-defined]
        said = review.prediction or review.image.prediction
        yield Lesson(
            key=review.pk,
            picture=review.image.sha256,
            person=review.reviewer_id,
            glyphs=strip_marks(bytes(said.glyphs), len(said.digits)),
            found=said.symbols,
            said=squeezed(review.text),
            settled=settled.get(review.pk),
        )
