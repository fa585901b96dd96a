from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group
from django.forms import CheckboxSelectMultiple, ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from webapp.admin.cascade import DeletesWhatHangsOnIt
from webapp.models import Batch, User
from webapp.models.batch import BatchQuerySet


class TicksMany(admin.ModelAdmin):
    """Boxes to tick where the stock has two lists, which a screen reader cannot tell apart."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)


@admin.register(User)
class UserAdmin(TicksMany, DeletesWhatHangsOnIt, StockUserAdmin):
    """Deleting somebody deletes what they handed in. What somebody may do comes from their groups alone."""

    fieldsets = tuple(
        (title, {"fields": [field for field in shown["fields"] if field != "user_permissions"]})
        for title, shown in StockUserAdmin.fieldsets or ()
    )
    readonly_fields = ("last_login", "date_joined")

    def batches_of(self, rows: Any) -> BatchQuerySet:
        return Batch.objects.filter(owner__in=[row.pk for row in rows])

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "_continue" not in request.POST:  # else the form itself says so, which comes next
            self.warn_of_rights_without_effect(request, form.instance)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET" and (user := self.get_object(request, object_id)):
            self.warn_of_rights_without_effect(request, user)
        return super().change_view(request, object_id, form_url, extra_context)

    @staticmethod
    def warn_of_rights_without_effect(request: HttpRequest, user: User) -> None:
        if not (groups := user.rights_without_effect()):
            return
        said = ngettext(
            "“%(user)s” is in the group %(groups)s, but cannot enter the admin: tick “Staff status” and save.",
            "“%(user)s” is in the groups %(groups)s, but cannot enter the admin: tick “Staff status” and save.",
            len(groups),
        ) % {"user": user, "groups": ", ".join(groups)}
        address = reverse("admin:webapp_user_change", args=[user.pk])
        messages.warning(request, format_html('{} <a href="{}#id_is_staff">{}</a>', said, address, gettext("Go there")))


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(TicksMany, StockGroupAdmin):
    pass
