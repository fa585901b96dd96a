from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class DeletesWhatHangsOnIt(admin.ModelAdmin):
    """Who may delete one of these deletes all that hangs on it, though none of that is deleted by itself."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        rows, counts, _, protected = super().get_deleted_objects(objs, request)
        return rows, counts, set(), protected

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            row.delete()
