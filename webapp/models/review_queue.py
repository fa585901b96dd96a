"""What a person is shown to check, in which order and why."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import ClassVar

from django.core import signing
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from webapp.models.batch import Batch, BatchQuerySet
from webapp.models.claimable import State
from webapp.models.hand import Hand
from webapp.models.image import Image
from webapp.models.images import ImageQuerySet
from webapp.models.review import Review
from webapp.models.user import User

# One in twenty is drawn by lot from the sure ones, to measure the model where nobody would look; one in twenty is
# known already, to measure the person.
RANDOM_SHARE = 0.05
KNOWN_SHARE = 0.05
# What was answered a moment ago would measure memory.
KNOWN_AFTER = timedelta(minutes=10)

# So many pictures in other people's hands are passed over in search of a free one, and so many answers.
PASSED_OVER = 200
TEXTS_TRIED = 10

UNCHECKED = {"state": State.DONE, "review": None}

_signer = signing.Signer(salt="why a picture is reviewed")


def signed_reason(image: Image, sampled: str) -> str:
    """Goes with the picture to the browser and back, so that nobody chooses what measures them."""
    return _signer.sign(f"{image.pk}:{sampled}")


def reason(image: Image, signed: str) -> Review.Sampled:
    """Why this picture was shown; one that was not dealt by the queue was chosen by the person."""
    try:
        pk, _, sampled = _signer.unsign(signed).partition(":")
    except signing.BadSignature:
        return Review.Sampled.CHOSEN
    return Review.Sampled(sampled) if pk == str(image.pk) else Review.Sampled.CHOSEN


@dataclass(frozen=True)
class Dealt:
    """A picture to look at, and why."""

    image: Image
    sampled: Review.Sampled

    @property
    def signed_reason(self) -> str:
        return signed_reason(self.image, self.sampled)


@dataclass(frozen=True)
class ReviewQueue:
    """What one person is shown of one batch: the most doubtful first, and now and then one that measures."""

    batch: Batch
    reviewer: User
    only: Collection[int] = ()  # these alone, where the person has picked them out
    page: Hand | None = None

    # Whether a picture is shown without what was read on it.
    blind: ClassVar[bool] = False

    @property
    def goal_percent(self) -> str:
        """Of the goal that a page was opened for, as its address has it; empty where it has none."""
        return ""

    @cached_property
    def hand(self) -> Hand:
        return self.page or Hand(self.reviewer)

    @property
    def pictures(self) -> ImageQuerySet:
        return Image.objects.filter(batch=self.batch).with_answers()

    def doubtful(self) -> ImageQuerySet:
        return self.pictures.doubtful().order_by("confidence", "pk")

    def sure(self) -> ImageQuerySet:
        """What is drawn for a promise waits to be looked at without seeing what was read."""
        return self.pictures.sure().filter(looks=None)

    def known(self) -> ImageQuerySet:
        """A number that was answered some time ago, and not yet given to this person as a check."""
        checked = Review.objects.filter(image=OuterRef("pk"), reviewer=self.reviewer, sampled=Review.Sampled.KNOWN)
        answered = self.pictures.numbers().filter(review__created_at__lt=timezone.now() - KNOWN_AFTER)
        return answered.exclude(Exists(checked))

    def deal(self, count: int, held: Collection[int] = ()) -> list[Dealt]:
        """At most `count` pictures that are not `held` already, nor in somebody else's hand."""
        self.hand.take(list(held))
        if self.only:
            picked = self.pictures.filter(pk__in=self.only, review=None).exclude(pk__in=held).order_by("pk")
            return [Dealt(image, Review.Sampled.CHOSEN) for image in picked[:count]]
        hand: list[Dealt] = []
        for image in self.taken(self.doubtful().exclude(pk__in=held), count):
            dealt = Dealt(image, Review.Sampled.DOUBTFUL)
            hand += self.check([*held, *(other.image.pk for other in hand)])
            hand.append(dealt)
        return hand[:count]

    def taken(self, rows: ImageQuerySet, count: int) -> list[Image]:
        return self.take(list(rows.values_list("pk", flat=True)[: count + PASSED_OVER]), count)

    def take(self, ids: list[int], count: int) -> list[Image]:
        """The first `count` of these that nobody holds; where others hold all, what this person's other pages do."""
        in_hand = self.hand.take(ids, count) or self.hand.take(ids, count, own=True)
        images = self.pictures.in_bulk(in_hand)
        return [images[pk] for pk in in_hand if pk in images]

    def others(self) -> list[User]:
        """Who has some of what is doubtful in hand."""
        doubtful = self.doubtful().values_list("pk", flat=True)
        return list(User.objects.filter(pk__in=self.hand.others(doubtful[:PASSED_OVER])))

    def check(self, held: Collection[int]) -> list[Dealt]:
        """Mostly nothing; by lot a picture that measures the model or the person."""
        roll = random.random()
        if roll < RANDOM_SHARE:
            return self.by_lot(self.sure(), Review.Sampled.RANDOM, held)
        if roll < RANDOM_SHARE + KNOWN_SHARE:
            return self.by_lot(self.known(), Review.Sampled.KNOWN, held)
        return []

    def by_lot(self, rows: ImageQuerySet, sampled: Review.Sampled, held: Collection[int]) -> list[Dealt]:
        drawn = rows.exclude(pk__in=held).order_by("?").values_list("pk", flat=True).first()
        return [Dealt(image, sampled) for image in self.pictures.filter(pk=drawn)] if drawn else []

    def left(self) -> int:
        if self.only:
            return self.pictures.filter(pk__in=self.only, review=None).count()
        unsure = Image.objects.filter(batch=self.batch, confidence__lt=self.batch.sure_from, **UNCHECKED).count()
        # Counted by themselves, since the first is a look into an index and most batches have no rules.
        broken = Image.objects.filter(batch=self.batch, confidence__gte=self.batch.sure_from, **UNCHECKED)
        return unsure + (broken.exclude(broken_rule="").count() if self.batch.checks_answers else 0)

    def measured(self) -> dict[str, int]:
        """What the checks among this batch's reviews say of the model and of this person."""
        reviews = Review.objects.filter(image__batch=self.batch)
        by_lot = reviews.by_lot()
        known_checks = reviews.known_checks().filter(reviewer=self.reviewer)
        return {
            "random": by_lot.count(),
            "model_right": by_lot.model_was_right().count(),
            "known": known_checks.count(),
            "agreed": known_checks.agreeing().count(),
        }

    def alike(self, count: int) -> tuple[str, list[Image]]:
        """The answer that most doubtful pictures share, and up to `count` of them: they can be checked at a glance."""
        one_line = self.doubtful().filter(outcome="read").exclude(search_text__contains="\n")
        sizes = one_line.order_by().values_list("search_text").annotate(size=Count("pk"))
        for text, _ in sizes.order_by("-size", "search_text")[:TEXTS_TRIED]:
            if pictures := self.taken(one_line.filter(search_text=text), count):
                return text, pictures
        return "", []

    def agree(self, text: str, ids: Collection[int]) -> int:
        """These pictures show what the model read on them, as long as that is still `text` and nobody has said what
        they are. Returns how many are left as they are."""
        with transaction.atomic():
            agreed = list(self.doubtful().filter(pk__in=ids, search_text=text).order_by("pk"))
            for image in agreed:
                image.say(self.reviewer, Review.Verdict.TEXT, image.answer, Review.Sampled.DOUBTFUL)
        self.hand.let_go(ids)
        return len(ids) - len(agreed)


def batches_to_review(batches: BatchQuerySet) -> BatchQuerySet:
    """Those of these with something doubtful in them, newest first."""
    unchecked = Image.objects.filter(batch=OuterRef("pk"), **UNCHECKED)
    unsure = unchecked.filter(confidence__lt=OuterRef("sure_from"))
    # Only where there are rules or a notation: no index tells what breaks them.
    breaks = ~Q(rules={}, notation={}) & Exists(unchecked.exclude(broken_rule=""))
    return batches.filter(Exists(unsure) | breaks).newest_first()
