from django.contrib import admin

from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.models import Prediction


@admin.register(Prediction)
class PredictionAdmin(HistoryOnlyAdmin):
    list_display = ["image", "text", "percent", "outcome", "model_version", "pipeline", "milliseconds", "created_at"]
    list_filter = ["outcome", "model_version", "pipeline", "created_at"]
    list_select_related = ["image", "model_version"]
    search_fields = ["text", "image__name"]
    date_hierarchy = "created_at"
    show_full_result_count = False
