from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group
from django.forms import CheckboxSelectMultiple

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


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(TicksMany, StockGroupAdmin):
    pass
