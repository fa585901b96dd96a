from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.models import Prediction


@admin.register(Prediction)
class PredictionAdmin(HistoryOnlyAdmin):
    list_display = ["image", "text", "sure", "outcome", "model_version", "took", "created_at"]
    list_filter = ["outcome", "model_version", "created_at"]
    list_select_related = ["image", "model_version"]
    list_per_page = 50
    search_fields = ["text", "image__name"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        """Without what is long and no list shows."""
        return super().get_queryset(request).defer("digits", "lines", "notes", "glyphs", "copy", "model_version__card")

    @admin.display(description=_("milliseconds"), ordering="milliseconds")
    def took(self, said: Prediction) -> str:
        return f"{said.milliseconds:.0f}"

    @admin.display(description=_("sure"), ordering="confidence")
    def sure(self, said: Prediction) -> str:
        return f"{said.percent} %"
