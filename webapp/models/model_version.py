from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.faults import Coded, coded, in_words
from webapp.models.user import User

MODELS = "models/"


class TrainedModel(Protocol):
    """What the registry needs to know of a model that was trained; recognizer's artifacts are such."""

    @property
    def sha256(self) -> str: ...

    @property
    def card(self) -> Mapping[str, Any]: ...


class CannotPromote(Exception):
    """This version may not become champion as things stand; the message says why."""


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def champion(self) -> "ModelVersion | None":
        return self.filter(state=ModelVersion.State.CHAMPION).first()

    def shipped(self) -> Self:
        return self.exclude(shipped_as="")

    def newest_first(self) -> Self:
        return self.order_by("-number")


class ModelVersion(models.Model):
    """A trained model that predictions can name. At most one is champion: the one that reads."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", _("Candidate")
        CHAMPION = "champion", _("Champion")
        RETIRED = "retired", _("Retired")
        REJECTED = "rejected", _("Rejected")

    number = models.PositiveIntegerField(_("number"), unique=True)
    architecture = models.CharField(_("architecture"), max_length=40)
    shipped_as = models.CharField(
        _("shipped as"), max_length=40, blank=True, help_text=_("Its name among the models that came with a release.")
    )
    sha256 = models.CharField(_("sha256"), max_length=64, unique=True)
    size = models.PositiveBigIntegerField(_("size"), default=0, help_text=_("Bytes of the files together."))
    card = models.JSONField(_("card"), default=dict, help_text=_("Report card: how it scored, on what, trained how."))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.CANDIDATE)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("tuned from"), null=True, blank=True, related_name="children"
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    load_faults = models.JSONField(
        _("load error"),
        default=list,
        blank=True,
        help_text=_("Why a worker could not load it, and went on with another."),
    )

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="champion"), name="one_champion"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.shipped_as or self.architecture})"

    @property
    def storage_prefix(self) -> str:
        """Where the files of a version that was trained here lie in storage: written once, under its own checksum."""
        return f"{MODELS}{self.sha256}/"

    @property
    def test_accuracy(self) -> float | None:
        accuracy = self.card.get("test", {}).get("accuracy")
        return float(accuracy) if accuracy is not None else None

    @property
    def load_error(self) -> str:
        """In a sentence of the language that is active."""
        return in_words(self.load_faults)

    @property
    def origin(self) -> "ModelVersion":
        """The version that was trained from its beginning, and whose weights this one was tuned from. Of one that
        shipped the files of earlier releases are gone, so it is the latest of its name."""
        first = self.parent.origin if self.parent else self
        if not first.shipped_as:
            return first
        return ModelVersion.objects.filter(shipped_as=first.shipped_as).order_by("number").last() or first

    @property
    def is_champion(self) -> bool:
        return self.state == self.State.CHAMPION

    @classmethod
    def register_shipped(
        cls, name: str, sha256: str, card: dict[str, Any], size: int = 0
    ) -> "tuple[ModelVersion, bool]":
        """Make a model that came with this release known, and say whether it was new; again, nothing changes."""
        version, new = cls.register(
            sha256, card, architecture=card.get("architecture", name), shipped_as=name, size=size
        )
        if version.card != card:  # an upgrade has sealed it anew, with more on its card
            version.card, version.size = card, size
            version.save(update_fields=["card", "size"])
        return version, new

    @classmethod
    def register_trained(
        cls,
        model: TrainedModel,
        size: int,
        parent: "ModelVersion | None" = None,
        test: Mapping[str, Any] | None = None,
    ) -> "ModelVersion":
        """Make a model that was trained here known. Its files must lie under `storage_prefix` already."""
        card = dict(model.card) | ({"test": test["challenger"]} if test else {})
        return cls.register(model.sha256, card, architecture=card["architecture"], parent=parent, size=size)[0]

    @classmethod
    def register(cls, sha256: str, card: dict[str, Any], **details: Any) -> "tuple[ModelVersion, bool]":
        with transaction.atomic():
            known = cls.objects.select_for_update().order_by("number").last()
            number = known.number + 1 if known else 1
            return cls.objects.get_or_create(sha256=sha256, defaults={"number": number, "card": card, **details})

    def promote(self, by: User | None = None, reasons: Sequence[Coded] = (), action: str = "promoted") -> None:
        """Make it champion. Workers read with it from their next chunk on."""
        with transaction.atomic():
            # One promotion at a time: the second sees the first one's champion.
            list(ModelVersion.objects.select_for_update().order_by("pk").values_list("pk"))
            before = ModelVersion.objects.champion()
            if before == self:
                return
            if before is not None:
                before._become(self.State.RETIRED)
            self._become(self.State.CHAMPION)
            self.changes.create(action=action, by=by, reasons=list(reasons), before=before)

    def retire(self, by: User | None = None) -> None:
        """Put it aside. Raises CannotPromote for the champion: another has to take its place first."""
        self.refresh_from_db(fields=["state"])
        if self.is_champion:
            raise CannotPromote(_("The champion reads; promote another version in its place instead."))
        with transaction.atomic():
            self._become(self.State.RETIRED)
            self.changes.create(action=ModelChange.Action.RETIRED, by=by)

    def reject(self, reasons: Sequence[Coded]) -> None:
        with transaction.atomic():
            self._become(self.State.REJECTED)
            self.changes.create(action=ModelChange.Action.REJECTED, reasons=list(reasons))

    def _become(self, state: "ModelVersion.State") -> None:
        self.state = state
        self.save(update_fields=["state"])

    @classmethod
    def roll_back(cls, by: User | None = None) -> "ModelVersion":
        """Give the champion's place back to the one before it. Rolling back twice goes back two steps.

        Raises CannotPromote where there was none before.
        """
        with transaction.atomic():
            champion = cls.objects.select_for_update().champion()
            rise = champion and champion.changes.exclude(before=None).filter(action=ModelChange.Action.PROMOTED).last()
            if champion is None or not rise or rise.before is None:
                raise CannotPromote(_("There was no champion before this one."))
            why = coded("rolled_back", version=str(champion))
            rise.before.promote(by, [why], ModelChange.Action.ROLLED_BACK)
        return rise.before

    def could_not_load(self, reason: Coded) -> None:
        """Say so where staff look, once for each reason."""
        self.note_load_faults([reason])

    def loaded(self) -> None:
        self.note_load_faults([])

    def note_load_faults(self, faults: list[Coded]) -> None:
        ModelVersion.objects.filter(pk=self.pk).exclude(load_faults=faults).update(load_faults=faults)

    def succeeds(self, champion: "ModelVersion | None") -> bool:
        """A newer shipped model takes over by itself only from a champion that also shipped."""
        return champion is None or (bool(champion.shipped_as) and champion.number < self.number)


class ModelChange(models.Model):
    """Who gave a version another state, when and why. Written, never rewritten."""

    class Action(models.TextChoices):
        PROMOTED = "promoted", _("Promoted")
        ROLLED_BACK = "rollback", _("Rolled back to")
        RETIRED = "retired", _("Retired")
        REJECTED = "rejected", _("Rejected")

    version = models.ForeignKey(ModelVersion, models.CASCADE, verbose_name=_("version"), related_name="changes")
    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    before = models.ForeignKey(
        ModelVersion,
        models.SET_NULL,
        verbose_name=_("before"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The champion until then."),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("by"), null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    reasons = models.JSONField(_("why"), default=list, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("model change")
        verbose_name_plural = _("model changes")

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.version}"

    @property
    def why(self) -> str:
        """Its reasons in sentences of the language that is active."""
        return in_words(self.reasons)
