"""The promise: how many of a batch's accepted answers are wrong at most, by pictures that were drawn by lot."""

import math
import secrets
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.db import models, transaction
from django.db.models import BooleanField, Case, F, Q, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from webapp.certainty import Looks
from webapp.figures import number, of_tenths
from webapp.models.batch import Batch
from webapp.models.batch.dial import STOPS, sure_from
from webapp.models.image import Image
from webapp.models.images import ImageQuerySet
from webapp.models.prediction import Prediction
from webapp.models.review import FEWEST_KNOWN_CHECKS, FEWEST_RANDOM_CHECKS, NOBODY, Review
from webapp.models.user import User

# In at most one of twenty lots may anything be untrue that is ever said by it. Most of that is for the dial as it stood
# when the lot was drawn. What is left is halved from one stricter position of the dial to the next: all are fixed with
# the lot, so that it does not matter which of them is chosen once something has been seen.
ERROR, ERROR_AT_ONCE = 0.05, 0.04
CONFIDENCE = 1 - ERROR
# More than this nobody looks at; at 1 % it leaves room for a dozen wrong ones.
MOST_DRAWN = 2000
ROUNDING = 1e-9


class Position(NamedTuple):
    """Where the dial may stand: how many of the answers it accepts that were there to draw from."""

    precision: float
    sure_from: float
    accepted: int
    error: float

    @property
    def precision_percent(self) -> float:
        return round(100 * self.precision, 2)


class Drawn(NamedTuple):
    """A picture of the lot, and what is known of it by now."""

    place: int
    image: int
    confidence: float
    reviewer: int | None
    is_answered: bool
    is_right: bool
    is_read_anew: bool


class Seen(NamedTuple):
    """What the answers looked at were said to be, and what they were."""

    looked: int
    said: float
    right: int

    @property
    def said_percent(self) -> float:
        return 100 * self.said


class Certificate(models.Model):
    """One lot, drawn from all that a batch accepted at a time.

    It is of those answers for good. What comes or changes after that is not in it, and the sentence says so.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, verbose_name=_("batch"), related_name="certificates")
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("drawn by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    stops = models.JSONField(
        _("stops"), default=list, help_text=_("Positions of the dial, each with what it accepted; its own first.")
    )
    read_count = models.PositiveIntegerField(_("read count"))
    image_count = models.PositiveIntegerField(_("image count"))
    rules = models.JSONField(_("rules"), default=dict, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")

    def __str__(self) -> str:
        return f"{self.batch}, {date_format(self.created_at)}"

    @classmethod
    def draw(cls, batch: Batch, person: User) -> "Certificate | None":
        """A lot for what this batch accepts now: the one that is there, as long as it is of that, or a new one.

        None where nothing can be promised: not all is read yet, or nothing is accepted.
        """
        with transaction.atomic():
            batch = Batch.objects.select_for_update().get(pk=batch.pk)
            if (known := batch.certificate) and known.is_current:
                return known
            sure = confidences(batch.images.sure()) if batch.is_done else {}
            if not sure:
                return None
            facts = {"read_count": batch.read_count, "image_count": batch.image_count, "rules": batch.rules}
            certificate = cls.objects.create(batch=batch, drawn_by=person, stops=stops_of(batch, sure), **facts)
            # By the system's own source of chance: nobody can tell beforehand what it draws.
            drawn = secrets.SystemRandom().sample(sorted(sure), min(len(sure), MOST_DRAWN))
            read = dict(Image.objects.filter(pk__in=drawn).values_list("pk", "prediction"))
            Look.objects.bulk_create(
                Look(certificate=certificate, place=place, image_id=pk, prediction_id=read[pk], confidence=sure[pk])
                for place, pk in enumerate(drawn)
            )
        return certificate

    @cached_property
    def positions(self) -> list[Position]:
        errors = [ERROR_AT_ONCE, *((ERROR - ERROR_AT_ONCE) / 2**step for step in range(1, len(self.stops)))]
        return [
            Position(precision, least, accepted, error)
            for (precision, least, accepted), error in zip(self.stops, errors, strict=True)
        ]

    @cached_property
    def position(self) -> Position:
        """Where the dial stands; where the lot says nothing of that, where it stood."""
        return next((one for one in self.positions if one.sure_from == self.batch.sure_from), self.positions[0])

    @cached_property
    def drawn(self) -> list[Drawn]:
        """In the lot's order, up to where a picture was taken out of the batch: beyond that nothing is by lot."""
        right = Q(image__review__verdict=Review.Verdict.TEXT, image__review__text=F("prediction__text"))
        rows = self.looks.order_by("place").values_list(
            "place",
            "image",
            "confidence",
            "image__review__reviewer",
            truth(Q(image__review__isnull=False)),
            truth(right),
            truth(~Q(image__prediction=F("prediction"))),
        )
        found = [Drawn(*row) for row in rows]
        return [one for expected, one in enumerate(found) if one.place == expected]

    def within(self, position: Position) -> list[Drawn]:
        return [one for one in self.drawn if one.confidence >= position.sure_from]

    def looked_at(self, position: Position) -> list[Drawn]:
        """Up to the first that nobody has answered: whatever one leaves out, one does not choose what counts."""
        within = self.within(position)
        first_open = next((i for i, one in enumerate(within) if not one.is_answered), len(within))
        return within[:first_open]

    def at(self, position: Position) -> Looks:
        looked = self.looked_at(position)
        return Looks(position.accepted, len(looked), sum(not one.is_right for one in looked), position.error)

    @property
    def now(self) -> Looks:
        return self.at(self.position)

    def to_look_at(self, goal: float) -> list[int]:
        """The pictures that are still to be answered for this goal, if none of them is wrong, in the lot's order."""
        looks, within = self.now, self.within(self.position)
        ahead = within[: looks.looked + looks.needed(goal)]
        return [one.image for one in ahead if not one.is_answered]

    def can_reach(self, goal: float) -> bool:
        return self.now.looked + self.now.needed(goal) <= len(self.within(self.position))

    def stricter(self, goal: float) -> Position | None:
        """The nearest position of the dial at which that holds already."""
        beyond = [one for one in self.positions if one.sure_from > self.position.sure_from]
        return next((one for one in beyond if one.accepted and self.at(one).holds(goal)), None)

    @property
    def change(self) -> str:
        """Why it is not of what the batch accepts now; empty where it is."""
        batch = self.batch
        if (batch.read_count, batch.image_count) != (self.read_count, self.image_count):
            return gettext("Pictures have come or gone since.")
        if any(one.is_read_anew for one in self.drawn):
            return gettext("Answers were read again since.")
        if batch.rules != self.rules:
            return gettext("The batch's rules have changed since.")
        if batch.sure_from not in [one.sure_from for one in self.positions]:
            return gettext("The dial has moved since.")
        return ""

    @property
    def is_current(self) -> bool:
        return not self.change

    @property
    def sentence(self) -> str:
        """What can be promised by what was looked at until now, of which answers; nothing before the first look."""
        looks = self.now
        if not looks.looked:
            return ""
        said = [most_said(looks, self.created_at), looked_said(looks), self.known_said, self.change]
        return " ".join(part for part in said if part)

    @property
    def seen(self) -> Seen | None:
        """By the lot alone, so that nobody's choice is in it; None while too few were looked at."""
        looked = self.looked_at(self.position)
        if len(looked) < FEWEST_RANDOM_CHECKS:
            return None
        said = sum(one.confidence for one in looked) / len(looked)
        return Seen(len(looked), said, sum(one.is_right for one in looked))

    @cached_property
    def known_said(self) -> str:
        """How often whoever looked was wrong on known pictures; nothing unless each has been shown enough of them."""
        words = self.looked_at(self.position)
        people = {one.reviewer for one in words if one.reviewer is not None}
        known = Review.objects.known_checks().by_person(people)
        if any(known.get(one.reviewer or 0, NOBODY).shown < FEWEST_KNOWN_CHECKS for one in words):
            return ""
        shown, other = sum(one.shown for one in known.values()), sum(one.other for one in known.values())
        said = gettext("Of %(n)s pictures that were known already, whoever looked said something else on %(other)s.")
        return said % {"n": number(shown), "other": number(other)}


class Look(models.Model):
    """A picture of a lot. It is looked at when there is a person's word on it, whoever's and however often."""

    certificate = models.ForeignKey(
        Certificate, models.CASCADE, verbose_name=_("certificate"), related_name="looks", db_index=False
    )
    place = models.PositiveIntegerField(_("place"))
    image = models.ForeignKey(Image, models.CASCADE, verbose_name=_("picture"), related_name="looks")
    prediction = models.ForeignKey(Prediction, models.CASCADE, verbose_name=_("prediction"), related_name="+")
    confidence = models.FloatField(_("confidence"))

    class Meta:
        verbose_name = _("look")
        verbose_name_plural = _("looks")
        constraints = [
            models.UniqueConstraint(fields=["certificate", "place"], name="look_place_once_a_lot"),
            models.UniqueConstraint(fields=["certificate", "image"], name="look_picture_once_a_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.image}"


def confidences(images: ImageQuerySet) -> dict[int, float]:
    return {pk: confidence or 0.0 for pk, confidence in images.values_list("pk", "confidence")}


def truth(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def stops_of(batch: Batch, sure: dict[int, float]) -> list[tuple[float, float, int]]:
    """The dial's position and all stricter ones, with how many of these each accepts."""
    bins = batch.bins()
    found = {batch.sure_from: batch.precision}
    for precision in STOPS:
        if precision > batch.precision:
            found.setdefault(sure_from(bins, precision), precision)
    counted = ((at, least, sum(one >= least for one in sure.values())) for least, at in sorted(found.items()))
    return [(at, least, count) for at, least, count in counted if count]


def percent(share: float) -> str:
    """Rounded up: never less is promised than is known."""
    return of_tenths(math.ceil(1000 * share - ROUNDING))


def most_said(looks: Looks, drawn_at: datetime) -> str:
    facts = {
        "most": number(looks.most_left),
        "all": number(looks.whole),
        "percent": percent(looks.most_share),
        "sure": number(100 * CONFIDENCE),
        "day": date_format(timezone.localtime(drawn_at), "DATE_FORMAT"),
    }
    return sentence_of_most(looks) % facts


def sentence_of_most(looks: Looks) -> str:
    if not looks.most_left:
        return gettext("None of the %(all)s answers accepted on %(day)s is wrong, with %(sure)s %% confidence:")
    if looks.wrong:
        return ngettext(
            "At most %(most)s of the %(all)s answers accepted on %(day)s is still wrong (%(percent)s %%), "
            "with %(sure)s %% confidence:",
            "At most %(most)s of the %(all)s answers accepted on %(day)s are still wrong (%(percent)s %%), "
            "with %(sure)s %% confidence:",
            looks.most_left,
        )
    return ngettext(
        "At most %(most)s of the %(all)s answers accepted on %(day)s is wrong (%(percent)s %%), "
        "with %(sure)s %% confidence:",
        "At most %(most)s of the %(all)s answers accepted on %(day)s are wrong (%(percent)s %%), "
        "with %(sure)s %% confidence:",
        looks.most_left,
    )


def looked_said(looks: Looks) -> str:
    looked = ngettext("%(n)s drawn by lot was looked at,", "%(n)s drawn by lot were looked at,", looks.looked)
    looked %= {"n": number(looks.looked)}
    if not looks.wrong:
        return f"{looked} {gettext('none was wrong.')}"
    wrong = ngettext("%(n)s was wrong and is corrected.", "%(n)s were wrong and are corrected.", looks.wrong)
    return f"{looked} {wrong % {'n': number(looks.wrong)}}"
