from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp import jobs
from webapp.faults import Coded, coded, in_words
from webapp.models.claimable import Claimable, ClaimableQuerySet, State
from webapp.models.model_version import ModelVersion, TrainedModel
from webapp.models.site_policy import SitePolicy
from webapp.models.user import User

# Asking twice within this time is asking once.
SLOT = timedelta(minutes=10)
OPEN = [State.WAITING, State.RUNNING]


def slot_of(moment: datetime) -> str:
    """The name of the ten minutes in which this moment lies."""
    seconds = int(SLOT.total_seconds())
    start = datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)
    return f"{start:%Y-%m-%d %H:%M} UTC"


class TrainingRunQuerySet(ClaimableQuerySet["TrainingRun"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def judged(self) -> Self:
        """Those that ended with a verdict."""
        return self.exclude(verdict={})

    def of_same_answers(self, fingerprint: str, method: str, champion: ModelVersion | None) -> Self:
        """Those that judged what exactly this data makes, beside this champion or as what made it."""
        beside = Q(parent=champion) | Q(version=champion)
        return self.filter(beside, fingerprint=fingerprint, method=method).judged().newest_first()

    def begin(
        self,
        why: "TrainingRun.Why",
        asked_by: User | None = None,
        slot: str | None = None,
        repeats: "TrainingRun | None" = None,
        **details: Any,
    ) -> "tuple[TrainingRun, bool]":
        """The run of this slot and whether it is new; where another run is open, that one.

        The constraints decide between two who ask at once: the second finds the first one's run.
        """
        slot = slot or slot_of(timezone.now())
        try:
            with transaction.atomic():
                run, new = self.get_or_create(
                    slot=slot, defaults={"why": why, "asked_by": asked_by, "repeats": repeats, **details}
                )
                if new:
                    jobs.train(run.pk)
                return run, new
        except IntegrityError:
            return self.open().first() or self.get(slot=slot), False

    def send(self) -> None:
        for pk in self.values_list("pk", flat=True):
            jobs.train(pk)


class TrainingRun(Claimable):
    """One attempt to make a better model of what people corrected. At most one is open, by constraint."""

    GAVE_UP = "training_gave_up"

    class Why(models.TextChoices):
        SCHEDULE = "schedule", _("on schedule")
        PERSON = "person", _("asked for by a person")
        REPEAT = "repeat", _("to repeat an earlier one")
        SHIPPED = "shipped", _("a newer model came with an upgrade")

    class Method(models.TextChoices):
        TUNE = "tune", _("tuned, old digits rehearsed")
        SCRATCH = "scratch", _("a new network from its beginning")
        JUDGE = "judge", _("no training: judge a model that is there")

    class Step(models.TextChoices):
        GATHER = "gather", _("Gathering and screening")
        LEARN = "learn", _("Learning")
        JUDGE = "judge", _("Being judged")
        STORE = "store", _("Being stored")

    class Outcome(models.TextChoices):
        NONE = "", _("not ended")
        SKIPPED = "skipped", _("Skipped")
        PROMOTED = "promoted", _("Promoted")
        ASKS = "asks", _("Passed; waits for a person")
        KEPT = "kept", _("Passed; kept")
        REJECTED = "rejected", _("Rejected")

    slot = models.CharField(
        _("slot"),
        max_length=60,
        unique=True,
        help_text=_("One run for each ten minutes; one that was skipped takes none."),
    )
    why = models.CharField(_("why"), max_length=8, choices=Why.choices)
    method = models.CharField(_("method"), max_length=7, choices=Method.choices, default=Method.TUNE)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    repeats = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("repeats"), null=True, blank=True, related_name="repetitions"
    )
    seed = models.PositiveIntegerField(_("seed"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    cancel_asked = models.BooleanField(_("cancel asked"), default=False)
    step = models.CharField(_("step"), max_length=6, choices=Step.choices, blank=True)
    parent = models.ForeignKey(
        ModelVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("champion then")
    )
    version = models.ForeignKey(
        ModelVersion, models.PROTECT, null=True, blank=True, related_name="runs", verbose_name=_("judged")
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    data = models.JSONField(_("data"), default=dict, help_text=_("Numbers of reviews and counts; no answers."))
    config = models.JSONField(_("configuration"), default=dict)
    history = models.JSONField(_("epochs"), default=list)
    verdict = models.JSONField(_("verdict"), default=dict)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, blank=True)
    reasons = models.JSONField(_("in words"), default=list, blank=True)

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")
        constraints = [
            models.UniqueConstraint(
                Case(When(state__in=OPEN, then=Value(1)), default=None, output_field=models.IntegerField()),
                name="one_open_training_run",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Run %(number)s") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("admin:webapp_trainingrun_watch", args=[self.pk])

    @property
    def standing(self) -> str:
        """Where it stands, for a person."""
        if self.state == State.DONE:
            return str(self.get_outcome_display())
        if self.state == State.RUNNING:
            return str(self.get_step_display() or _("Starting"))
        return str({State.FAILED: _("Failed"), State.CANCELLED: _("Cancelled")}.get(State(self.state), _("Waiting")))

    @property
    def said(self) -> str:
        """Its reasons in sentences of the language that is active."""
        return in_words(self.reasons)

    @property
    def words(self) -> str:
        """What became of it, in the language that is active."""
        return f"{self.said} {self.error}".strip()

    @property
    def epochs_planned(self) -> int:
        return int(self.config.get("epochs", 0))

    @property
    def seconds_left(self) -> float | None:
        """By the pace of the epochs that are done; judging and storing take about as long as one of them."""
        if self.step != self.Step.LEARN or not self.history or not self.is_open:
            return None
        pace = float(self.history[-1].get("seconds", 0)) / len(self.history)
        return pace * (self.epochs_planned - len(self.history) + 1)

    def cancel(self) -> None:
        """What waits is cancelled at once; what runs stops after its epoch."""
        mine = TrainingRun.objects.filter(pk=self.pk)
        mine.open().update(cancel_asked=True)
        mine.cancel()

    def repeat(self, asked_by: User | None = None) -> "TrainingRun":
        """A new run from the same answers, parent and seed. It fails where some of them have been deleted since."""
        return TrainingRun.objects.begin(
            TrainingRun.Why.REPEAT,
            asked_by,
            slot=f"{slot_of(timezone.now())} ({gettext('repeats')} {self.pk})",
            repeats=self,
            method=self.method,
            seed=self.seed,
        )[0]

    def unchanged_since(self) -> "TrainingRun | None":
        same = TrainingRun.objects.of_same_answers(self.fingerprint, self.method, self.parent)
        return same.filter(pk__lt=self.pk).first()

    def stop(self, fence: int) -> None:
        """End it as cancelled: it was asked to, and has."""
        mine = TrainingRun.objects.held_by(fence).filter(pk=self.pk)
        mine.move(State.CANCELLED, ended_at=timezone.now(), reasons=[coded("cancelled")])

    def skip(self, fence: int, reasons: list[Coded]) -> None:
        """End it without a training. Its slot is free again: whoever has mended what was missing need not wait."""
        self.end(fence, self.Outcome.SKIPPED, reasons, slot=f"{self.slot} ({self.pk})")

    def end(self, fence: int, outcome: str, reasons: list[Coded], **changes: Any) -> bool:
        """Whether it was still this fence's to end."""
        ended = TrainingRun.objects.finish(
            fence, [self.pk], outcome=outcome, reasons=reasons, step="", ended_at=timezone.now(), **changes
        )
        return bool(ended)

    def conclude(
        self, fence: int, passed: bool, reasons: list[Coded], verdict: dict[str, Any], model: TrainedModel, size: int
    ) -> bool:
        """Register what was made and let the policy decide: one transaction, and only for who holds the fence.

        What passed against a champion that has gone meanwhile has not been compared with the one that reads now.
        """
        with transaction.atomic():
            if not TrainingRun.objects.held_by(fence).filter(pk=self.pk).locked_ids():
                return False
            tuned_from = self.parent.origin if self.parent and self.method == self.Method.TUNE else None
            version = self.version or ModelVersion.register_trained(model, size, tuned_from, verdict.get("test"))
            outcome = self.outcome_of(passed)
            if passed and outcome == self.Outcome.KEPT and ModelVersion.objects.champion() != self.parent:
                reasons = [*reasons, coded("another_champion")]
            if outcome == self.Outcome.PROMOTED:
                version.promote(reasons=reasons)
            elif outcome == self.Outcome.REJECTED:
                version.reject(reasons)
            return self.end(fence, outcome, reasons, version=version, verdict=verdict)

    def outcome_of(self, passed: bool) -> str:
        """What the site's policy makes of a verdict."""
        if not passed:
            return self.Outcome.REJECTED
        policy = SitePolicy.current().promotion
        if ModelVersion.objects.champion() != self.parent or policy == SitePolicy.Promotion.NEVER:
            return self.Outcome.KEPT
        return self.Outcome.PROMOTED if policy == SitePolicy.Promotion.AUTOMATIC else self.Outcome.ASKS
