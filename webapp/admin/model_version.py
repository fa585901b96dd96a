from django.contrib import admin

from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.models import ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(HistoryOnlyAdmin):
    list_display = ["number", "shipped_as", "architecture", "state", "test_accuracy", "parent", "created_at"]
    list_filter = ["state", "architecture"]
    search_fields = ["shipped_as", "architecture", "sha256"]

    @admin.display(description="MNIST test")
    def test_accuracy(self, version: ModelVersion) -> str:
        accuracy = version.card.get("test", {}).get("accuracy")
        return f"{accuracy:.2%}" if accuracy is not None else "not scored"
