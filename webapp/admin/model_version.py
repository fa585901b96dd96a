from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from webapp import watching
from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.admin.training_run import compared
from webapp.faults import coded
from webapp.models import ModelChange, ModelVersion
from webapp.models.model_version import CannotPromote
from webapp.templatetags.reading import share
from webapp.views.signed_in import SignedInRequest


class ChangeInline(admin.TabularInline):
    model = ModelChange
    fk_name = "version"
    fields = ["at", "action", "by", "before", "why"]
    readonly_fields = ["at", "action", "by", "before", "why"]
    extra = 0
    can_delete = False

    @admin.display(description=_("why"))
    def why(self, change: ModelChange) -> str:
        return change.why

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ModelVersion)
class ModelVersionAdmin(HistoryOnlyAdmin):
    list_display = [
        "number",
        "name",
        "state",
        "on_mnist_test",
        "parent",
        "trained_by",
        "taking",
        "created_at",
        "trouble",
    ]
    list_filter = ["state", "architecture"]
    list_select_related = ["parent"]
    search_fields = ["shipped_as", "architecture", "sha256"]
    ordering = ["-number"]
    exclude = ["card", "load_faults"]
    readonly_fields = ["trouble", "report_card"]
    inlines = [ChangeInline]
    actions = ["promote", "retire", "compare"]

    class Media:
        css = {"all": ["webapp/training.css"]}

    @admin.display(description=_("name"))
    def name(self, version: ModelVersion) -> str:
        return version.shipped_as or version.architecture

    @admin.display(description=_("MNIST test"))
    def on_mnist_test(self, version: ModelVersion) -> str:
        accuracy = version.test_accuracy
        return share(accuracy) if accuracy is not None else gettext("not scored")

    @admin.display(description=_("size"), ordering="size")
    def taking(self, version: ModelVersion) -> str:
        return filesizeformat(version.size)

    @admin.display(description=_("report card"))
    def report_card(self, version: ModelVersion) -> str:
        shown = {"rows": compared([version]), "matrix": version.card.get("test", {}).get("confusion")}
        return render_to_string("admin/webapp/modelversion/_card.html", shown)

    @admin.display(description=_("judged by"))
    def trained_by(self, version: ModelVersion) -> str:
        run = version.runs.last()
        return format_html('<a href="{}">{}</a>', run.get_absolute_url(), run) if run else ""

    @admin.display(description=_("trouble"))
    def trouble(self, version: ModelVersion) -> str:
        return version.load_error

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webapp.change_modelversion")

    def get_urls(self) -> list[URLPattern]:
        back = self.admin_site.admin_view(require_POST(self.roll_back))
        watch = self.admin_site.admin_view(require_safe(self.watch))
        ours = [
            path("roll-back/", back, name="webapp_modelversion_roll_back"),
            path("watching/", watch, name="webapp_modelversion_watching"),
        ]
        return ours + super().get_urls()

    def watch(self, request: HttpRequest) -> HttpResponse:
        """How the models do on what people hand in."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = watching.figures() | {
            "title": gettext("How the models do"),
            "opts": self.opts,
        }
        template = "admin/webapp/modelversion/watching.html"
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"champion": ModelVersion.objects.champion(), "may_operate": self.has_operate_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | context)

    def roll_back(self, request: SignedInRequest) -> HttpResponse:
        if not self.has_operate_permission(request):
            raise PermissionDenied
        try:
            version = ModelVersion.roll_back(request.user)
            messages.success(request, gettext("Version %(version)s reads again.") % {"version": version})
        except CannotPromote as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:webapp_modelversion_changelist"))

    @admin.action(description=_("Promote: let it read from now on"), permissions=["operate"])
    def promote(self, request: SignedInRequest, versions: QuerySet[ModelVersion]) -> None:
        if versions.count() != 1:
            self.message_user(request, gettext("Choose one version: there is one champion."), messages.ERROR)
            return
        version = versions.get()
        version.promote(request.user, [coded("promoted_by_hand")])
        self.message_user(request, gettext("Version %(version)s reads from now on.") % {"version": version})

    @admin.action(description=_("Retire: put it aside"), permissions=["operate"])
    def retire(self, request: SignedInRequest, versions: QuerySet[ModelVersion]) -> None:
        for version in versions:
            try:
                version.retire(request.user)
            except CannotPromote as error:
                self.message_user(request, str(error), messages.ERROR)

    @admin.action(description=_("Compare"), permissions=["view"])
    def compare(self, request: HttpRequest, versions: QuerySet[ModelVersion]) -> HttpResponse:
        chosen = list(versions.order_by("number"))
        context = {
            "versions": chosen,
            "rows": compared(chosen),
            "opts": self.opts,
            "title": gettext("Versions compared"),
        }
        template = "admin/webapp/modelversion/compare.html"
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)
