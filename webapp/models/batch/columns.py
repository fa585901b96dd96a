"""What is stored of a batch."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.batch.queryset import BatchQuerySet
from webapp.models.site_policy import PRECISION_RANGE, site_precision

if TYPE_CHECKING:
    from webapp.models.images import ImageQuerySet
    from webapp.models.upload import UploadQuerySet


class Columns(models.Model):
    images: "ImageQuerySet"
    uploads: "UploadQuerySet"

    class Source(models.TextChoices):
        SITE = "site", _("Web site")
        DRAWING = "drawing", _("Drawing")
        API = "api", "API"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"), related_name="batches")
    name = models.CharField(_("name"), max_length=200)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("reviewer"),
        null=True,
        blank=True,
        related_name="batches_to_review",
        help_text=_("May see and correct its pictures."),
    )
    key = models.CharField(
        _("key"),
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Its client's own: asked for once."),
    )
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, default=Source.SITE)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_index=True)
    expected = models.PositiveIntegerField(_("expected"), help_text=_("How many pictures are to come in all."))
    last_arrival = models.DateTimeField(_("last arrival"), default=timezone.now)
    sealed = models.BooleanField(_("sealed"), default=False, help_text=_("All pictures have come."))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    first_result_at = models.DateTimeField(_("first result at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    deleting_since = models.DateTimeField(_("being deleted since"), null=True, blank=True, editable=False)
    told_at = models.DateTimeField(_("told at"), null=True, blank=True, editable=False)
    image_count = models.PositiveIntegerField(_("image count"), default=0)
    upload_count = models.PositiveIntegerField(
        _("upload count"), default=0, help_text=_("Files that hold several pictures.")
    )
    unpacked_count = models.PositiveIntegerField(
        _("unpacked count"), default=0, help_text=_("Those of them that have ended.")
    )
    stored_bytes = models.PositiveBigIntegerField(
        _("stored bytes"), default=0, help_text=_("Of its pictures as they came.")
    )
    read_count = models.PositiveIntegerField(_("read count"), default=0)
    failed_count = models.PositiveIntegerField(_("failed count"), default=0)
    cancelled_count = models.PositiveIntegerField(_("cancelled count"), default=0)
    precision = models.FloatField(
        _("precision"),
        default=site_precision,
        validators=PRECISION_RANGE,
        help_text=_("Expected precision of what is accepted."),
    )
    sure_from = models.FloatField(
        _("sure from"),
        default=0.95,
        help_text=_("The least confidence that is accepted at that precision."),
    )
    held_out = models.BooleanField(
        _("held out"),
        null=True,
        editable=False,
        help_text=_("Models are judged by it and never learn from it. Not known before its first answer."),
    )
    reopened_at = models.DateTimeField(
        _("reopened at"), null=True, blank=True, editable=False, help_text=_("When pictures were last added to it.")
    )
    count_before = models.PositiveIntegerField(
        _("count before"), default=0, editable=False, help_text=_("How many pictures it had then.")
    )
    indexes_taken = models.PositiveBigIntegerField(
        _("indexes taken"), default=0, editable=False, help_text=_("Those below are given away for good.")
    )
    also_in = models.JSONField(
        _("also in"), default=dict, editable=False, help_text=_("Other batches with the same files, and how many.")
    )
    held_out_one_in = models.PositiveSmallIntegerField(
        _("held out one in"),
        default=1,
        editable=False,
        help_text=_("Of what is held out, only one picture in so many is; the others are learned from."),
    )
    rules = models.JSONField(_("rules"), default=dict, blank=True, help_text=_("What the numbers are expected to be."))
    hints = models.JSONField(
        _("hints"), default=dict, blank=True, help_text=_("What is known of the numbers before they are read.")
    )
    patterns = models.JSONField(
        _("patterns"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("How checked answers are written, and how many so: applied to what is read from now on."),
    )
    adapts = models.BooleanField(
        _("adapts"), default=False, help_text=_("What checked answers show is applied without asking.")
    )
    calibration = models.JSONField(
        _("calibration"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("How likely answers are right that are said to be so sure, by those that were checked."),
    )
    notation = models.JSONField(
        _("notation"),
        default=dict,
        blank=True,
        help_text=_("How the numbers are written; nothing as long as nobody has said."),
    )
    valued = models.BooleanField(
        _("valued"), default=True, editable=False, help_text=_("Each picture knows what its answer is worth by that.")
    )

    objects = BatchQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def itself(self) -> BatchQuerySet:
        """Its row, for what is decided or counted where it lies."""
        return BatchQuerySet(type(self)).filter(pk=self.pk)
