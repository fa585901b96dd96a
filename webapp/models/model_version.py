from typing import Any, Self

from django.db import models, transaction
from django.utils import timezone


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def champion(self) -> "ModelVersion | None":
        return self.filter(state=ModelVersion.State.CHAMPION).first()

    def shipped(self) -> Self:
        return self.exclude(shipped_as="")


class ModelVersion(models.Model):
    """A trained model that predictions can name. At most one is champion: the one that reads."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        CHAMPION = "champion", "Champion"
        RETIRED = "retired", "Retired"
        REJECTED = "rejected", "Rejected"

    number = models.PositiveIntegerField(unique=True)
    architecture = models.CharField(max_length=40)
    shipped_as = models.CharField(max_length=40, blank=True, help_text="Its folder under recognizer/weights.")
    sha256 = models.CharField(max_length=64, unique=True)
    card = models.JSONField(default=dict, help_text="Report card: how it scored, on what, trained how.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.CANDIDATE)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="champion"), name="one_champion"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.shipped_as or self.architecture})"

    @classmethod
    def register_shipped(cls, name: str, sha256: str, card: dict[str, Any]) -> "ModelVersion":
        """Make a model that came with this release known; calling again changes nothing."""
        with transaction.atomic():
            known = cls.objects.select_for_update().order_by("number").last()
            version, _ = cls.objects.get_or_create(
                sha256=sha256,
                defaults={
                    "number": known.number + 1 if known else 1,
                    "architecture": card.get("architecture", name),
                    "shipped_as": name,
                    "card": card,
                },
            )
        return version

    def promote(self) -> None:
        with transaction.atomic():
            champions = type(self).objects.filter(state=self.State.CHAMPION).exclude(pk=self.pk)
            champions.update(state=self.State.RETIRED)
            self.state = self.State.CHAMPION
            self.save(update_fields=["state"])

    def succeeds(self, champion: "ModelVersion | None") -> bool:
        """A newer shipped model takes over by itself only from a champion that also shipped."""
        return champion is None or (bool(champion.shipped_as) and champion.number < self.number)
