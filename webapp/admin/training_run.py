from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.crew.notes import crew
from webapp.faults import sentence
from webapp.jobs import TRAINING
from webapp.models import LessonCount, ModelVersion, SecondLook, TrainingRun
from webapp.models.lesson_news import is_stale
from webapp.text import row_number
from webapp.views.signed_in import SignedInRequest

SHOWN_OF_WORDS = 140
CURVES = ("loss", "val_loss", "accuracy", "val_accuracy")


@admin.register(TrainingRun)
class TrainingRunAdmin(HistoryOnlyAdmin):
    list_display = [
        "watch_link",
        "why",
        "method",
        "stands",
        "corrections",
        "told",
        "parent",
        "version",
        "created_at",
    ]
    list_display_links = None
    list_filter = ["state", "outcome", "why", "created_at"]
    list_select_related = ["parent", "version"]
    date_hierarchy = "created_at"
    exclude = ["reasons", "error_values"]
    readonly_fields = ["told"]
    ordering = ["-pk"]

    @admin.display(description=_("run"), ordering="pk")
    def watch_link(self, run: TrainingRun) -> str:
        return format_html('<a href="{}">{}</a>', run.get_absolute_url(), run)

    @admin.display(description=_("state"), ordering="state")
    def stands(self, run: TrainingRun) -> str:
        return run.standing

    @admin.display(description=_("corrections"))
    def corrections(self, run: TrainingRun) -> int | str:
        return run.data.get("corrections", "")

    @admin.display(description=_("in words"))
    def told(self, run: TrainingRun) -> str:
        return Truncator(run.words).chars(SHOWN_OF_WORDS)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webapp.change_trainingrun")

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "webapp_trainingrun"
        ours = [
            path("start/", wrap(require_POST(self.start)), name=f"{name}_start"),
            path("ready/", wrap(require_safe(self.ready)), name=f"{name}_ready"),
            path("<path:object_id>/watch/", wrap(require_safe(self.watch)), name=f"{name}_watch"),
            path("<path:object_id>/curves/", wrap(require_safe(self.curves)), name=f"{name}_curves"),
            path("<path:object_id>/cancel/", wrap(require_POST(self.cancel)), name=f"{name}_cancel"),
            path("<path:object_id>/repeat/", wrap(require_POST(self.repeat)), name=f"{name}_repeat"),
        ]
        return ours + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = {"may_operate": self.has_operate_permission(request)}
        return super().changelist_view(request, (extra_context or {}) | may | readiness())

    def ready(self, request: HttpRequest) -> HttpResponse:
        """Whether there is enough for a training: the part of the list's page that asks again while it is counted."""
        self.refuse_unless(self.has_view_permission(request))
        may = {"may_operate": self.has_operate_permission(request)}
        return TemplateResponse(request, "admin/webapp/trainingrun/_ready.html", readiness() | may)

    def start(self, request: SignedInRequest) -> HttpResponse:
        """One run for each ten minutes, however often this is pressed; none where it is known that it would skip."""
        self.refuse_unless(self.has_operate_permission(request))
        counted = LessonCount.current()
        if not is_stale(counted) and not counted.enough:
            messages.warning(request, str(counted.enough))
            return HttpResponseRedirect(reverse("admin:webapp_trainingrun_changelist"))
        method = request.POST.get("method", TrainingRun.Method.TUNE)
        if method not in TrainingRun.Method:
            raise BadRequest("No such method.")
        run, new = TrainingRun.objects.begin(
            TrainingRun.Why.PERSON, asked_by=request.user, method=TrainingRun.Method(method)
        )
        if not new:
            messages.info(request, gettext("There is a run already: this one. Ask again ten minutes after it began."))
        return HttpResponseRedirect(run.get_absolute_url())

    def watch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The run as it goes on and its report card afterwards; only what changes when the page asks again."""
        self.refuse_unless(self.has_view_permission(request))
        run = self.named(object_id)
        live = bool(request.headers.get("HX-Request"))
        template = f"admin/webapp/trainingrun/{'_live' if live else 'watch'}.html"
        context = {
            "run": run,
            "report": report_card(run),
            "counts": counts(run),
            "title": str(run),
            "opts": self.opts,
            "may_operate": self.has_operate_permission(request),
        }
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)

    def curves(self, request: HttpRequest, object_id: str) -> HttpResponse:
        self.refuse_unless(self.has_view_permission(request))
        run = self.named(object_id)
        columns = {name: [epoch.get(name) for epoch in run.history] for name in CURVES}
        return JsonResponse({"open": run.is_open, "epochs": list(range(1, len(run.history) + 1))} | columns)

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        self.refuse_unless(self.has_operate_permission(request))
        run = self.named(object_id)
        run.cancel()
        messages.info(request, gettext("It is cancelled. What has begun stops after its epoch."))
        return HttpResponseRedirect(run.get_absolute_url())

    def repeat(self, request: SignedInRequest, object_id: str) -> HttpResponse:
        self.refuse_unless(self.has_operate_permission(request))
        return HttpResponseRedirect(self.named(object_id).repeat(request.user).get_absolute_url())

    def named(self, object_id: str) -> TrainingRun:
        runs = TrainingRun.objects.select_related("parent", "version", "asked_by")
        return get_object_or_404(runs, pk=row_number(unquote(object_id)))

    @staticmethod
    def refuse_unless(allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    def view_on_site_url(self, run: TrainingRun) -> str:
        return reverse("admin:webapp_trainingrun_watch", args=[run.pk])


def readiness() -> dict[str, Any]:
    """What the trainer counted last, and whether it counts anew: it is asked to where something has happened since."""
    counted = LessonCount.current()
    busy = TrainingRun.objects.open().exists()
    if (stale := is_stale(counted)) and not busy:
        counted.ask()
    same = TrainingRun.objects.of_same_answers(counted.fingerprint, TrainingRun.Method.TUNE, counted.champion)
    left_out = Counter(counted.left_out) + Counter(counted.held_out_left_out)
    return {
        "counted": counted,
        "stale": stale,
        "busy": busy,
        "absent": not any(TRAINING in worker.queues for worker in crew() or [] if worker.alive),
        "same": same.first(),
        "doubted": SecondLook.objects.waiting().count(),
        "left_out": [(sentence(code), count) for code, count in left_out.most_common()],
    }


def counts(run: TrainingRun) -> list[tuple[str, int]]:
    """What the run learned from and what it left out, in words."""
    data = run.data
    if not data:
        return []
    rows = [
        (gettext("answered pictures to learn from"), len(data["lessons"])),
        (gettext("corrections among them"), data["corrections"]),
        (gettext("held out to judge by"), len(data["held_out"])),
        (gettext("corrections among those"), data["held_out_corrections"]),
    ]
    rows += [
        (gettext("left out: %(reason)s") % {"reason": sentence(code)}, count)
        for code, count in data["left_out"].items()
    ]
    return rows


def report_card(run: TrainingRun) -> dict[str, Any] | None:
    """Champion beside challenger, as the template shows it."""
    verdict = run.verdict
    if not verdict:
        return None
    suites = [verdict["held_out"], *verdict["suites"], *verdict["digits"]]
    rows = [
        suite
        | {
            "name": sentence(suite["name"], {"digit": suite["digit"]}),
            "change": suite["challenger"] - suite["champion"],
        }
        for suite in suites
        if suite["count"]
    ]
    named = {
        part: {sentence(name): said for name, said in verdict[part].items()} for part in ("differences", "confusion")
    }
    return verdict | named | {"rows": rows, "tested": verdict.get("test")}


def compared(versions: list[ModelVersion]) -> list[tuple[str, list[Any]]]:
    """Rows of a table with a column for each version."""

    def share(value: Any) -> str:
        return f"{value:.2%}" if isinstance(value, float) else "–"

    def card(*names: str) -> list[Any]:
        found = []
        for version in versions:
            value: Any = version.card
            for name in names:
                value = value.get(name, {}) if isinstance(value, dict) else {}
            found.append(value or None)
        return found

    return [
        (gettext("state"), [version.get_state_display() for version in versions]),
        (gettext("architecture"), [version.architecture for version in versions]),
        (gettext("tuned from"), [version.parent or "–" for version in versions]),
        (gettext("made"), [version.created_at for version in versions]),
        (gettext("parameters"), [value or "–" for value in card("parameters")]),
        (gettext("right on MNIST's test digits"), [share(value) for value in card("test", "accuracy")]),
        (gettext("right on MNIST's validation digits"), [share(value) for value in card("validation", "accuracy")]),
        (gettext("calibration error"), [share(value) for value in card("validation", "ece")]),
        (gettext("digits learned from"), [value or "–" for value in card("data", "train_count")]),
        (gettext("of them new"), [value or "–" for value in card("data", "new_count")]),
        (gettext("epochs"), [len(value or []) for value in card("training", "history")]),
        (gettext("share of tuned weights"), [share(value) for value in card("training", "mix")]),
        (gettext("bytes"), [version.size or "–" for version in versions]),
        ("SHA-256", [version.sha256[:16] for version in versions]),
    ]
