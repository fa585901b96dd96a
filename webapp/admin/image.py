from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.admin.as_csv import as_csv
from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.models import Image
from webapp.models.claimable import State
from webapp.templatetags.reading import data_uri


class WhyNot(admin.SimpleListFilter):
    """By the reason for which pictures could not be read, in words."""

    title = _("error")
    parameter_name = "error_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(row["error_code"], row["error"]) for row in Image.objects.with_outcome(State.FAILED).by_error()]

    def queryset(self, request: HttpRequest, images: QuerySet[Image]) -> QuerySet[Image]:
        return images.filter(error_code=self.value(), state=State.FAILED) if self.value() else images


@admin.register(Image)
class ImageAdmin(HistoryOnlyAdmin):
    list_display = [
        "thumbnail",
        "name",
        "batch",
        "state",
        "prediction",
        "review",
        "attempts",
        "why_not",
        "created_at",
        "ended_at",
    ]
    list_display_links = ["name"]
    list_per_page = 25  # thumbnails, three joins: what a page may take at a million pictures
    list_filter = ["state", WhyNot, "prediction__outcome", "created_at"]
    list_select_related = ["batch", "prediction", "review"]
    search_fields = ["name", "batch__name", "prediction__text", "review__text", "sha256"]
    show_full_result_count = False
    exclude = ["file", "error_values"]  # the file is never served as it came
    readonly_fields = ["why_not", "glyphs"]
    actions = ["cancel", "retry", "export"]

    @admin.display(description=_("picture"))
    def thumbnail(self, image: Image) -> str:
        said = image.prediction
        if said is None:
            return "–"
        return format_html('<img class="thumbnail" src="{}" alt="">', data_uri(said.copy or said.glyphs))

    @admin.display(description=_("error"))
    def why_not(self, image: Image) -> str:
        return image.error

    @admin.display(description=_("what the model saw"))
    def glyphs(self, image: Image) -> str:
        if not image.prediction:
            return gettext("nothing yet")
        return format_html('<img src="{}" alt="{}">', data_uri(image.prediction.glyphs), image.prediction.text)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webapp.change_image")

    @admin.action(description=_("Take answers away (CSV)"), permissions=["view"])
    def export(self, request: HttpRequest, images: QuerySet[Image]) -> StreamingHttpResponse:
        return as_csv(Image.objects.filter(pk__in=images).order_by("pk"))

    @admin.action(description=_("Cancel what has not started"), permissions=["operate"])
    def cancel(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        spared = Image.objects.filter(pk__in=images).cancel()
        self.message_user(request, gettext("Pictures that will not be read: %(count)s.") % {"count": len(spared)})

    @admin.action(description=_("Read failed pictures again"), permissions=["operate"])
    def retry(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        retried = Image.objects.filter(pk__in=images).retry()
        self.message_user(request, gettext("Pictures that wait to be read again: %(count)s.") % {"count": len(retried)})
