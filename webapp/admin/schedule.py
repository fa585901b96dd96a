from django.contrib import admin
from django_celery_beat.admin import PeriodicTaskAdmin as StockPeriodicTaskAdmin
from django_celery_beat.models import PeriodicTask

admin.site.unregister(PeriodicTask)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(StockPeriodicTaskAdmin):
    """Without what the stock one cannot do here.

    Its form's script stands in the page, where none may. Its list of registered tasks is empty and it cannot run one:
    tasks are the workers', and the web knows them by name only.
    """

    change_form_template = None
    fieldsets = ((None, {"fields": ("name", "task", "enabled", "description")}), *StockPeriodicTaskAdmin.fieldsets[1:])
    actions = ("enable_tasks", "disable_tasks", "toggle_tasks")
