from collections.abc import Collection
from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp import jobs
from webapp.models.batch import Batch
from webapp.models.claimable import Claimable, ClaimableQuerySet, State, parted
from webapp.models.image import Image
from webapp.models.images import ImageQuerySet, answered_by, sort_values
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.user import User

ROWS_A_STATEMENT = 2000


Order = TypeVar("Order", bound="RereadingOrder", covariant=True)


class OrderQuerySet(models.QuerySet[Order]):
    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def of_everything(self) -> Self:
        return self.filter(batch=None)

    def that_count(self) -> Self:
        return self.filter(trial="")

    def trials(self) -> Self:
        return self.exclude(trial="")

    def with_outcome(self) -> Self:
        """Each with how many pictures `differ`, and whether any `is_open`: from indexes, however many it has."""
        mine = Rereading.objects.filter(order=OuterRef("pk"))
        differing = mine.differing().order_by().values("order").annotate(count=Count("pk")).values("count")
        orders = self.select_related("model_version").defer("model_version__card")  # a report card is long
        return orders.annotate(differ=Coalesce(Subquery(differing), 0), is_open=Exists(mine.open_work()))


class RereadingOrder(models.Model):
    """Somebody's wish to have pictures read again with one model version: a batch, or all that they have."""

    class Trial(models.TextChoices):
        OPEN = "open", _("open")
        APPLIED = "applied", _("applied")
        LEFT = "left", _("left")

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("asked by"), related_name="rereading_orders"
    )
    batch = models.ForeignKey(
        Batch, models.CASCADE, verbose_name=_("batch"), null=True, blank=True, related_name="rereading_orders"
    )
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, verbose_name=_("model version"), related_name="+")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    trial = models.CharField(
        _("trial"),
        max_length=7,
        choices=Trial.choices,
        blank=True,
        help_text=_("Whether its answers are a trial, and what has become of it; else they count at once."),
    )
    patterns = models.JSONField(
        _("patterns"), default=dict, blank=True, help_text=_("What is tried: how checked answers are written.")
    )

    differ: int  # these two of one that is asked for with its outcome
    is_open: bool

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("rereading")
        verbose_name_plural = _("rereadings")

    def __str__(self) -> str:
        return f"{self.batch or _('all pictures')}, {self.model_version}"

    def get_absolute_url(self) -> str:
        return reverse("rereading", args=[self.pk])

    @classmethod
    def place(cls, asked_by: User, images: ImageQuerySet, batch_pk: int | None = None) -> "RereadingOrder | None":
        """Have these pictures read again by the champion; None where there is none or it has read them all.

        What it has read already with the same hints, and what another order still waits for, is left out.
        """
        champion = ModelVersion.objects.champion()
        if champion is None:
            return None
        waiting = Rereading.objects.filter(
            order__in=cls.objects.that_count(), order__model_version=champion
        ).open_work()
        order = cls(asked_by=asked_by, batch_id=batch_pk, model_version=champion)
        todo = images.outdated(champion).exclude(pk__in=waiting.values("image"))
        return order if order.read_again(todo) else None

    def read_again(self, images: ImageQuerySet) -> bool:
        """Have these pictures read for it; where there are none it is not stored."""
        with transaction.atomic():
            rows = list(images.order_by("pk").values_list("pk", "size", "prediction"))
            if not rows:
                return False
            self.save()
            drafts = [Rereading(order=self, image_id=pk, size=size, before_id=before) for pk, size, before in rows]
            jobs.read_again(Rereading.objects.bulk_create(drafts, batch_size=ROWS_A_STATEMENT))
        return True

    @property
    def counts(self) -> dict[str, int]:
        return self.rereadings.aggregate(
            whole=Count("pk"),
            open=Count("pk", filter=Q(state__in=[State.WAITING, State.RUNNING])),
            read=Count("pk", filter=Q(state=State.DONE)),
            failed=Count("pk", filter=Q(state=State.FAILED)),
            differ=Count("pk", filter=Q(differs=True)),
        )


class RereadingQuerySet(ClaimableQuerySet["Rereading"]):
    def differing(self) -> Self:
        return self.filter(differs=True)

    def with_answers(self) -> Self:
        return self.select_related("image__batch", "image__review", "before", "after")

    def of_pictures(self, pictures: Collection[int]) -> Self:
        return self.filter(image__in=pictures)

    def pictures(self, fence: int, ids: Collection[int]) -> ImageQuerySet:
        """What a worker that holds these, all of one order, is to open."""
        held = self.held_by(fence).filter(pk__in=ids)
        trial = RereadingOrder.objects.filter(rereadings__in=held).exclude(trial="").first()
        return Image.objects.filter(pk__in=held.values("image")).to_open(trial.patterns if trial else None)

    def fail_pictures(self, fence: int, ids: Collection[int], code: str, **values: Any) -> list[int]:
        """These pictures cannot be read any more; they keep the answers that they have."""
        return self.held_by(fence).filter(image__in=ids).move(State.FAILED, error_code=code, error_values=values)

    def record(self, fence: int, predictions: Collection[Prediction]) -> list[int]:
        """Store what was read again and, unless it is a trial, make it the pictures' current prediction, in one
        transaction.

        The earlier prediction stays, and so does the word of a person where there is one.
        """
        if not predictions:
            return []
        one = next(iter(predictions))
        mine = {"model_version": one.model_version_id}
        said = Prediction.objects.filter(image=OuterRef("pk"), **mine).newest_first()
        after = Prediction.objects.filter(image=OuterRef("image"), **mine).newest_first()
        with transaction.atomic():
            rows = self.held_by(fence).filter(image__in=[p.image_id for p in predictions]).order_by("pk")
            held = dict(rows.select_for_update().values_list("pk", "image_id"))
            counting = self.filter(pk__in=held, order__trial="")
            images = Image.objects.filter(pk__in=counting.values("image"), state=State.DONE)
            images.order_by("pk").locked_ids()
            batches = dict(Image.objects.filter(pk__in=held.values()).values_list("pk", "batch"))
            kept = [p for p in predictions if p.image_id in batches]
            Prediction.objects.upsert(kept)
            images.update(**answered_by(said, one.model_version, sort_values(kept, batches)))
            Batch.objects.filter(pk__in=images.values("batch")).settle()
            self.filter(pk__in=held).update(after=Subquery(after.values("pk")[:1]))
            changed = self.filter(pk__in=held).exclude(
                before__text=F("after__text"), before__outcome=F("after__outcome")
            )
            self.filter(pk__in=list(changed.values_list("pk", flat=True))).update(differs=True)
            return self.finish(fence, held)

    def send(self, most: int = jobs.CHUNK_SIZE) -> None:
        for rows in parted(self.only("pk", "size", "order"), lambda row: row.order_id).values():
            jobs.read_again(rows, most)

    def send_tried(self) -> None:
        for row in self.only("pk", "size"):
            jobs.read_again([row])


class Rereading(Claimable):
    """One picture to be read again. Its answer stays what it is until that has succeeded."""

    GAVE_UP = "rereading_gave_up"
    OWNER = "order__asked_by"

    order = models.ForeignKey(RereadingOrder, models.CASCADE, verbose_name=_("order"), related_name="rereadings")
    image = models.ForeignKey(Image, models.CASCADE, verbose_name=_("image"), related_name="rereadings")
    size = models.PositiveBigIntegerField(_("size"), default=0, help_text=_("Bytes."))
    before = models.ForeignKey(
        Prediction, models.SET_NULL, verbose_name=_("before"), null=True, blank=True, related_name="+"
    )
    after = models.ForeignKey(
        Prediction, models.SET_NULL, verbose_name=_("after"), null=True, blank=True, related_name="+"
    )
    differs = models.BooleanField(_("differs"), default=False)

    objects = RereadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture to read again")
        verbose_name_plural = _("pictures to read again")
        constraints = [models.UniqueConstraint(fields=["order", "image"], name="rereading_once_an_order")]
        indexes = [
            Claimable.open_work_index("rereading_open_work"),
            # Few, and counted wherever the order is named.
            models.Index(fields=["order"], name="rereading_differing", condition=Q(differs=True)),
        ]

    def __str__(self) -> str:
        return str(self.image)
