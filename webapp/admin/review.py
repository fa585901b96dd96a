from django.contrib import admin

from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.models import Review


@admin.register(Review)
class ReviewAdmin(HistoryOnlyAdmin):
    list_display = ["image", "verdict", "text", "model_said", "sampled", "reviewer", "created_at"]
    list_filter = ["verdict", "sampled", "created_at"]
    list_select_related = ["image", "reviewer"]
    list_per_page = 50
    search_fields = ["text", "model_said", "image__name", "reviewer__username"]
    show_full_result_count = False
