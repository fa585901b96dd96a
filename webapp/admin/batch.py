from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.admin.as_csv import as_csv
from webapp.admin.cascade import DeletesWhatHangsOnIt
from webapp.models import Batch, Image, RereadingOrder, User
from webapp.models.batch import BatchQuerySet
from webapp.views.signed_in import SignedInRequest


class BatchActionForm(ActionForm):
    """With whom to assign to."""

    reviewer = forms.ModelChoiceField(
        User.objects.filter(groups__name=User.REVIEWERS, is_active=True),
        required=False,
        label=_("Reviewer"),
        empty_label=_("nobody"),
    )


@admin.register(Batch)
class BatchAdmin(DeletesWhatHangsOnIt):
    list_display = ["name", "owner", "standing", "created_at", "image_count", "read_count", "failed_count", "source"]
    list_filter = ["source", "sealed", "created_at", ("finished_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]
    date_hierarchy = "created_at"
    list_per_page = 50
    readonly_fields = [field.name for field in Batch._meta.fields if field.name not in ("name", "reviewer")]
    action_form = BatchActionForm
    actions = ["cancel", "retry_failed", "read_again", "assign", "export"]

    def batches_of(self, rows: Any) -> BatchQuerySet:
        return Batch.objects.filter(pk__in=[row.pk for row in rows])

    @admin.display(description=_("state"))
    def standing(self, batch: Batch) -> str:
        if batch.deleting_since:
            return gettext("being deleted")
        if batch.cancelled_at:
            return gettext("cancelled")
        if batch.is_done:
            return gettext("done")
        return gettext("%(count)s to read") % {"count": batch.open_count} if batch.sealed else gettext("arriving")

    @admin.action(description=_("Cancel what has not started"), permissions=["change"])
    def cancel(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        spared = sum(batch.cancel() for batch in batches)
        self.message_user(request, gettext("Pictures that will not be read: %(count)s.") % {"count": spared})

    @admin.action(description=_("Read failed pictures again"), permissions=["change"])
    def retry_failed(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        retried = sum(batch.retry_failed() for batch in batches)
        self.message_user(request, gettext("Pictures that wait to be read again: %(count)s.") % {"count": retried})

    @admin.action(description=_("Read again with the current model"), permissions=["change"])
    def read_again(self, request: SignedInRequest, batches: QuerySet[Batch]) -> None:
        orders = [RereadingOrder.place(request.user, Image.objects.filter(batch=batch), batch.pk) for batch in batches]
        placed = sum(order is not None for order in orders)
        self.message_user(request, gettext("Batches that are read again: %(count)s.") % {"count": placed})

    @admin.action(description=_("Assign for review"), permissions=["change"])
    def assign(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        reviewer = User.objects.filter(pk=request.POST.get("reviewer") or 0).first()  # the form has looked at it
        # Nobody reviews their own, as on the batch's own page.
        others = Batch.objects.filter(pk__in=batches).exclude(owner=reviewer) if reviewer else batches
        count = others.update(reviewer=reviewer)
        said = gettext("Batches that %(who)s reviews: %(count)s.")
        self.message_user(request, said % {"who": reviewer or gettext("nobody"), "count": count})

    @admin.action(description=_("Take answers away (CSV)"), permissions=["view"])
    def export(self, request: HttpRequest, batches: QuerySet[Batch]) -> StreamingHttpResponse:
        return as_csv(Image.objects.filter(batch__in=batches).order_by("batch", "index"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
