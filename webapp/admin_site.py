"""Staff's front page: how the site is doing, before the lists of everything."""

import shutil
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp import jobs
from webapp.crew import words as crew
from webapp.models import Batch, Image, ModelVersion
from webapp.models.claimable import State

FAILURES_OF = timedelta(days=7)


class DigitsAdminSite(admin.AdminSite):
    site_header = site_title = _("Handwritten digits")
    index_title = _("How the site is doing")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [path("workers/", self.admin_view(self.workers), name="workers"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**how_it_is_doing(), **(extra_context or {})})

    def workers(self, request: HttpRequest) -> HttpResponse:
        """What each worker does right now; only that when the page asks again."""
        live = bool(request.headers.get("HX-Request"))
        shown = {"title": _("Workers"), "crew": crew.rows(), "held": held()}
        template = "admin/_crew.html" if live else "admin/workers.html"
        return TemplateResponse(request, template, self.each_context(request) | shown)


def how_it_is_doing() -> dict[str, Any]:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    batches = Batch.objects.filter(created_at__gte=today)
    return {
        "queues": jobs.depths(),
        "crew": crew.rows(),
        "waiting_since": Image.objects.open_work().waiting().aggregate(since=Min("waiting_since"))["since"],
        "today": batches.aggregate(
            batches=Count("pk"), pictures=Sum("image_count"), read=Sum("read_count"), failed=Sum("failed_count")
        ),
        "failures": failures(),
        "champion": ModelVersion.objects.champion(),
        "stored": Batch.objects.aggregate(bytes=Sum("stored_bytes"))["bytes"] or 0,
        "disk": shutil.disk_usage(settings.VAR_DIR),
    }


def held() -> dict[str, int]:
    """Pictures that workers have taken, as the database knows; `late` are those of a worker that has fallen silent."""
    taken = Image.objects.open_work().running()
    return {"taken": taken.count(), "late": taken.abandoned().count()}


def failures() -> list[Any]:
    """Pictures of this week's batches that could not be read, by reason."""
    recent = Batch.objects.filter(created_at__gte=timezone.now() - FAILURES_OF, failed_count__gt=0)
    return Image.objects.filter(batch__in=recent, state=State.FAILED).by_error()[:10]
