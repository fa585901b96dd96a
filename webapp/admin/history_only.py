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
        # Deleting a batch asks for leave to delete all that hangs on it; a row by itself is not deleted here.
        return obj is None and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
