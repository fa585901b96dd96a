from typing import Any

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.translation import gettext

from webapp.models import Batch, Image
from webapp.models.batch import BatchQuerySet


class DeletesWhatHangsOnIt(admin.ModelAdmin):
    """Who may delete one of these deletes all that hangs on it, though none of that is deleted by itself.

    That may be a million pictures, so they are counted and not listed, and a worker deletes them.
    """

    def batches_of(self, rows: Any) -> BatchQuerySet:
        raise NotImplementedError

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        batches = self.batches_of(objs)
        counts = {
            self.opts.verbose_name_plural: len(objs),
            Batch._meta.verbose_name_plural: batches.count(),
            Image._meta.verbose_name_plural: batches.aggregate(count=Sum("image_count"))["count"] or 0,
        }
        return [str(row) for row in objs], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            row.delete_soon()
        self.message_user(request, gettext("A worker deletes the pictures. With many of them that takes a while."))
