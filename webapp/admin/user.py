from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin

from webapp.admin.cascade import DeletesWhatHangsOnIt
from webapp.models import User


@admin.register(User)
class UserAdmin(DeletesWhatHangsOnIt, StockUserAdmin):
    """Deleting somebody deletes what they handed in."""
