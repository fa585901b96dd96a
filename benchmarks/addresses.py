"""Every page that a browser can open: for benchmarks/visit.py, and for the test that everyone can use it."""

from collections.abc import Iterator

from django.contrib import admin

from webapp.models import Batch, ShareLink

SIGNED_OUT = {"sign-in": "/sign-in/", "forgotten": "/password/forgotten/", "sign-up": "/sign-up/"}
WITH_A_FORM = ("user", "group", "periodictask", "clockedschedule", "crontabschedule", "intervalschedule")


def every_page(batch: Batch) -> Iterator[tuple[str, str]]:
    """Name and address of each, with a batch that has pictures to show."""
    image = batch.images.earliest("pk")
    link = batch.share_links.first() or ShareLink.for_days(batch, days=1)
    yield from {
        "home": "/", "draw": "/draw/", "reviews": "/review/", "history": "/history/", "account": "/account/",
        "pictures": "/history/?tab=pictures", "drawings": "/history/?tab=drawings",
        "nothing-found": "/history/?tab=pictures&answer=0123456789", "batch": f"/batches/{batch.pk}/",
        "batch-doubtful": f"/batches/{batch.pk}/?show=doubtful", "settings": f"/batches/{batch.pk}/settings/",
        "delete-batch": f"/batches/{batch.pk}/delete/", "picture": f"/images/{image.pk}/",
        "review": f"/batches/{batch.pk}/review/", "review-grid": f"/batches/{batch.pk}/review/grid/",
        "shared": f"/shared/{link.token}/", "shared-picture": f"/shared/{link.token}/images/{image.pk}/",
        "delete-data": "/account/delete/", "password": "/password/", "api": "/api/",
        "not-found": "/nowhere/", "admin": "/admin/", "admin-tables": "/admin/webapp/",
        "admin-workers": "/admin/workers/", "admin-watching": "/admin/webapp/modelversion/watching/",
    }.items()  # fmt: skip
    for model in admin.site._registry:
        name = model._meta.model_name
        tables = f"/admin/{model._meta.app_label}/{name}/"
        yield f"admin-{name}", tables
        first = model._default_manager.order_by("pk").first()
        if first:
            yield f"admin-{name}-one", f"{tables}{first.pk}/change/"
        if name in WITH_A_FORM:
            yield f"admin-{name}-add", f"{tables}add/"
