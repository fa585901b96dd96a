from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import format_html

from webapp.admin.as_csv import as_csv
from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.models import Image
from webapp.templatetags.reading import data_uri


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
        "error",
        "created_at",
        "ended_at",
    ]
    list_display_links = ["name"]
    list_per_page = 50
    list_filter = ["state", "error_code", "prediction__outcome", "created_at"]
    list_select_related = ["batch", "prediction", "review"]
    search_fields = ["name", "batch__name", "prediction__text", "review__text", "sha256"]
    search_help_text = "File name, batch, answer of the model or of a person, or SHA-256"
    date_hierarchy = "created_at"
    show_full_result_count = False
    exclude = ["file"]  # never served as it came
    readonly_fields = ["glyphs"]
    actions = ["cancel", "retry", "export"]

    @admin.display(description="picture")
    def thumbnail(self, image: Image) -> str:
        said = image.prediction
        if said is None:
            return "–"
        return format_html('<img class="thumbnail" src="{}" alt="">', data_uri(said.copy or said.glyphs))

    @admin.display(description="what the model saw")
    def glyphs(self, image: Image) -> str:
        if not image.prediction:
            return "nothing yet"
        return format_html('<img src="{}" alt="28×28 glyphs">', data_uri(image.prediction.glyphs))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webapp.change_image")

    @admin.action(description="Take answers away (CSV)", permissions=["view"])
    def export(self, request: HttpRequest, images: QuerySet[Image]) -> StreamingHttpResponse:
        return as_csv(Image.objects.filter(pk__in=images).order_by("pk"))

    @admin.action(description="Cancel what has not started", permissions=["operate"])
    def cancel(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        spared = Image.objects.filter(pk__in=images).cancel()
        self.message_user(request, f"{len(spared)} pictures will not be read.")

    @admin.action(description="Read failed pictures again", permissions=["operate"])
    def retry(self, request: HttpRequest, images: QuerySet[Image]) -> None:
        retried = Image.objects.filter(pk__in=images).retry()
        self.message_user(request, f"{len(retried)} pictures wait to be read again.")
