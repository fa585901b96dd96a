"""The dial: how many answers to accept so that a given share of them is expected to be right.

A calibrated confidence is the probability that an answer is right, so the mean confidence of some answers is the
precision to expect of them. The surest are accepted, as many as keep that mean at the target.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, IntegerField, Min, Q, Sum
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext, ngettext

from webapp.calibration import Curve
from webapp.figures import number, of_tenths
from webapp.models.batch.rules import Expectations
from webapp.models.claimable import State
from webapp.models.prediction import Prediction

STOPS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
# An answer less likely right than wrong is not accepted, however sure its neighbours are.
LEAST_ACCEPTED = 0.5
BINS = 10_000
NOTHING_IS_SURE = 2.0
# Sums of a hundred thousand confidences are exact to about this.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of nearly the same confidence; `free` are those that nothing but the dial sends to a person."""

    least: float
    count: int
    total: float
    free_count: int
    free_total: float


@dataclass(frozen=True, slots=True)
class Stop:
    """What the dial would do at one precision, where the surest answers are so sure."""

    precision: float
    accepted: int
    to_check: int
    errors: float
    surest: float

    @property
    def percent(self) -> float:
        return round(100 * self.precision, 2)

    @property
    def errors_expected(self) -> int:
        return round(self.errors)

    @property
    def sentence(self) -> str:
        """What to expect of the accepted; where there are none, why."""
        if not self.accepted:
            return self.why_none
        if not self.errors_expected:
            return gettext("less than one error expected among the accepted")
        return ngettext(
            "about %(n)s error expected among the accepted",
            "about %(n)s errors expected among the accepted",
            self.errors_expected,
        ) % {"n": number(self.errors_expected)}

    @property
    def why_none(self) -> str:
        if not self.to_check:
            return gettext("a person has checked all that was read")
        if self.precision >= 1:
            return gettext("everything is for you to check")
        if self.surest < LEAST_ACCEPTED:
            return gettext("no answer is likelier right than wrong")
        if self.surest < self.precision:
            said = gettext("no answer is %(precision)s sure: the surest is %(surest)s sure")
            return said % {
                "precision": percent(round(1000 * self.precision)),
                "surest": percent(int(1000 * self.surest)),
            }
        return gettext("what is sure enough was checked already or breaks a rule")


def percent(tenths: int) -> str:
    return f"{of_tenths(tenths)}\N{NO-BREAK SPACE}%"


def sure_from(bins: Iterable[Bin], precision: float) -> float:
    """The least confidence that is accepted; `bins` come surest first."""
    count, total, least = 0, 0.0, NOTHING_IS_SURE
    if precision >= 1:
        return least
    for one in bins:
        count, total = count + one.count, total + one.total
        if one.total < LEAST_ACCEPTED * one.count or total < precision * count - ROUNDING:
            break
        least = one.least
    return least


def stops(bins: Sequence[Bin], unchecked: int, chosen: float) -> list[Stop]:
    """Every stop of the dial, the chosen one among them, for a batch with so many answers not checked by a person."""
    rows, surest = [], bins[0].total / bins[0].count if bins else 0.0
    for precision in sorted({*STOPS, chosen}):
        least = sure_from(bins, precision)
        accepted = [one for one in bins if one.least >= least]
        count = sum(one.free_count for one in accepted)
        errors = count - sum(one.free_total for one in accepted)
        rows.append(Stop(precision, count, unchecked - count, max(errors, 0.0), surest))
    return rows


class Dial(Expectations):
    class Meta:
        abstract = True

    @property
    def precision_percent(self) -> float:
        return round(100 * self.precision, 2)

    @property
    def curve(self) -> Curve:
        """From how sure the model says it is of an answer to how likely that is right."""
        return Curve.of(self.calibration)

    def believe(self, curve: Curve) -> None:
        """Go by what was checked, from now on."""
        if curve == self.curve:
            return
        with transaction.atomic():
            batch = self.itself.select_for_update().get()
            batch.calibration = curve.stored()
            # What breaks a rule breaks it however sure it is.
            self.itself.update(calibration=batch.calibration, sure_from=sure_from(batch.bins(), batch.precision))
        self.refresh_from_db()

    def bins(self) -> list[Bin]:
        """The confidences of what was read, surest first, in the few numbers that the dial needs."""
        free = Q(review=None, broken_rule="", outcome=Prediction.Outcome.READ)
        rows = (
            self.images.filter(state=State.DONE, confidence__gte=self.curve.said(LEAST_ACCEPTED))
            .values(bin=Cast(F("confidence") * BINS, IntegerField()))
            .annotate(
                least=Min("confidence"),
                count=Count("pk"),
                total=Sum("confidence"),
                free_count=Count("pk", filter=free),
                free_total=Coalesce(Sum("confidence", filter=free), 0.0),
            )
            .order_by("-least")
            .values_list("least", "count", "total", "free_count", "free_total")
        )
        curve = self.curve
        return [
            Bin(
                least, count, count * curve.likely(total / count), free, free and free * curve.likely(free_total / free)
            )
            for least, count, total, free, free_total in rows
        ]

    def dial_stops(self, standings: Mapping[str, int]) -> list[Stop]:
        return stops(self.bins(), standings["sure"] + standings["doubtful"], self.precision)

    @property
    def stop(self) -> Stop:
        """Where it stands."""
        return next(stop for stop in self.dial_stops(self.standings()) if stop.precision == self.precision)

    def turn_dial(self, precision: float) -> None:
        """Accept answers at another expected precision."""
        self.decide(precision=precision)

    def settle(self, changed: Collection[int] | None = None) -> None:
        """Decide anew what is accepted and what a person should check; within a transaction that holds its lock.

        What each answer breaks by itself is decided of those that have `changed` alone, where it is said which did.
        """
        least = sure_from(self.bins(), self.precision)
        if least != self.sure_from:
            self.itself.update(sure_from=least)
        alone = changed is not None and not self.expectations.compare
        self.mark_broken(self.images.filter(pk__in=changed or []) if alone else None)
