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
from webapp.celery import app
from webapp.models import Batch, Image, ModelVersion
from webapp.models.claimable import State

PING_SECONDS = 0.7
FAILURES_OF = timedelta(days=7)


class DigitsAdminSite(admin.AdminSite):
    site_header = site_title = _("Handwritten digits")
    index_title = _("How the site is doing")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [path("workers/", self.admin_view(self.workers), name="workers"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**how_it_is_doing(), **(extra_context or {})})

    def workers(self, request: HttpRequest) -> HttpResponse:
        """Who answers. By itself, since asking takes as long as the slowest may."""
        try:
            alive = sorted(name for answer in app.control.ping(timeout=PING_SECONDS) for name in answer)
        except jobs.AWAY:
            alive = []
        shown = self.each_context(request) | {"title": _("Workers"), "alive": alive}
        return TemplateResponse(request, "admin/workers.html", shown)


def how_it_is_doing() -> dict[str, Any]:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    batches = Batch.objects.filter(created_at__gte=today)
    return {
        "queues": jobs.depths(),
        "waiting_since": Image.objects.open_work().waiting().aggregate(since=Min("waiting_since"))["since"],
        "today": batches.aggregate(
            batches=Count("pk"), pictures=Sum("image_count"), read=Sum("read_count"), failed=Sum("failed_count")
        ),
        "failures": failures(),
        "champion": ModelVersion.objects.champion(),
        "stored": Batch.objects.aggregate(bytes=Sum("stored_bytes"))["bytes"] or 0,
        "disk": shutil.disk_usage(settings.VAR_DIR),
    }


def failures() -> list[Any]:
    """Pictures of this week's batches that could not be read, by reason."""
    recent = Batch.objects.filter(created_at__gte=timezone.now() - FAILURES_OF, failed_count__gt=0)
    return Image.objects.filter(batch__in=recent, state=State.FAILED).by_error()[:10]
