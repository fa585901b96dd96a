"""Who may do what in the admin: three groups, with exactly these rights after every migration.

Reviewers correct what is assigned to them on the site's own pages and have no business in the admin. Whoever needs
other rights gets a group of their own: these three are set right again at every upgrade.
"""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db.models import Q

# People, their ways in, and what holds for the whole site: an Administrator's.
PEOPLE = ("user", "apitoken", "sharelink", "sitepolicy")
OPERATORS_OWN = Q(content_type__app_label="webapp") & ~Q(content_type__model__in=PEOPLE)
LOOKS_AND_STEERS = (
    Q(codename__startswith="view_") | Q(codename__startswith="change_") | Q(codename__endswith="trainingrun")
)
SCHEDULES = Q(content_type__app_label="django_celery_beat")

RIGHTS = {
    "Reviewer": Q(pk__in=[]),
    "Operator": OPERATORS_OWN & LOOKS_AND_STEERS | SCHEDULES,
    "Administrator": Q(content_type__app_label__in=["webapp", "auth", "django_celery_beat", "axes"]),
}


def make_groups(sender: AppConfig, using: str, apps: Apps = installed, **_: Any) -> None:
    """After the last app's tables, when every right is there to be given."""
    if sender.label != settings.INSTALLED_APPS[-1].split(".")[0]:
        return
    create_permissions(sender, verbosity=0, using=using, apps=apps)  # its own receiver may come after this one
    group_table, permissions = (
        apps.get_model("auth", "Group"),
        apps.get_model("auth", "Permission").objects.using(using),
    )
    for name, rights in RIGHTS.items():
        group, _made = group_table.objects.using(using).get_or_create(name=name)
        group.permissions.set(permissions.filter(rights))
