from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.admin.history_only import HistoryOnlyAdmin
from webapp.models import SecondLook
from webapp.templatetags.reading import data_uri
from webapp.views.signed_in import SignedInRequest


@admin.register(SecondLook)
class SecondLookAdmin(HistoryOnlyAdmin):
    """Corrections that nothing is learned from until somebody has decided."""

    list_display = ["glyphs", "review", "reviewer", "why", "decision", "decided_by", "created_at"]
    list_filter = ["decision", "created_at"]
    list_select_related = ["review__reviewer", "review__prediction", "decided_by"]
    exclude = ["reasons"]
    readonly_fields = ["why"]
    actions = ["learn", "refuse"]

    @admin.display(description=_("what the model saw"))
    def glyphs(self, look: SecondLook) -> str:
        said = look.review.prediction
        return format_html('<img src="{}" alt="{}" height="56">', data_uri(said.glyphs), said.text) if said else ""

    @admin.display(description=_("why"))
    def why(self, look: SecondLook) -> str:
        return look.reason

    @admin.display(description=_("by"))
    def reviewer(self, look: SecondLook) -> str:
        return str(look.review.reviewer or "")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webapp.change_secondlook")

    @admin.action(description=_("Learn from it"), permissions=["operate"])
    def learn(self, request: SignedInRequest, looks: QuerySet[SecondLook]) -> None:
        self.decide(request, looks, SecondLook.Decision.LEARN)

    @admin.action(description=_("Never learn from it"), permissions=["operate"])
    def refuse(self, request: SignedInRequest, looks: QuerySet[SecondLook]) -> None:
        self.decide(request, looks, SecondLook.Decision.REFUSE)

    def decide(self, request: SignedInRequest, looks: QuerySet[SecondLook], decision: SecondLook.Decision) -> None:
        count = SecondLook.objects.filter(pk__in=looks).decide(decision, request.user)
        self.message_user(request, gettext("Decided for %(count)s: the next training follows it.") % {"count": count})
