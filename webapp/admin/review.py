from django.contrib import admin

from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.models import Review


@admin.register(Review)
class ReviewAdmin(HistoryOnlyAdmin):
    list_display = ["image", "verdict", "text", "model_said", "reviewer", "created_at"]
    list_filter = ["verdict", "created_at"]
    list_select_related = ["image", "reviewer"]
    search_fields = ["text", "model_said", "image__name", "reviewer__username"]
    date_hierarchy = "created_at"
