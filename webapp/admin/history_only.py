from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class HistoryOnlyAdmin(admin.ModelAdmin):
    """What happened may be looked at, not rewritten. Rows go with the batch they belong to."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
