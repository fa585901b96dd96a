from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.admin.as_csv import as_csv
from webapp.admin.cascade import DeletesWhatHangsOnIt
from webapp.models import Batch, Image


@admin.register(Batch)
class BatchAdmin(DeletesWhatHangsOnIt):
    list_display = ["name", "owner", "source", "created_at", "image_count", "read_count", "failed_count", "standing"]
    list_filter = ["source", "sealed", "created_at", ("finished_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]
    date_hierarchy = "created_at"
    list_per_page = 50
    readonly_fields = [field.name for field in Batch._meta.fields if field.name not in ("name", "reviewer")]
    actions = ["cancel", "retry_failed", "export"]

    @admin.display(description=_("state"))
    def standing(self, batch: Batch) -> str:
        if batch.cancelled_at:
            return gettext("cancelled")
        if batch.is_done:
            return gettext("done")
        return gettext("%(count)s to read") % {"count": batch.open_count} if batch.sealed else gettext("arriving")

    @admin.action(description=_("Cancel what has not started"), permissions=["change"])
    def cancel(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        spared = sum(batch.cancel() for batch in batches)
        self.message_user(request, gettext("Pictures that will not be read: %(count)s.") % {"count": spared})

    @admin.action(description=_("Read failed pictures again"), permissions=["change"])
    def retry_failed(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        retried = sum(batch.retry_failed() for batch in batches)
        self.message_user(request, gettext("Pictures that wait to be read again: %(count)s.") % {"count": retried})

    @admin.action(description=_("Take answers away (CSV)"), permissions=["view"])
    def export(self, request: HttpRequest, batches: QuerySet[Batch]) -> StreamingHttpResponse:
        return as_csv(Image.objects.filter(batch__in=batches).order_by("batch", "index"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
